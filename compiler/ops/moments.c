// Mean and variance over all images and pixels, by merging parts: Chan, Golub, LeVeque, "Updating formulae
// and a pairwise algorithm for computing sample variances", 1979. A part is one image, and then one chunk. An
// image's own sums are taken around its first pixel, so that a large mean costs no digits.
#include "ops/moments.h"

extern const Op op_row_backward;

static bool moments_shape(Value *value) {
    value->type = TYPE_REAL;
    value->shape = shape_of(false, 2, (int64_t[]){MOMENT_ROWS, shape_channels(&value->inputs[0]->shape)});
    return true;
}

// Mean, sum of squared differences from it, and count.
typedef struct Part {
    LoopExpr *mean, *squares, *count;
} Part;

// Sums of every so many pixels, which do not wait for each other.
enum { MOST_CHAINS = 4 };

static Part image_part(Lowering *lowering, const Value *value, LoopExpr *channel) {
    LoopBuilder *build = &lowering->build;
    const Buffer *input = lowering_buffer(lowering, value->inputs[0]);
    int64_t channels = value->shape.dim[1], pixels = shape_pixels(&value->inputs[0]->shape);
    int chains = pixels % MOST_CHAINS == 0 ? MOST_CHAINS : 1;
    LoopExpr *origin = loop_let(build, "origin", loop_load(build, input, channel));
    LoopExpr *sums[MOST_CHAINS], *squares[MOST_CHAINS];
    for (int c = 0; c < chains; c++) {
        sums[c] = loop_declare(build, "sum", loop_number(build, 0));
        squares[c] = loop_declare(build, "squares", loop_number(build, 0));
    }
    LoopExpr *pixel = loop_open_constant(build, AXIS_REDUCE, "pixel", pixels / chains);
    for (int c = 0; c < chains; c++) {
        LoopExpr *at = loop_scaled(build, pixel, chains * channels,
                                   plus(build, channel, loop_integer(build, c * channels)));
        LoopExpr *apart = loop_let(build, "apart", minus(build, loop_load(build, input, at), origin));
        loop_assign(build, sums[c], plus(build, sums[c], apart));
        loop_assign(build, squares[c], plus(build, squares[c], times(build, apart, apart)));
    }
    loop_close(build);
    LoopExpr *sum = sums[0], *square = squares[0];
    for (int c = 1; c < chains; c++) {
        sum = plus(build, sum, sums[c]);
        square = plus(build, square, squares[c]);
    }
    sum = loop_let(build, "total", sum);
    LoopExpr *mean = loop_let(build, "mean", times_number(build, sum, 1.0 / (double)pixels));
    LoopExpr *rest = minus(build, square, times(build, sum, mean));
    return (Part){plus(build, origin, mean), larger(build, rest, loop_number(build, 0)),
                  loop_number(build, (double)pixels)};
}

// The part that a and b make together. a may be empty; b is not.
static Part merged(LoopBuilder *build, Part a, Part b) {
    LoopExpr *count = loop_let(build, "count", plus(build, a.count, b.count));
    LoopExpr *share = loop_let(build, "share", over(build, b.count, count));
    LoopExpr *apart = loop_let(build, "apart", minus(build, b.mean, a.mean));
    LoopExpr *between = times(build, times(build, apart, apart), times(build, a.count, share));
    return (Part){plus(build, a.mean, times(build, apart, share)),
                  plus(build, plus(build, a.squares, b.squares), between), count};
}

static LoopExpr *row_index(LoopBuilder *build, const Value *value, int row, LoopExpr *channel) {
    return plus(build, channel, loop_integer(build, row * value->shape.dim[1]));
}

// Merges one image into what the chunk holds: mean, squares, count.
static void moments_lower(Lowering *lowering, const Value *value) {
    LoopBuilder *build = &lowering->build;
    const Buffer *output = lowering_buffer(lowering, value);
    LoopExpr *channel = loop_open_constant(build, AXIS_LANE, "channel", value->shape.dim[1]);
    Part image = image_part(lowering, value, channel);
    LoopExpr *at[MOMENT_ROWS], *before[MOMENT_ROWS];
    for (int row = 0; row < MOMENT_ROWS; row++) {
        at[row] = row_index(build, value, row, channel);
        before[row] = loop_let(build, "before", loop_load(build, output, at[row]));
    }
    Part part = merged(build, (Part){before[0], before[1], before[2]}, image);
    loop_store(build, output, at[0], part.mean);
    loop_store(build, output, at[1], part.squares);
    loop_store(build, output, at[2], part.count);
    loop_close(build);
}

static Part chunk_part(Lowering *lowering, const Value *value, LoopExpr *chunk, LoopExpr *channel) {
    LoopBuilder *build = &lowering->build;
    LoopExpr *rows[MOMENT_ROWS];
    for (int row = 0; row < MOMENT_ROWS; row++) {
        LoopExpr *number = lowering_partial(lowering, value, chunk, row_index(build, value, row, channel));
        rows[row] = loop_let(build, "part", number);
    }
    return (Part){rows[0], rows[1], rows[2]};
}

static void moments_combine(Lowering *lowering, const Value *value) {
    LoopBuilder *build = &lowering->build;
    const Buffer *output = lowering_buffer(lowering, value);
    LoopExpr *channel = loop_open_constant(build, AXIS_LANE, "channel", value->shape.dim[1]);
    Part whole = {loop_declare(build, "mean", loop_number(build, 0)),
                  loop_declare(build, "squares", loop_number(build, 0)),
                  loop_declare(build, "count", loop_number(build, 0))};
    LoopExpr *chunk = loop_open(build, AXIS_REDUCE, "part", lowering_chunks(lowering));
    Part part = merged(build, whole, chunk_part(lowering, value, chunk, channel));
    loop_assign(build, whole.squares, part.squares);
    loop_assign(build, whole.mean, part.mean);
    loop_assign(build, whole.count, part.count);
    loop_close(build);
    loop_store(build, output, row_index(build, value, MOMENT_MEAN, channel), whole.mean);
    loop_store(build, output, row_index(build, value, MOMENT_VARIANCE, channel),
               over(build, whole.squares, whole.count));
    loop_store(build, output, row_index(build, value, MOMENT_COUNT, channel), whole.count);
    loop_close(build);
}

const Op op_moments = {.name = "moments",
                       .summary = "every channel's mean, variance and count over the batch",
                       .flags = OP_REDUCES_BATCH,
                       .minimum_inputs = 1,
                       .maximum_inputs = 1,
                       .shape = moments_shape,
                       .lower = moments_lower,
                       .combine = moments_combine};

// row(rows): row `index` of [rows][C].
static const Attribute row_attributes[] = {
    {"index", TYPE_WHOLE, "0", 0, 1e9, NULL, ATTRIBUTE_INTERNAL, "which row"}};

static bool row_shape(Value *value) {
    value->type = TYPE_REAL;
    value->shape = shape_of(false, 1, (int64_t[]){value->inputs[0]->shape.dim[1]});
    return true;
}

static int64_t row_offset(const Value *value) {
    return value_integer(value, "index") * value->shape.dim[0];
}

static void row_gradient(Gradient *gradient, const Value *value, Value *output_gradient) {
    if (!gradient_wanted(gradient, value->inputs[0])) return;
    Function *function = gradient_function(gradient);
    Value *operands[] = {output_gradient, value->inputs[0]};
    Value *back = value_like(function, value, &op_row_backward, 2, operands);
    copy_attributes(back, value);
    gradient_add(gradient, value->inputs[0], function_append(function, back));
}

const Op op_row = {.name = "row",
                   .summary = "one row of a matrix",
                   .flags = OP_VIEW,
                   .minimum_inputs = 1,
                   .maximum_inputs = 1,
                   ATTRIBUTES(row_attributes),
                   .shape = row_shape,
                   .gradient = row_gradient,
                   .view_offset = row_offset};

// row_backward(d, rows): d in row `index`, zeros in the others.
static bool row_backward_shape(Value *value) {
    value->type = TYPE_REAL;
    value->shape = value->inputs[1]->shape;
    return true;
}

static void row_backward_lower(Lowering *lowering, const Value *value) {
    LoopBuilder *build = &lowering->build;
    const Buffer *output = lowering_buffer(lowering, value);
    int64_t columns = value->shape.dim[1];
    fill(build, output, 0);
    LoopExpr *column = loop_open_constant(build, AXIS_LANE, "column", columns);
    LoopExpr *first = loop_integer(build, value_integer(value, "index") * columns);
    loop_store(build, output, plus(build, first, column),
               loop_load(build, lowering_buffer(lowering, value->inputs[0]), column));
    loop_close(build);
}

const Op op_row_backward = {.name = "row_backward",
                            .summary = "a matrix of which all but one row is 0",
                            .minimum_inputs = 2,
                            .maximum_inputs = 2,
                            ATTRIBUTES(row_attributes),
                            .shape = row_backward_shape,
                            .lower = row_backward_lower};

// assign(tensor, value): the tensor takes the value.
static void assign_lower(Lowering *lowering, const Value *value) {
    loop_store(&lowering->build, lowering_buffer(lowering, value->inputs[0]), lowering_element(lowering),
               lowering_operand(lowering, value->inputs[1]));
}

const Op op_assign = {.name = "assign",
                      .summary = "a kept tensor takes a value",
                      .flags = OP_EFFECT | OP_ELEMENTWISE,
                      .minimum_inputs = 2,
                      .maximum_inputs = 2,
                      .shape = shape_of_effect,
                      .lower = assign_lower};
