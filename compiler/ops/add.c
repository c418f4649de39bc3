#include "ops/rules.h"

static const char *sum_help =
    "make the branches' last layers give the same shape; a 1x1 conv changes channels and stride";

static bool add_shape(Value *value) {
    const Shape *first = &value->inputs[0]->shape;
    for (int i = 1; i < value->input_count; i++)
        if (!shape_equal(first, &value->inputs[i]->shape))
            return refuse_inputs(value, E0307, sum_help, "branches of `add` have different shapes");
    return shape_as_input(value);
}

static LoopExpr *add_element(Lowering *lowering, const Value *value, LoopExpr *const *inputs) {
    LoopExpr *sum = inputs[0];
    for (int i = 1; i < value->input_count; i++) sum = plus(&lowering->build, sum, inputs[i]);
    return sum;
}

static void add_gradient(Gradient *gradient, const Value *value, Value *output_gradient) {
    for (int i = 0; i < value->input_count; i++) gradient_add(gradient, value->inputs[i], output_gradient);
}

const Op op_add = {.name = "add",
                   .summary = "the sum of branches of one shape",
                   .flags = OP_LAYER | OP_JOIN | OP_ELEMENTWISE,
                   .minimum_inputs = 2,
                   .maximum_inputs = MAX_INPUTS,
                   .shape = add_shape,
                   .gradient = add_gradient,
                   .element = add_element};
