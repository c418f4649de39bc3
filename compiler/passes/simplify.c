// Common subexpressions and dead values.
#include "base/text.h"
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

// The values so far that others may share, by what equal values have the same of: chains by hash.
typedef struct Shared {
    uint64_t mask;
    Value **first; // by hash
    Value **next;  // by value id
} Shared;

static Shared shared_new(Arena *arena, int count) {
    uint64_t size = 16;
    while (size < 2 * (uint64_t)count) size *= 2;
    return (Shared){size - 1, NEW_ARRAY(arena, Value *, size), NEW_ARRAY(arena, Value *, count)};
}

// The value that is equal to this one, which is entered if there is none.
static Value *share(Shared *shared, Value *value) {
    uint64_t hash = hash_bytes(HASH_START, value->op->name, strlen(value->op->name));
    for (int i = 0; i < value->input_count; i++)
        hash = hash_bytes(hash, &value->inputs[i]->id, sizeof value->inputs[i]->id);
    Value **first = &shared->first[hash & shared->mask];
    for (Value *other = *first; other; other = shared->next[other->id])
        if (equal_values(other, value)) return other;
    shared->next[value->id] = *first;
    *first = value;
    return value;
}

void simplify_function(Function *function) {
    function_sweep(function);
    Value **values = function->values.items;
    Shared shared = shared_new(function->module->arena, function->values.count);
    for (int i = 0; i < function->values.count; i++) {
        Value *value = values[i];
        for (int k = 0; k < value->input_count; k++) value->inputs[k] = value->inputs[k]->copy;
        value->copy = may_share(value) ? share(&shared, value) : value;
    }
    function_sweep(function);
}

void pass_simplify(Module *module) {
    // "model" is the network as written, from which the others were derived: it has no outputs of its own.
    for (int i = 0; i < module->functions.count; i++)
        if (strcmp(module->functions.items[i]->name, "model") != 0)
            simplify_function(module->functions.items[i]);
}
