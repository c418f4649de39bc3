// Adam (Kingma, Ba, 2015) and AdamW (Loshchilov, Hutter, 2019) as Keras has them: epsilon stands outside the
// root and outside the bias correction,
//   rate = lr * sqrt(1 - beta2^t) / (1 - beta1^t);  w -= rate * m / (sqrt(v) + epsilon)
// 1 - beta^t is kept as a state: c = beta * c + (1 - beta) is the average that m and v would have of ones,
// and keeps its digits at small t, where 1 - beta^t in single precision would not.
#include "ops/optimizer.h"

#define BETA_ROWS                                                                                            \
    {"beta1",                                                                                                \
     TYPE_NUMBER,                                                                                            \
     "0.9",                                                                                                  \
     0,                                                                                                      \
     0.9999999,                                                                                              \
     NULL,                                                                                                   \
     ATTRIBUTE_RUNTIME,                                                                                      \
     "the part of the gradients' average kept; Keras's default is 0.9"},                                     \
        {"beta2",           TYPE_NUMBER,                                                                     \
         "0.999",           0,                                                                               \
         0.9999999,         NULL,                                                                            \
         ATTRIBUTE_RUNTIME, "the part of the squared gradients' average kept; Keras's default is 0.999"},    \
    {                                                                                                        \
        "epsilon", TYPE_NUMBER, "1e-7", 0, 1, NULL, ATTRIBUTE_RUNTIME,                                       \
            "added to the root of the squares' average; Keras's default is 1e-7"                             \
    }

static const Attribute adam_attributes[] = {LR_ROW("0.001"), BETA_ROWS, DECAY_ROW("0"), CLIP_ROW};
static const Attribute adamw_attributes[] = {LR_ROW("0.001"), BETA_ROWS, DECAY_ROW("0.004"), CLIP_ROW};
static const Attribute correction_attributes[] = {
    {"beta", TYPE_NUMBER, "0", 0, 1, NULL, ATTRIBUTE_RUNTIME | ATTRIBUTE_INTERNAL, "the part kept"}};
static const Attribute rate_attributes[] = {
    {"lr", TYPE_NUMBER, "0", 0, 1e6, NULL, ATTRIBUTE_RUNTIME | ATTRIBUTE_INTERNAL, "the learning rate"}};

extern const Op op_adam_correction, op_adam_rate;

static Value *append_correction(Function *function, const Value *settings, const char *name,
                                const char *beta) {
    Value *before = optimizer_number(function, name);
    Value *correction = value_new(function, &op_adam_correction, 1, &before);
    value_set(correction, "beta", *value_attr(settings, beta));
    function_append(function, correction);
    ADD(function, &op_assign, before, correction);
    return correction;
}

// The rate of this step, one for all tensors.
static Value *rate_of(Function *function, const Value *settings) {
    for (int i = 0; i < function->values.count; i++)
        if (function->values.items[i]->op == &op_adam_rate) return function->values.items[i];
    Value *inputs[] = {append_correction(function, settings, "correction1", "beta1"),
                       append_correction(function, settings, "correction2", "beta2")};
    Value *rate = value_new(function, &op_adam_rate, 2, inputs);
    copy_attributes(rate, settings);
    return function_append(function, rate);
}

static void adam_update(Function *function, const Value *settings, int index, Value *gradient) {
    Value *inputs[] = {function_tensor(function, index), gradient, optimizer_state(function, index, "m"),
                       optimizer_state(function, index, "v"), rate_of(function, settings)};
    optimizer_append(function, settings, 5, inputs);
}

static void adam_lower(Lowering *lowering, const Value *value) {
    LoopBuilder *build = &lowering->build;
    LoopExpr *gradient = lowering_operand(lowering, value->inputs[1]);
    LoopExpr *rate = lowering_operand(lowering, value->inputs[4]);
    LoopExpr *weight = loop_let(build, "weight", optimizer_decayed(lowering, value));
    LoopExpr *m =
        optimizer_average(lowering, value, "beta1", lowering_operand(lowering, value->inputs[2]), gradient);
    LoopExpr *v = optimizer_average(lowering, value, "beta2", lowering_operand(lowering, value->inputs[3]),
                                    times(build, gradient, gradient));
    LoopExpr *root =
        plus(build, loop_unary(build, LOOP_SQUARE_ROOT, v), lowering_number(lowering, value, "epsilon"));
    optimizer_store(lowering, value, 2, m);
    optimizer_store(lowering, value, 3, v);
    optimizer_store(lowering, value, 0, minus(build, weight, over(build, times(build, m, rate), root)));
}

const Op op_adam = {.name = "adam",
                    .summary = "steps by the gradients' average over the root of their squares' average",
                    .flags = OP_OPTIMIZER | OP_EFFECT | OP_ELEMENTWISE,
                    .minimum_inputs = 5,
                    .maximum_inputs = 5,
                    ATTRIBUTES(adam_attributes),
                    .shape = shape_of_effect,
                    .lower = adam_lower,
                    .update = adam_update};

const Op op_adamw = {.name = "adamw",
                     .summary = "adam with weight decay",
                     .flags = OP_OPTIMIZER | OP_EFFECT | OP_ELEMENTWISE,
                     .minimum_inputs = 5,
                     .maximum_inputs = 5,
                     ATTRIBUTES(adamw_attributes),
                     .shape = shape_of_effect,
                     .lower = adam_lower,
                     .update = adam_update};

static LoopExpr *correction_element(Lowering *lowering, const Value *value, LoopExpr *const *inputs) {
    LoopBuilder *build = &lowering->build;
    LoopExpr *beta = lowering_number(lowering, value, "beta");
    return plus(build, times(build, inputs[0], beta), minus(build, loop_number(build, 1), beta));
}

const Op op_adam_correction = {.name = "adam_correction",
                               .summary = "1 - beta^t from 1 - beta^(t-1)",
                               .flags = OP_ELEMENTWISE,
                               .minimum_inputs = 1,
                               .maximum_inputs = 1,
                               ATTRIBUTES(correction_attributes),
                               .shape = shape_as_input,
                               .element = correction_element};

static LoopExpr *rate_element(Lowering *lowering, const Value *value, LoopExpr *const *inputs) {
    LoopBuilder *build = &lowering->build;
    LoopExpr *root = loop_unary(build, LOOP_SQUARE_ROOT, inputs[1]);
    return over(build, times(build, lowering_number(lowering, value, "lr"), root), inputs[0]);
}

const Op op_adam_rate = {.name = "adam_rate",
                         .summary = "lr * sqrt(1 - beta2^t) / (1 - beta1^t)",
                         .flags = OP_ELEMENTWISE,
                         .minimum_inputs = 2,
                         .maximum_inputs = 2,
                         ATTRIBUTES(rate_attributes),
                         .shape = shape_as_input,
                         .element = rate_element};
