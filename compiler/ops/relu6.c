#include "ops/rules.h"

static LoopExpr *relu6_element(Lowering *lowering, const Value *value, LoopExpr *const *inputs) {
    (void)value;
    LoopBuilder *build = &lowering->build;
    return smaller(build, larger(build, inputs[0], loop_number(build, 0)), loop_number(build, 6));
}

static LoopExpr *relu6_slope(Lowering *lowering, const Value *value, LoopExpr *output) {
    (void)value;
    LoopBuilder *build = &lowering->build;
    LoopExpr *zero = loop_number(build, 0), *one = loop_number(build, 1);
    LoopExpr *below = loop_select(build, less(build, output, loop_number(build, 6)), one, zero);
    return loop_select(build, less(build, zero, output), below, zero);
}

const Op op_relu6 = {.name = "relu6",
                     .summary = "min(max(x, 0), 6)",
                     .flags = OP_LAYER | OP_ACTIVATION | OP_ELEMENTWISE | OP_MONOTONE | OP_KEEPS_OUTPUT,
                     .minimum_inputs = 1,
                     .maximum_inputs = 1,
                     .shape = shape_as_input,
                     .element = relu6_element,
                     .slope = relu6_slope};
