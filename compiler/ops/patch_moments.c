// The sums are merged like those of moments.c: an image's into its chunk's by the kernel, the chunks' here. A
// chunk's part holds sums of products of differences from its mean in place of the covariance.
#include "ops/patch_moments.h"
#include "ops/conv.h"

static const Attribute attributes[] = {
    {"kernel", TYPE_WINDOW, "1", 1, 4096, NULL, ATTRIBUTE_INTERNAL, "of the convolution"},
    {"stride", TYPE_WINDOW, "1", 1, 4096, NULL, ATTRIBUTE_INTERNAL, "of the convolution"},
    {"dilation", TYPE_WINDOW, "1", 1, 4096, NULL, ATTRIBUTE_INTERNAL, "of the convolution"},
    {"pad", TYPE_PADDING, "valid", 0, 4096, NULL, ATTRIBUTE_INTERNAL, "of the convolution"}};

static Window patch_window(const Value *value) {
    const Shape *input = &value->inputs[0]->shape;
    return window_of(value, input->dim[0], input->dim[1], value_attr(value, "kernel")->size);
}

int64_t patch_length(const Value *moments) {
    return moments->shape.dim[1];
}

static bool patch_moments_shape(Value *value) {
    Window window = patch_window(value);
    int64_t length = window.size[0] * window.size[1] * shape_channels(&value->inputs[0]->shape);
    value->type = TYPE_REAL;
    value->shape = shape_of(false, 2, (int64_t[]){length + 2, length});
    return true;
}

// Half of a symmetric matrix for each patch; copying a number is worth about three multiply-adds.
static double patch_products(const Window *window, double length) {
    return (double)(window->out_height * window->out_width) * (length * (length + 1) / 2 + 3 * length);
}

// Where two numbers of a patch lie as far from each other as others do, their products are the same: the
// input times itself, moved by each such lag, summed over the rows of all windows that are as wide as the
// output, then over their columns, eight windows together. Two loads for each multiply-add make it twice as
// long. (LAG_PRODUCTS of kernels.def, for all kernels that do so.)
static double lag_products(const Window *window, double channels) {
    double height = (double)window->size[0], width = (double)window->size[1];
    double lags = (height - 1) * (2 * width - 1) + width, rows = (2 * width - 1) * height * (height + 1) / 2;
    double columns = (double)window->out_width + width - 1;
    double pixels = ((double)window->out_height + height - 1) * columns;
    return 2 * channels * channels * (lags * pixels + 8 * rows * columns);
}

static bool has_lags(const Window *window) {
    return window->stride[0] == 1 && window->stride[1] == 1 && window->dilation[0] == 1 &&
           window->dilation[1] == 1 && window->out_height >= window->size[0];
}

static Cost patch_moments_cost(const Value *value) {
    Window window = patch_window(value);
    double products = patch_products(&window, (double)patch_length(value));
    double others = lag_products(&window, (double)shape_channels(&value->inputs[0]->shape));
    return (Cost){.macs = has_lags(&window) && others < products ? others : products,
                  .bytes = 4 * (double)shape_elements(&value->inputs[0]->shape)};
}

static void patch_moments_lower(Lowering *lowering, const Value *value) {
    LoopBuilder *build = &lowering->build;
    Window window = patch_window(value);
    Kernel *kernel = lowering_kernel(lowering, value, "patch_moments");
    conv_constants(lowering->arena, kernel, &window, shape_channels(&value->inputs[0]->shape), 1, 1, 1);
    LoopStatement *call = loop_call(build, kernel);
    loop_operand(build, call, lowering_output(lowering, value), NULL);
    loop_operand(build, call, lowering_buffer(lowering, value->inputs[0]), NULL);
}

// Element (row, column) of a chunk's part.
static LoopExpr *part_of(Lowering *lowering, const Value *value, LoopExpr *chunk, LoopExpr *row,
                         LoopExpr *column) {
    LoopBuilder *build = &lowering->build;
    LoopExpr *index = loop_scaled(build, row, patch_length(value), column);
    return loop_let(build, "part", lowering_partial(lowering, value, chunk, index));
}

// One covariance, by both of its numbers' means.
static void combine_pair(Lowering *lowering, const Value *value, LoopExpr *row, LoopExpr *column) {
    LoopBuilder *build = &lowering->build;
    LoopExpr *mean_row = loop_integer(build, patch_length(value)),
             *count_row = loop_integer(build, patch_length(value) + 1);
    LoopExpr *a = loop_declare(build, "mean", loop_number(build, 0)),
             *b = loop_declare(build, "mean", loop_number(build, 0)),
             *products = loop_declare(build, "products", loop_number(build, 0)),
             *count = loop_declare(build, "count", loop_number(build, 0));
    LoopExpr *chunk = loop_open(build, AXIS_REDUCE, "other", lowering_chunks(lowering));
    LoopExpr *more = part_of(lowering, value, chunk, count_row, column);
    LoopExpr *sum = loop_let(build, "sum", plus(build, count, more));
    LoopExpr *share = loop_let(build, "share", over(build, more, sum));
    LoopExpr *of_a = part_of(lowering, value, chunk, mean_row, row);
    LoopExpr *of_b = part_of(lowering, value, chunk, mean_row, column);
    LoopExpr *apart_a = loop_let(build, "apart", minus(build, of_a, a));
    LoopExpr *apart_b = loop_let(build, "apart", minus(build, of_b, b));
    LoopExpr *between = times(build, times(build, apart_a, apart_b), times(build, count, share));
    LoopExpr *within = part_of(lowering, value, chunk, row, column);
    loop_assign(build, products, plus(build, plus(build, products, within), between));
    loop_assign(build, a, plus(build, a, times(build, apart_a, share)));
    loop_assign(build, b, plus(build, b, times(build, apart_b, share)));
    loop_assign(build, count, sum);
    loop_close(build);
    const Buffer *output = lowering_buffer(lowering, value);
    int64_t length = patch_length(value);
    loop_store(build, output, loop_scaled(build, row, length, column), over(build, products, count));
    // Every row stores the same means and count.
    loop_store(build, output, loop_scaled(build, mean_row, length, column), b);
    loop_store(build, output, loop_scaled(build, count_row, length, column), count);
}

static void patch_moments_combine(Lowering *lowering, const Value *value) {
    LoopBuilder *build = &lowering->build;
    LoopExpr *row = loop_open_constant(build, AXIS_TILE, "row", patch_length(value));
    LoopExpr *column = loop_open_constant(build, AXIS_LANE, "column", patch_length(value));
    combine_pair(lowering, value, row, column);
    loop_close(build);
    loop_close(build);
}

const Op op_patch_moments = {.name = "patch_moments",
                             .summary = "mean and covariance of an image's patches over the batch",
                             .flags = OP_REDUCES_BATCH,
                             .minimum_inputs = 1,
                             .maximum_inputs = 1,
                             ATTRIBUTES(attributes),
                             .shape = patch_moments_shape,
                             .gradient = patch_moments_gradient,
                             .cost = patch_moments_cost,
                             .lower = patch_moments_lower,
                             .combine = patch_moments_combine};
