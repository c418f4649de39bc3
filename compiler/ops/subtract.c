#include "ops/rules.h"

static LoopExpr *subtract_element(Lowering *lowering, const Value *value, LoopExpr *const *inputs) {
    (void)value;
    return minus(&lowering->build, inputs[0], inputs[1]);
}

static void subtract_gradient(Gradient *gradient, const Value *value, Value *output_gradient) {
    gradient_add(gradient, value->inputs[0], output_gradient);
    if (gradient_wanted(gradient, value->inputs[1]))
        gradient_add(gradient, value->inputs[1],
                     append_negated(gradient_function(gradient), output_gradient));
}

const Op op_subtract = {.name = "subtract",
                        .summary = "the difference of two values of one shape",
                        .flags = OP_ELEMENTWISE,
                        .minimum_inputs = 2,
                        .maximum_inputs = 2,
                        .shape = shape_as_input,
                        .gradient = subtract_gradient,
                        .element = subtract_element};
