// The mean over the classes of (z - t)^2, where t is 1 at the label and 0 elsewhere.
#include "ops/rules.h"

extern const Op op_mse_backward;

static bool mse_shape(Value *value) {
    value->type = TYPE_REAL;
    value->shape = shape_of(true, 1, (int64_t[]){1});
    return true;
}

// Opens a loop over the classes and gives z - t there.
static LoopExpr *open_differences(Lowering *lowering, const Value *value, LoopExpr **at) {
    LoopBuilder *build = &lowering->build;
    LoopExpr *zero = loop_integer(build, 0);
    LoopExpr *label =
        loop_let(build, "label", loop_load_index(build, lowering_buffer(lowering, value->inputs[1]), zero));
    *at = loop_open_constant(build, AXIS_REDUCE, "k", shape_elements(&value->inputs[0]->shape));
    LoopExpr *is_label = loop_binary(build, LOOP_EQUAL, *at, label);
    LoopExpr *target = loop_select(build, is_label, loop_number(build, 1), loop_number(build, 0));
    LoopExpr *number = loop_load(build, lowering_buffer(lowering, value->inputs[0]), *at);
    return loop_let(build, "apart", minus(build, number, target));
}

static void mse_lower(Lowering *lowering, const Value *value) {
    LoopBuilder *build = &lowering->build;
    double share = 1.0 / (double)shape_elements(&value->inputs[0]->shape);
    LoopExpr *sum = loop_declare(build, "sum", loop_number(build, 0)), *at;
    LoopExpr *apart = open_differences(lowering, value, &at);
    loop_assign(build, sum, plus(build, sum, times(build, apart, apart)));
    loop_close(build);
    loop_store(build, lowering_buffer(lowering, value), loop_integer(build, 0),
               times_number(build, sum, share));
}

static void mse_gradient(Gradient *gradient, const Value *value, Value *output_gradient) {
    Function *function = gradient_function(gradient);
    gradient_add(gradient, value->inputs[0],
                 ADD(function, &op_mse_backward, value->inputs[0], value->inputs[1], output_gradient));
}

const Op op_mse = {.name = "mse",
                   .summary = "the mean squared difference from 1 at the label's class and 0 at the others",
                   .flags = OP_LOSS,
                   .minimum_inputs = 2,
                   .maximum_inputs = 2,
                   .shape = mse_shape,
                   .gradient = mse_gradient,
                   .lower = mse_lower};

// mse_backward(outputs, label, dloss) = dloss * 2 / K * (z - t)
static void backward_lower(Lowering *lowering, const Value *value) {
    LoopBuilder *build = &lowering->build;
    double share = 2.0 / (double)shape_elements(&value->shape);
    LoopExpr *factor = loop_load(build, lowering_buffer(lowering, value->inputs[2]), loop_integer(build, 0));
    factor = loop_let(build, "factor", times_number(build, factor, share));
    LoopExpr *at;
    LoopExpr *apart = open_differences(lowering, value, &at);
    loop_store(build, lowering_buffer(lowering, value), at, times(build, apart, factor));
    loop_close(build);
}

const Op op_mse_backward = {.name = "mse_backward",
                            .summary = "the gradient of mse",
                            .minimum_inputs = 3,
                            .maximum_inputs = 3,
                            .shape = shape_as_input,
                            .lower = backward_lower};
