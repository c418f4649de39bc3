// Common subexpressions and dead values.
#include "ir/attribute.h"
#include "passes/passes.h"

#include <string.h>

static bool equal_values(const Value *a, const Value *b) {
    if (a->op != b->op || a->input_count != b->input_count) return false;
    for (int i = 0; i < a->input_count; i++)
        if (a->inputs[i] != b->inputs[i]) return false;
    for (int i = 0; i < a->op->attribute_count; i++)
        if (!attr_equal(&a->attrs[i], &b->attrs[i])) return false;
    return true;
}

// Random ops draw by their path, effects act: neither is ever the same as another.
static bool may_share(const Value *value) {
    return (value->op->flags & (OP_EFFECT | OP_OUTPUT | OP_RANDOM)) == 0 && value->input_count > 0;
}

// Values that are equal have the same first input, so only its users are compared.
static Value *find_equal(Value *const *values, int before, const Value *value) {
    for (int i = value->inputs[0]->id + 1; i < before; i++)
        if (equal_values(values[i], value)) return values[i];
    return NULL;
}

static void simplify_function(Function *function) {
    function_sweep(function);
    Value **values = function->values.items;
    for (int i = 0; i < function->values.count; i++) {
        Value *value = values[i];
        for (int k = 0; k < value->input_count; k++) value->inputs[k] = value->inputs[k]->copy;
        Value *same = may_share(value) ? find_equal(values, i, value) : NULL;
        value->copy = same ? same : value;
    }
    function_sweep(function);
}

void pass_simplify(Module *module) {
    // "model" is the network as written, from which the others were derived: it has no outputs of its own.
    for (int i = 0; i < module->functions.count; i++)
        if (strcmp(module->functions.items[i]->name, "model") != 0)
            simplify_function(module->functions.items[i]);
}
