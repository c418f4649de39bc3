#include "ops/rules.h"

// The slope is never negative, so the output's sign is the input's and the derivative needs the output alone.
static const Attribute attributes[] = {
    {"slope", TYPE_NUMBER, "0.3", 0, 1e6, NULL, 0, "factor of negative inputs; Keras's default is 0.3"}};

static LoopExpr *leaky_relu_element(Lowering *lowering, const Value *value, LoopExpr *const *inputs) {
    LoopBuilder *build = &lowering->build;
    LoopExpr *scaled = times_number(build, inputs[0], value_number(value, "slope"));
    return loop_select(build, less(build, loop_number(build, 0), inputs[0]), inputs[0], scaled);
}

static LoopExpr *leaky_relu_slope(Lowering *lowering, const Value *value, LoopExpr *output) {
    LoopBuilder *build = &lowering->build;
    return loop_select(build, less(build, loop_number(build, 0), output), loop_number(build, 1),
                       loop_number(build, value_number(value, "slope")));
}

const Op op_leaky_relu = {.name = "leaky_relu",
                          .summary = "x where it is positive, slope * x elsewhere",
                          .flags = OP_LAYER | OP_ACTIVATION | OP_ELEMENTWISE | OP_MONOTONE | OP_KEEPS_OUTPUT,
                          .minimum_inputs = 1,
                          .maximum_inputs = 1,
                          ATTRIBUTES(attributes),
                          .shape = shape_as_input,
                          .element = leaky_relu_element,
                          .slope = leaky_relu_slope};
