#include "ops/rules.h"

static const Attribute attributes[] = {
    {"scale", TYPE_NUMBER, NULL, -1e30, 1e30, NULL, 0, "the factor: 1/255 makes 0..1 of bytes"},
    {"offset", TYPE_NUMBER, "0", -1e30, 1e30, NULL, 0, "added after the factor; Keras's default is 0"}};

static LoopExpr *rescale_element(Lowering *lowering, const Value *value, LoopExpr *const *inputs) {
    LoopBuilder *build = &lowering->build;
    return plus_number(build, times_number(build, inputs[0], value_number(value, "scale")),
                       value_number(value, "offset"));
}

static LoopExpr *rescale_slope(Lowering *lowering, const Value *value, LoopExpr *output) {
    (void)output;
    return loop_number(&lowering->build, value_number(value, "scale"));
}

const Op op_rescale = {.name = "rescale",
                       .summary = "x * scale + offset",
                       .flags = OP_LAYER | OP_ELEMENTWISE | OP_KEEPS_OUTPUT,
                       .minimum_inputs = 1,
                       .maximum_inputs = 1,
                       ATTRIBUTES(attributes),
                       .shape = shape_as_input,
                       .element = rescale_element,
                       .slope = rescale_slope};
