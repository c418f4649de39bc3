// Clipping by the global norm (Pascanu, Mikolov, Bengio, "On the difficulty of training recurrent neural
// networks", 2013): when the norm of all gradients together is larger than `clip`, all are scaled down to it.
#include "ops/rules.h"

extern const Op op_squared_norm, op_clip_scale;

void clip_gradients(Function *function, const Value *optimizer, int count, Value **gradients) {
    if (value_attr(optimizer, "clip")->kind != ATTR_NUMBER) return;
    Value *total = NULL;
    for (int i = 0; i < count; i++) {
        Value *term = ADD(function, &op_squared_norm, gradients[i]);
        total = total ? ADD(function, &op_add, total, term) : term;
    }
    if (!total) return;
    Value *scale = value_new(function, &op_clip_scale, 1, &total);
    copy_attributes(scale, optimizer);
    function_append(function, scale);
    for (int i = 0; i < count; i++) gradients[i] = ADD(function, &op_mul, gradients[i], scale);
}

// clip_scale(sum of all gradients' squared norms): what every gradient is multiplied by.
static const Attribute clip_attributes[] = {{"clip", TYPE_NUMBER, "0", 0, 1e30, NULL,
                                             ATTRIBUTE_RUNTIME | ATTRIBUTE_INTERNAL,
                                             "the largest norm; 0: any"}};

static LoopExpr *clip_scale_element(Lowering *lowering, const Value *value, LoopExpr *const *inputs) {
    LoopBuilder *build = &lowering->build;
    LoopExpr *limit = lowering_number(lowering, value, "clip"), *one = loop_number(build, 1);
    LoopExpr *norm = loop_unary(build, LOOP_SQUARE_ROOT, inputs[0]);
    LoopExpr *limited =
        loop_binary(build, LOOP_AND, less(build, loop_number(build, 0), limit), less(build, limit, norm));
    return loop_select(build, limited, over(build, limit, norm), one);
}

const Op op_clip_scale = {.name = "clip_scale",
                          .summary = "min(1, clip / norm)",
                          .flags = OP_ELEMENTWISE,
                          .minimum_inputs = 1,
                          .maximum_inputs = 1,
                          ATTRIBUTES(clip_attributes),
                          .shape = shape_as_input,
                          .element = clip_scale_element};
