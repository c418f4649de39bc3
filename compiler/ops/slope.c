// The backward form of every one-input elementwise op: slope(kept, dy) = dy * f'(kept), where f is the op
// named by `of` with `arguments`, and kept is its input, or its output for an op with OP_KEEPS_OUTPUT.
#include "ir/attribute.h"
#include "ops/lowering.h"

#include <string.h>

static const Attribute slope_attributes[] = {
    {"of", TYPE_WORD, "relu", 0, 0, NULL, ATTRIBUTE_INTERNAL, "the op whose derivative this is"},
    {"arguments", TYPE_WORD, "", 0, 0, NULL, ATTRIBUTE_INTERNAL,
     "its attributes, each ended by a semicolon"}};

static bool slope_shape(Value *value) {
    value->type = TYPE_REAL;
    value->shape = value->inputs[1]->shape;
    return true;
}

Value *slope_append(Function *function, const Value *forward, const Value *kept, Value *output_gradient) {
    Value *slope = value_new(function, &op_slope, 2, (Value *[]){(Value *)kept, output_gradient});
    Text arguments = {0};
    for (int i = 0; i < forward->op->attribute_count; i++) {
        attribute_write(&forward->attrs[i], &arguments);
        text_add(&arguments, ";");
    }
    Arena *arena = function->module->arena;
    value_set(slope, "of", attr_word(forward->op->name));
    value_set(slope, "arguments", attr_word(arena_copy(arena, text_string(&arguments), arguments.length)));
    text_free(&arguments);
    return function_append(function, slope);
}

bool value_is_costly(const Value *value) {
    const Op *op = value->op == &op_slope ? op_find(value_attr(value, "of")->word) : value->op;
    return (op->flags & OP_COSTLY) != 0;
}

// The forward value as far as its slope function reads it: op and attributes.
static Value forward_of(const Value *slope, Arena *arena) {
    Value forward = {.op = op_find(value_attr(slope, "of")->word), .function = slope->function};
    forward.attrs = NEW_ARRAY(arena, Attr, forward.op->attribute_count);
    const Attr *arguments = value_attr(slope, "arguments");
    const char *at = arguments->kind == ATTR_WORD ? arguments->word : "";
    for (int i = 0; i < forward.op->attribute_count; i++) {
        size_t length = strcspn(at, ";");
        const char *text = arena_copy(arena, at, length);
        if (!attribute_read(arena, &forward.op->attributes[i], text, &forward.attrs[i]))
            fault("slope of %s: '%s' is not its %s", forward.op->name, text, forward.op->attributes[i].name);
        at += length + (at[length] == ';');
    }
    return forward;
}

static LoopExpr *slope_element(Lowering *lowering, const Value *value, LoopExpr *const *inputs) {
    Value forward = forward_of(value, lowering->arena);
    LoopExpr *slope = forward.op->slope(lowering, &forward, inputs[0]);
    return loop_binary(&lowering->build, LOOP_MULTIPLY, slope, inputs[1]);
}

const Op op_slope = {.name = "slope",
                     .summary = "the gradient through an elementwise op",
                     .flags = OP_ELEMENTWISE,
                     .minimum_inputs = 2,
                     .maximum_inputs = 2,
                     .attributes = slope_attributes,
                     .attribute_count = 2,
                     .shape = slope_shape,
                     .element = slope_element};
