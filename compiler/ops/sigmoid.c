#include "ops/rules.h"

static LoopExpr *sigmoid_element(Lowering *lowering, const Value *value, LoopExpr *const *inputs) {
    (void)value;
    return loop_unary(&lowering->build, LOOP_SIGMOID, inputs[0]);
}

static LoopExpr *sigmoid_slope(Lowering *lowering, const Value *value, LoopExpr *output) {
    (void)value;
    LoopBuilder *build = &lowering->build;
    return times(build, output, minus(build, loop_number(build, 1), output));
}

const Op op_sigmoid = {.name = "sigmoid",
                       .summary = "1 / (1 + exp(-x))",
                       .flags = OP_LAYER | OP_ACTIVATION | OP_ELEMENTWISE | OP_MONOTONE | OP_COSTLY |
                                OP_KEEPS_OUTPUT,
                       .minimum_inputs = 1,
                       .maximum_inputs = 1,
                       .shape = shape_as_input,
                       .element = sigmoid_element,
                       .slope = sigmoid_slope};
