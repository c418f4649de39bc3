#include "ops/rules.h"

static void identity_gradient(Gradient *gradient, const Value *value, Value *output_gradient) {
    gradient_add(gradient, value->inputs[0], output_gradient);
}

const Op op_identity = {.name = "identity",
                        .summary = "what comes in",
                        .flags = OP_LAYER | OP_VIEW,
                        .minimum_inputs = 1,
                        .maximum_inputs = 1,
                        .shape = shape_as_input,
                        .gradient = identity_gradient};
