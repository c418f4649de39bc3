// Puts pools that choose a number before work that keeps numbers in their order: max(f(x)) = f(max(x)) for a
// function that never falls, such as a bias or a relu. Then that work, and later its gradient, is done once a
// window, and what the pool reads can be made where it is read.
#include "passes/passes.h"

#include <string.h>

extern const Op op_maxpool, op_minpool;

static bool chooses(const Value *value) {
    return value->op == &op_maxpool || value->op == &op_minpool;
}

static int readers(const Function *function, const Value *value) {
    int count = 0;
    for (int i = 0; i < function->values.count; i++)
        for (int k = 0; k < function->values.items[i]->input_count; k++)
            count += function->values.items[i]->inputs[k] == value;
    return count;
}

// Whether every input but the first is the same for all pixels.
static bool by_channel(const Value *value) {
    for (int k = 1; k < value->input_count; k++)
        if (shape_elements(&value->inputs[k]->shape) > shape_channels(&value->shape)) return false;
    return true;
}

static bool commutes(const Value *pool, const Value *work) {
    return (work->op->flags & OP_MONOTONE) && by_channel(work) && work->frozen == pool->frozen &&
           shape_elements(&pool->shape) <= shape_elements(&work->shape) &&
           work->inputs[0]->shape.batched == work->shape.batched;
}

// The two exchange what they are, so that what reads the second reads the same as before.
static void exchange(Value *work, Value *pool) {
    Value before = *work, after = *pool;
    *work = after;
    *pool = before;
    work->id = before.id;
    pool->id = after.id;
    work->inputs[0] = before.inputs[0];
    pool->inputs[0] = work;
    pool->shape = after.shape;
}

void reorder_function(Function *function) {
    for (int i = 0; i < function->values.count; i++) {
        Value *pool = function->values.items[i];
        while (chooses(pool)) {
            Value *work = pool->inputs[0];
            if (!commutes(pool, work) || readers(function, work) != 1) break;
            exchange(work, pool);
            pool = work;
        }
    }
}

void pass_reorder(Module *module) {
    for (int i = 0; i < module->functions.count; i++)
        if (strcmp(module->functions.items[i]->name, "model") != 0)
            reorder_function(module->functions.items[i]);
}
