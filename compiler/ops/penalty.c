// What is summed over whole tensors: the l2 penalty, and the norm of a gradient (clip.c).
#include "ops/rules.h"

extern const Op op_penalty, op_penalty_gradient;

static const Attribute penalty_attributes[] = {{"l2", TYPE_NUMBER, "0", 0, 1e30, NULL,
                                                ATTRIBUTE_RUNTIME | ATTRIBUTE_INTERNAL,
                                                "factor of the sum of squares"}};

static bool scalar_shape(Value *value) {
    value->type = TYPE_REAL;
    value->shape = shape_of(false, 0, NULL);
    return true;
}

// The sum of the squares of all elements of the first input.
static LoopExpr *squares_of(Lowering *lowering, const Value *value) {
    LoopBuilder *build = &lowering->build;
    LoopExpr *sum = loop_declare(build, "sum", loop_number(build, 0));
    LoopExpr *i = loop_open_constant(build, AXIS_LANE, "i", shape_elements(&value->inputs[0]->shape));
    LoopExpr *number =
        loop_let(build, "number", loop_load(build, lowering_buffer(lowering, value->inputs[0]), i));
    loop_accumulate(build, sum, LOOP_ADD, times(build, number, number));
    loop_close(build);
    return sum;
}

static void penalty_lower(Lowering *lowering, const Value *value) {
    LoopBuilder *build = &lowering->build;
    LoopExpr *sum = squares_of(lowering, value);
    loop_store(build, lowering_buffer(lowering, value), loop_integer(build, 0),
               times(build, sum, lowering_number(lowering, value, "l2")));
}

// The penalty is part of the loss as it is: its own gradient is 1, and none comes from above.
static void penalty_backward(Gradient *gradient, const Value *value, Value *output_gradient) {
    (void)output_gradient;
    Function *function = gradient_function(gradient);
    Value *slope = value_like(function, value, &op_penalty_gradient, 1, (Value *[]){value->inputs[0]});
    copy_attributes(slope, value);
    gradient_add(gradient, value->inputs[0], function_append(function, slope));
}

const Op op_penalty = {.name = "penalty",
                       .summary = "l2 * sum(w^2)",
                       .minimum_inputs = 1,
                       .maximum_inputs = 1,
                       ATTRIBUTES(penalty_attributes),
                       .shape = scalar_shape,
                       .gradient = penalty_backward,
                       .lower = penalty_lower};

static LoopExpr *penalty_gradient_element(Lowering *lowering, const Value *value, LoopExpr *const *inputs) {
    LoopBuilder *build = &lowering->build;
    return times(build, inputs[0], times_number(build, lowering_number(lowering, value, "l2"), 2));
}

const Op op_penalty_gradient = {.name = "penalty_gradient",
                                .summary = "2 * l2 * w",
                                .flags = OP_ELEMENTWISE,
                                .minimum_inputs = 1,
                                .maximum_inputs = 1,
                                ATTRIBUTES(penalty_attributes),
                                .shape = shape_as_input,
                                .element = penalty_gradient_element};

static void squared_norm_lower(Lowering *lowering, const Value *value) {
    LoopExpr *sum = squares_of(lowering, value);
    loop_store(&lowering->build, lowering_buffer(lowering, value), loop_integer(&lowering->build, 0), sum);
}

const Op op_squared_norm = {.name = "squared_norm",
                            .summary = "the sum of a tensor's squares",
                            .minimum_inputs = 1,
                            .maximum_inputs = 1,
                            .shape = scalar_shape,
                            .lower = squared_norm_lower};
