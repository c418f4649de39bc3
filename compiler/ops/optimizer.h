// What the optimizers share. An optimizer's row is also the op of its update: an effect on one tensor and its
// state,
//   sgd(w, gradient, [velocity]), adam(w, gradient, m, v, rate), ...
// with the attributes that the user gave. The effect changes the tensors among its inputs.
#ifndef OPS_OPTIMIZER_H
#define OPS_OPTIMIZER_H

#include "ops/rules.h"

#define LR_ROW(initial)                                                                                      \
    {                                                                                                        \
        "lr", TYPE_NUMBER, initial, 0, 1e6, NULL, ATTRIBUTE_RUNTIME,                                         \
            "the learning rate; Keras's default is " initial                                                 \
    }
#define DECAY_ROW(initial)                                                                                   \
    {                                                                                                        \
        "weight_decay", TYPE_NUMBER, initial, 0, 1, NULL, ATTRIBUTE_RUNTIME,                                 \
            "all weights lose lr * weight_decay of themselves a step, apart from the gradient; Keras's "     \
            "default is " initial                                                                            \
    }
#define CLIP_ROW                                                                                             \
    {                                                                                                        \
        "clip", TYPE_NUMBER, "", 0, 1e30, NULL, ATTRIBUTE_RUNTIME,                                           \
            "the largest norm of all gradients together; unset or 0: any (Keras's global_clipnorm)"          \
    }

// The state "optimizer.NAME.TENSOR", of the tensor's shape and zero at first; made if the module has none
// yet.
Value *optimizer_state(Function *function, int index, const char *name);
// A state of one number, "optimizer.NAME".
Value *optimizer_number(Function *function, const char *name);
// Appends the update with these inputs and the settings' attributes.
void optimizer_append(Function *function, const Value *settings, int input_count, Value *const *inputs);

// --- in an update's lower function ---
// The weight, less its decay.
LoopExpr *optimizer_decayed(Lowering *lowering, const Value *update);
// Stores the element of input `input`.
void optimizer_store(Lowering *lowering, const Value *update, int input, LoopExpr *element);
// (1 - share) * before + share * now, where share is 1 minus the attribute.
LoopExpr *optimizer_average(Lowering *lowering, const Value *update, const char *attribute, LoopExpr *before,
                            LoopExpr *now);

#endif
