// RMSprop (Tieleman, Hinton, lecture 6.5 of "Neural networks for machine learning", 2012) as Keras has it:
// epsilon stands inside the root; `centered` takes the squared average of the gradients off (Graves, 2013).
#include "ops/optimizer.h"

static const Attribute attributes[] = {
    LR_ROW("0.001"),
    {"rho", TYPE_NUMBER, "0.9", 0, 0.9999999, NULL, ATTRIBUTE_RUNTIME,
     "the part of the squared gradients' average kept; Keras's default is 0.9"},
    {"momentum", TYPE_NUMBER, "", 0, 1, NULL, ATTRIBUTE_RUNTIME,
     "the part of the last step kept; unset, as in Keras: none"},
    {"epsilon", TYPE_NUMBER, "1e-7", 0, 1, NULL, ATTRIBUTE_RUNTIME,
     "added under the root; Keras's default is 1e-7"},
    {"centered", TYPE_TRUTH, "false", 0, 0, NULL, 0,
     "by the variance instead of the squares; Keras's default is false"},
    DECAY_ROW("0"),
    CLIP_ROW};

static bool has_momentum(const Value *value) {
    return value_attr(value, "momentum")->kind == ATTR_NUMBER;
}

// Inputs: w, gradient, squares' average, then the gradients' average if centered, then the velocity if there
// is one.
static void rmsprop_update(Function *function, const Value *settings, int index, Value *gradient) {
    Value *inputs[5] = {function_tensor(function, index), gradient,
                        optimizer_state(function, index, "squares")};
    int count = 3;
    if (value_integer(settings, "centered")) inputs[count++] = optimizer_state(function, index, "mean");
    if (has_momentum(settings)) inputs[count++] = optimizer_state(function, index, "velocity");
    optimizer_append(function, settings, count, inputs);
}

static void rmsprop_lower(Lowering *lowering, const Value *value) {
    LoopBuilder *build = &lowering->build;
    LoopExpr *gradient = lowering_operand(lowering, value->inputs[1]);
    LoopExpr *weight = loop_let(build, "weight", optimizer_decayed(lowering, value));
    LoopExpr *squares =
        optimizer_average(lowering, value, "rho", lowering_operand(lowering, value->inputs[2]),
                          times(build, gradient, gradient));
    LoopExpr *spread = squares;
    optimizer_store(lowering, value, 2, squares);
    if (value_integer(value, "centered")) {
        LoopExpr *mean =
            optimizer_average(lowering, value, "rho", lowering_operand(lowering, value->inputs[3]), gradient);
        optimizer_store(lowering, value, 3, mean);
        spread = minus(build, squares, times(build, mean, mean));
    }
    LoopExpr *root =
        loop_unary(build, LOOP_SQUARE_ROOT, plus(build, spread, lowering_number(lowering, value, "epsilon")));
    LoopExpr *step = over(build, times(build, gradient, lowering_number(lowering, value, "lr")), root);
    if (has_momentum(value)) {
        int last = value->input_count - 1;
        LoopExpr *kept = lowering_operand(lowering, value->inputs[last]);
        kept = times(build, kept, lowering_number(lowering, value, "momentum"));
        step = loop_let(build, "velocity", plus(build, kept, step));
        optimizer_store(lowering, value, last, step);
    }
    optimizer_store(lowering, value, 0, minus(build, weight, step));
}

const Op op_rmsprop = {.name = "rmsprop",
                       .summary = "steps by the gradient over the root of its squares' average",
                       .flags = OP_OPTIMIZER | OP_EFFECT | OP_ELEMENTWISE,
                       .minimum_inputs = 3,
                       .maximum_inputs = 5,
                       ATTRIBUTES(attributes),
                       .shape = shape_of_effect,
                       .lower = rmsprop_lower,
                       .update = rmsprop_update};
