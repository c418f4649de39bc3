#include "ops/rules.h"

static LoopExpr *relu_element(Lowering *lowering, const Value *value, LoopExpr *const *inputs) {
    (void)value;
    return larger(&lowering->build, inputs[0], loop_number(&lowering->build, 0));
}

// 0 at 0, as PyTorch and Keras have it.
static LoopExpr *relu_slope(Lowering *lowering, const Value *value, LoopExpr *output) {
    (void)value;
    LoopBuilder *build = &lowering->build;
    LoopExpr *zero = loop_number(build, 0);
    return loop_select(build, less(build, zero, output), loop_number(build, 1), zero);
}

const Op op_relu = {.name = "relu",
                    .summary = "max(x, 0)",
                    .flags = OP_LAYER | OP_ACTIVATION | OP_ELEMENTWISE | OP_MONOTONE | OP_KEEPS_OUTPUT,
                    .minimum_inputs = 1,
                    .maximum_inputs = 1,
                    .shape = shape_as_input,
                    .element = relu_element,
                    .slope = relu_slope};
