// A number for every channel, added to all pixels; and the sum over pixels and images that is its gradient.
#include "ops/conv.h"

static LoopExpr *bias_add_element(Lowering *lowering, const Value *value, LoopExpr *const *inputs) {
    (void)value;
    return plus(&lowering->build, inputs[0], inputs[1]);
}

static void bias_add_gradient(Gradient *gradient, const Value *value, Value *output_gradient) {
    gradient_add(gradient, value->inputs[0], output_gradient);
    if (gradient_wanted(gradient, value->inputs[1]))
        gradient_add(gradient, value->inputs[1],
                     append_sum_channels(gradient_function(gradient), output_gradient));
}

const Op op_bias_add = {.name = "bias_add",
                        .summary = "adds a number to every channel",
                        .flags = OP_ELEMENTWISE | OP_MONOTONE,
                        .minimum_inputs = 2,
                        .maximum_inputs = 2,
                        .shape = shape_as_input,
                        .gradient = bias_add_gradient,
                        .element = bias_add_element};

static bool sum_channels_shape(Value *value) {
    value->type = TYPE_REAL;
    value->shape = shape_of(false, 1, (int64_t[]){shape_channels(&value->inputs[0]->shape)});
    return true;
}

static LoopExpr *sum_channels_term(Lowering *lowering, const Value *value, LoopExpr *const *inputs, int row) {
    (void)lowering, (void)value, (void)row;
    return inputs[0];
}

const Op op_sum_channels = {.name = "sum_channels",
                            .summary = "every channel's sum over pixels and images",
                            .flags = OP_REDUCES_BATCH,
                            .minimum_inputs = 1,
                            .maximum_inputs = 1,
                            .shape = sum_channels_shape,
                            .term = sum_channels_term};
