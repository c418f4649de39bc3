#include "ops/rules.h"

static LoopExpr *hard_sigmoid_element(Lowering *lowering, const Value *value, LoopExpr *const *inputs) {
    (void)value;
    LoopBuilder *build = &lowering->build;
    LoopExpr *raised = larger(build, plus_number(build, inputs[0], 3), loop_number(build, 0));
    return times_number(build, smaller(build, raised, loop_number(build, 6)), 1.0 / 6);
}

// From the input: the output's upper end, 6 * (1/6), is not exactly 1 in every rounding.
static LoopExpr *hard_sigmoid_slope(Lowering *lowering, const Value *value, LoopExpr *input) {
    (void)value;
    LoopBuilder *build = &lowering->build;
    LoopExpr *zero = loop_number(build, 0);
    LoopExpr *below =
        loop_select(build, less(build, input, loop_number(build, 3)), loop_number(build, 1.0 / 6), zero);
    return loop_select(build, less(build, loop_number(build, -3), input), below, zero);
}

const Op op_hard_sigmoid = {.name = "hard_sigmoid",
                            .summary = "relu6(x + 3) / 6",
                            .flags = OP_LAYER | OP_ACTIVATION | OP_ELEMENTWISE | OP_MONOTONE,
                            .minimum_inputs = 1,
                            .maximum_inputs = 1,
                            .shape = shape_as_input,
                            .element = hard_sigmoid_element,
                            .slope = hard_sigmoid_slope};
