// Gradient descent, with momentum and Nesterov's momentum as Keras has them:
//   velocity = momentum * velocity - lr * g;  w += velocity, or w += momentum * velocity - lr * g
#include "ops/optimizer.h"

static const Attribute attributes[] = {
    LR_ROW("0.01"),
    {"momentum", TYPE_NUMBER, "", 0, 1, NULL, ATTRIBUTE_RUNTIME,
     "the part of the velocity kept; unset, as in Keras: none"},
    {"nesterov", TYPE_TRUTH, "false", 0, 0, NULL, 0, "looks ahead by the velocity; needs momentum"},
    DECAY_ROW("0"),
    CLIP_ROW};

static bool has_momentum(const Value *value) {
    return value_attr(value, "momentum")->kind == ATTR_NUMBER;
}

static void sgd_update(Function *function, const Value *settings, int index, Value *gradient) {
    Value *inputs[3] = {function_tensor(function, index), gradient};
    int count = 2;
    if (has_momentum(settings)) inputs[count++] = optimizer_state(function, index, "velocity");
    optimizer_append(function, settings, count, inputs);
}

static void sgd_lower(Lowering *lowering, const Value *value) {
    LoopBuilder *build = &lowering->build;
    LoopExpr *gradient = lowering_operand(lowering, value->inputs[1]);
    LoopExpr *weight = loop_let(build, "weight", optimizer_decayed(lowering, value));
    LoopExpr *step = loop_let(build, "step", times(build, gradient, lowering_number(lowering, value, "lr")));
    if (!has_momentum(value)) {
        optimizer_store(lowering, value, 0, minus(build, weight, step));
        return;
    }
    LoopExpr *momentum = lowering_number(lowering, value, "momentum");
    LoopExpr *kept = times(build, lowering_operand(lowering, value->inputs[2]), momentum);
    LoopExpr *velocity = loop_let(build, "velocity", minus(build, kept, step));
    LoopExpr *move = velocity;
    if (value_integer(value, "nesterov")) move = minus(build, times(build, velocity, momentum), step);
    optimizer_store(lowering, value, 2, velocity);
    optimizer_store(lowering, value, 0, plus(build, weight, move));
}

const Op op_sgd = {.name = "sgd",
                   .summary = "gradient descent, with momentum if it is set",
                   .flags = OP_OPTIMIZER | OP_EFFECT | OP_ELEMENTWISE,
                   .minimum_inputs = 2,
                   .maximum_inputs = 3,
                   ATTRIBUTES(attributes),
                   .shape = shape_of_effect,
                   .lower = sgd_lower,
                   .update = sgd_update};
