// Howard et al., "Searching for MobileNetV3", 2019.
#include "ops/rules.h"

static LoopExpr *hard_swish_element(Lowering *lowering, const Value *value, LoopExpr *const *inputs) {
    (void)value;
    LoopBuilder *build = &lowering->build;
    LoopExpr *raised = larger(build, plus_number(build, inputs[0], 3), loop_number(build, 0));
    LoopExpr *gate = times_number(build, smaller(build, raised, loop_number(build, 6)), 1.0 / 6);
    return times(build, inputs[0], gate);
}

// 0 up to -3, (2x + 3) / 6 between, 1 from 3 on.
static LoopExpr *hard_swish_slope(Lowering *lowering, const Value *value, LoopExpr *input) {
    (void)value;
    LoopBuilder *build = &lowering->build;
    LoopExpr *between = plus_number(build, times_number(build, input, 1.0 / 3), 0.5);
    LoopExpr *upper =
        loop_select(build, less(build, input, loop_number(build, 3)), between, loop_number(build, 1));
    return loop_select(build, less(build, loop_number(build, -3), input), upper, loop_number(build, 0));
}

const Op op_hard_swish = {.name = "hard_swish",
                          .summary = "x * relu6(x + 3) / 6",
                          .flags = OP_LAYER | OP_ACTIVATION | OP_ELEMENTWISE,
                          .minimum_inputs = 1,
                          .maximum_inputs = 1,
                          .shape = shape_as_input,
                          .element = hard_swish_element,
                          .slope = hard_swish_slope};
