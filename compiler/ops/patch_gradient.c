// The way back through the mean m and the covariance C of an image's patches, for windows of single pixels:
// a patch is then a pixel x of C numbers, and belongs to no other. With dm and dC, symmetric, the gradients
// by m and C, of N pixels in all,
//   dx = (2 dC (x - m) + dm) / N,
// a convolution of the image with the matrix 2 dC / N, and a number a channel, (dm - 2 dC m) / N. The
// gradients dC and dm lie as C and m do in patch_moments, in rows [K + 2][K].
#include "ops/patch_moments.h"

extern const Op op_conv, op_bias_add;

bool patches_are_pixels(const Window *window) {
    return window->size[0] * window->size[1] * window->stride[0] * window->stride[1] == 1 &&
           !window_padded(window);
}

static bool as_moments(Value *value) {
    value->type = TYPE_REAL;
    value->shape = value->inputs[0]->shape;
    return true;
}

static LoopExpr *element_of(Lowering *lowering, const Value *matrix, LoopExpr *row, LoopExpr *column) {
    LoopBuilder *build = &lowering->build;
    LoopExpr *index = loop_scaled(build, row, shape_channels(&matrix->shape), column);
    return loop_load(build, lowering_buffer(lowering, matrix), index);
}

// --- covariance_gradient(moments, W, d) -> [K + 2][K]: sums over W's columns w of d ww', beside zeros ---

static Cost covariance_gradient_cost(const Value *value) {
    return (Cost){.macs = (double)(patch_length(value) * shape_elements(&value->inputs[1]->shape))};
}

// One number, in lanes of columns.
static LoopExpr *weighted_product(Lowering *lowering, const Value *value, LoopExpr *row, LoopExpr *column) {
    LoopBuilder *build = &lowering->build;
    const Value *weights = value->inputs[1];
    LoopExpr *sum = loop_declare(build, "sum", loop_number(build, 0));
    LoopExpr *filter = loop_open_constant(build, AXIS_LANE, "filter", shape_channels(&weights->shape));
    LoopExpr *product = times(build, element_of(lowering, weights, row, filter),
                              element_of(lowering, weights, column, filter));
    LoopExpr *slope = loop_load(build, lowering_buffer(lowering, value->inputs[2]), filter);
    loop_accumulate(build, sum, LOOP_ADD, times(build, product, slope));
    loop_close(build);
    return sum;
}

static void covariance_gradient_lower(Lowering *lowering, const Value *value) {
    LoopBuilder *build = &lowering->build;
    int64_t length = patch_length(value);
    const Buffer *output = lowering_buffer(lowering, value);
    fill(build, output, 0);
    LoopExpr *row = loop_open_constant(build, AXIS_TILE, "row", length);
    LoopExpr *column = loop_open_constant(build, AXIS_TILE, "column", length);
    LoopExpr *sum = weighted_product(lowering, value, row, column);
    loop_store(build, output, loop_scaled(build, row, length, column), sum);
    loop_close(build);
    loop_close(build);
}

const Op op_covariance_gradient = {.name = "covariance_gradient",
                                   .summary = "the gradient of quadratic_form by the covariance",
                                   .minimum_inputs = 3,
                                   .maximum_inputs = 3,
                                   .shape = as_moments,
                                   .cost = covariance_gradient_cost,
                                   .lower = covariance_gradient_lower};

// --- moments_factors(moments, d) -> [1][1][K][K]: 2 dC / N, as a convolution's weights ---

static bool factors_shape(Value *value) {
    int64_t length = patch_length(value->inputs[0]);
    value->type = TYPE_REAL;
    value->shape = shape_of(false, 4, (int64_t[]){1, 1, length, length});
    return true;
}

// N, which every place of the last row of patch_moments has.
static LoopExpr *patch_count(Lowering *lowering, const Value *moments, LoopExpr *column) {
    LoopExpr *last = loop_integer(&lowering->build, patch_length(moments) + 1);
    return element_of(lowering, moments, last, column);
}

static void factors_lower(Lowering *lowering, const Value *value) {
    LoopBuilder *build = &lowering->build;
    const Value *moments = value->inputs[0], *gradient = value->inputs[1];
    int64_t length = patch_length(moments);
    LoopExpr *row = loop_open_constant(build, AXIS_TILE, "row", length);
    LoopExpr *column = loop_open_constant(build, AXIS_LANE, "column", length);
    LoopExpr *doubled = times_number(build, element_of(lowering, gradient, row, column), 2);
    loop_store(build, lowering_buffer(lowering, value), loop_scaled(build, row, length, column),
               over(build, doubled, patch_count(lowering, moments, column)));
    loop_close(build);
    loop_close(build);
}

const Op op_moments_factors = {.name = "moments_factors",
                               .summary = "what a pixel is multiplied by in the gradient of patch_moments",
                               .minimum_inputs = 2,
                               .maximum_inputs = 2,
                               .shape = factors_shape,
                               .lower = factors_lower};

// --- moments_offsets(moments, d, factors) -> [K]: dm / N - (2 dC / N) m ---

static bool offsets_shape(Value *value) {
    value->type = TYPE_REAL;
    value->shape = shape_of(false, 1, (int64_t[]){patch_length(value->inputs[0])});
    return true;
}

static void offsets_lower(Lowering *lowering, const Value *value) {
    LoopBuilder *build = &lowering->build;
    const Value *moments = value->inputs[0], *gradient = value->inputs[1], *factors = value->inputs[2];
    LoopExpr *mean = loop_integer(build, patch_length(moments));
    LoopExpr *column = loop_open_constant(build, AXIS_LANE, "column", patch_length(moments));
    LoopExpr *share =
        over(build, element_of(lowering, gradient, mean, column), patch_count(lowering, moments, column));
    LoopExpr *offset = loop_declare(build, "offset", share);
    LoopExpr *row = loop_open_constant(build, AXIS_REDUCE, "row", patch_length(moments));
    LoopExpr *product =
        times(build, element_of(lowering, moments, mean, row), element_of(lowering, factors, row, column));
    loop_assign(build, offset, minus(build, offset, product));
    loop_close(build);
    loop_store(build, lowering_buffer(lowering, value), column, offset);
    loop_close(build);
}

const Op op_moments_offsets = {.name = "moments_offsets",
                               .summary = "what is added to each channel in the gradient of patch_moments",
                               .minimum_inputs = 3,
                               .maximum_inputs = 3,
                               .shape = offsets_shape,
                               .lower = offsets_lower};

void patch_moments_gradient(Gradient *gradient, const Value *value, Value *output_gradient) {
    Function *function = gradient_function(gradient);
    Value *image = value->inputs[0], *operands[] = {(Value *)value, output_gradient, NULL};
    Value *factors = value_like(function, value, &op_moments_factors, 2, operands);
    operands[2] = function_append(function, factors);
    Value *offsets = value_like(function, value, &op_moments_offsets, 3, operands);
    function_append(function, offsets);
    Value *product = value_like(function, value, &op_conv, 2, (Value *[]){image, factors});
    copy_attributes(product, value);
    value_set(product, "filters", attr_integer(patch_length(value)));
    function_append(function, product);
    Value *back = value_like(function, value, &op_bias_add, 2, (Value *[]){product, offsets});
    gradient_add(gradient, image, function_append(function, back));
}
