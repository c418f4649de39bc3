// Gives convolutions that a nest can compute a padded copy of their few channels to read, so that no tap of
// theirs asks whether it lies inside the image.
#include "ops/conv.h"
#include "passes/passes.h"
#include "passes/schedule.h"

#include <string.h>

extern const Op op_zero_pad;

static bool is_padded(const Value *conv) {
    Geometry geometry = conv_geometry(conv);
    return window_padded(&geometry.window);
}

// The convolution without padding, as far as deciding goes.
static bool would_nest(const Value *conv) {
    Value trial = *conv;
    Attr *attrs = NEW_ARRAY(conv->function->module->arena, Attr, conv->op->attribute_count);
    for (int i = 0; i < conv->op->attribute_count; i++) attrs[i] = conv->attrs[i];
    trial.attrs = attrs;
    value_set(&trial, "pad", attr_pad(0, 0, 0, 0));
    return value_has_element(&trial);
}

static Value *padded_input(Function *function, const Value *conv) {
    Value *padded = value_new(function, &op_zero_pad, 1, (Value *[]){conv->inputs[0]});
    padded->path = conv->path;
    padded->span = conv->span;
    padded->frozen = conv->frozen;
    value_set(padded, "pad", *value_attr(conv, "pad"));
    return function_append(function, padded);
}

static void pad_function(Function *function) {
    Arena *arena = function->module->arena;
    List(Value *) before = {0};
    for (int i = 0; i < function->values.count; i++) list_add(arena, &before, function->values.items[i]);
    function->values.count = 0;
    for (int i = 0; i < before.count; i++) {
        Value *value = before.items[i];
        if (value->op == &op_conv && is_padded(value) && would_nest(value)) {
            value->inputs[0] = padded_input(function, value);
            value_set(value, "pad", attr_pad(0, 0, 0, 0));
        }
        list_add(arena, &function->values, value);
    }
    function_renumber(function);
}

void pass_pad(Module *module) {
    for (int i = 0; i < module->functions.count; i++)
        if (strcmp(module->functions.items[i]->name, "model") != 0) pad_function(module->functions.items[i]);
}
