// Ramachandran, Zoph, Le, "Searching for activation functions", 2017; also called SiLU.
#include "ops/rules.h"

static LoopExpr *swish_element(Lowering *lowering, const Value *value, LoopExpr *const *inputs) {
    (void)value;
    LoopBuilder *build = &lowering->build;
    return times(build, inputs[0], loop_unary(build, LOOP_SIGMOID, inputs[0]));
}

// s + x * s * (1 - s)
static LoopExpr *swish_slope(Lowering *lowering, const Value *value, LoopExpr *input) {
    (void)value;
    LoopBuilder *build = &lowering->build;
    LoopExpr *gate = loop_unary(build, LOOP_SIGMOID, input);
    LoopExpr *rest = minus(build, loop_number(build, 1), gate);
    return plus(build, gate, times(build, times(build, input, gate), rest));
}

const Op op_swish = {.name = "swish",
                     .summary = "x * sigmoid(x)",
                     .flags = OP_LAYER | OP_ACTIVATION | OP_ELEMENTWISE | OP_COSTLY,
                     .minimum_inputs = 1,
                     .maximum_inputs = 1,
                     .shape = shape_as_input,
                     .element = swish_element,
                     .slope = swish_slope};
