// The product of branches. One number a channel (1x1xC), or a tensor without a batch axis that holds one
// number a channel, is repeated for every pixel.
#include "ops/rules.h"

extern const Op op_sum_pixels;

static bool repeats(const Shape *factor, const Shape *whole) {
    if (shape_elements(factor) == shape_elements(whole)) return false;
    bool one_pixel = factor->rank == 3 && factor->dim[0] == 1 && factor->dim[1] == 1;
    bool vector = !factor->batched && factor->rank <= 1;
    return (one_pixel || vector) &&
           (shape_channels(factor) == shape_channels(whole) || shape_elements(factor) == 1);
}

static bool mul_shape(Value *value) {
    const Shape *whole = &value->inputs[0]->shape;
    bool batched = false;
    for (int i = 1; i < value->input_count; i++)
        if (repeats(whole, &value->inputs[i]->shape)) whole = &value->inputs[i]->shape;
    for (int i = 0; i < value->input_count; i++) {
        Shape factor = value->inputs[i]->shape;
        batched = batched || factor.batched;
        factor.batched = whole->batched;
        if (!repeats(&value->inputs[i]->shape, whole) && !shape_equal(&factor, whole))
            return refuse_inputs(value, E0307,
                                 "give them one shape, or 1x1xC: one number for each of the channels",
                                 "branches of `mul` have different shapes");
    }
    value->type = TYPE_REAL;
    value->shape = *whole;
    value->shape.batched = batched;
    return true;
}

static LoopExpr *mul_element(Lowering *lowering, const Value *value, LoopExpr *const *inputs) {
    LoopExpr *product = inputs[0];
    for (int i = 1; i < value->input_count; i++) product = times(&lowering->build, product, inputs[i]);
    return product;
}

static void mul_gradient(Gradient *gradient, const Value *value, Value *output_gradient) {
    Function *function = gradient_function(gradient);
    for (int i = 0; i < value->input_count; i++) {
        if (!gradient_wanted(gradient, value->inputs[i])) continue;
        Value *product[MAX_INPUTS] = {output_gradient};
        int count = 1;
        for (int k = 0; k < value->input_count; k++)
            if (k != i) product[count++] = value->inputs[k];
        Value *back = function_append(function, value_like(function, value, &op_mul, count, product));
        if (repeats(&value->inputs[i]->shape, &value->shape))
            back = function_append(function, value_like(function, value, &op_sum_pixels, 1, &back));
        gradient_add(gradient, value->inputs[i], back);
    }
}

const Op op_mul = {.name = "mul",
                   .summary = "the product of branches of one shape, or 1x1xC",
                   .flags = OP_LAYER | OP_JOIN | OP_ELEMENTWISE,
                   .minimum_inputs = 2,
                   .maximum_inputs = MAX_INPUTS,
                   .shape = mul_shape,
                   .gradient = mul_gradient,
                   .element = mul_element};

// sum_pixels: every channel's sum, 1x1xC for each image; C for what has no batch axis.
static bool sum_pixels_shape(Value *value) {
    const Shape *input = &value->inputs[0]->shape;
    if (input->batched) return shape_image(value, true, 1, 1, shape_channels(input));
    value->type = TYPE_REAL;
    value->shape = shape_of(false, 1, (int64_t[]){shape_channels(input)});
    return true;
}

static void sum_pixels_lower(Lowering *lowering, const Value *value) {
    LoopBuilder *build = &lowering->build;
    int64_t channels = shape_channels(&value->shape);
    LoopExpr *channel = loop_open_constant(build, AXIS_LANE, "channel", channels);
    LoopExpr *sum = loop_declare(build, "sum", loop_number(build, 0));
    LoopExpr *pixel = loop_open_constant(build, AXIS_REDUCE, "pixel", shape_pixels(&value->inputs[0]->shape));
    LoopExpr *number = loop_load(build, lowering_buffer(lowering, value->inputs[0]),
                                 loop_scaled(build, pixel, channels, channel));
    loop_assign(build, sum, plus(build, sum, number));
    loop_close(build);
    loop_store(build, lowering_buffer(lowering, value), channel, sum);
    loop_close(build);
}

const Op op_sum_pixels = {.name = "sum_pixels",
                          .summary = "every channel's sum over an image",
                          .minimum_inputs = 1,
                          .maximum_inputs = 1,
                          .shape = sum_pixels_shape,
                          .lower = sum_pixels_lower};
