#include "ops/rules.h"

static LoopExpr *tanh_element(Lowering *lowering, const Value *value, LoopExpr *const *inputs) {
    (void)value;
    return loop_unary(&lowering->build, LOOP_TANH, inputs[0]);
}

static LoopExpr *tanh_slope(Lowering *lowering, const Value *value, LoopExpr *output) {
    (void)value;
    LoopBuilder *build = &lowering->build;
    return minus(build, loop_number(build, 1), times(build, output, output));
}

const Op op_tanh = {.name = "tanh",
                    .summary = "the hyperbolic tangent",
                    .flags =
                        OP_LAYER | OP_ACTIVATION | OP_ELEMENTWISE | OP_MONOTONE | OP_COSTLY | OP_KEEPS_OUTPUT,
                    .minimum_inputs = 1,
                    .maximum_inputs = 1,
                    .shape = shape_as_input,
                    .element = tanh_element,
                    .slope = tanh_slope};
