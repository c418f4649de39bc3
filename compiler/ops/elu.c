// Clevert, Unterthiner, Hochreiter, "Fast and accurate deep network learning by exponential linear units",
// 2016.
#include "ops/rules.h"

// alpha is never negative, so the output's sign is the input's and the derivative needs the output alone.
static const Attribute attributes[] = {{"alpha", TYPE_NUMBER, "1", 0, 1e6, NULL, 0,
                                        "the limit of negative inputs is -alpha; Keras's default is 1"}};

// The exponential sees no positive number: it would overflow in a lane that is thrown away.
static LoopExpr *elu_element(Lowering *lowering, const Value *value, LoopExpr *const *inputs) {
    LoopBuilder *build = &lowering->build;
    LoopExpr *zero = loop_number(build, 0);
    LoopExpr *power = loop_unary(build, LOOP_EXP, smaller(build, inputs[0], zero));
    LoopExpr *negative = times_number(build, plus_number(build, power, -1), value_number(value, "alpha"));
    return loop_select(build, less(build, zero, inputs[0]), inputs[0], negative);
}

static LoopExpr *elu_slope(Lowering *lowering, const Value *value, LoopExpr *output) {
    LoopBuilder *build = &lowering->build;
    return loop_select(build, less(build, loop_number(build, 0), output), loop_number(build, 1),
                       plus_number(build, output, value_number(value, "alpha")));
}

const Op op_elu = {.name = "elu",
                   .summary = "x where it is positive, alpha * (exp(x) - 1) elsewhere",
                   .flags =
                       OP_LAYER | OP_ACTIVATION | OP_ELEMENTWISE | OP_MONOTONE | OP_COSTLY | OP_KEEPS_OUTPUT,
                   .minimum_inputs = 1,
                   .maximum_inputs = 1,
                   ATTRIBUTES(attributes),
                   .shape = shape_as_input,
                   .element = elu_element,
                   .slope = elu_slope};
