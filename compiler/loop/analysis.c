// What can be told from expressions and bodies without running them: strides, uses, cost.
#include "loop/loop.h"
#include <string.h>

enum { OPERANDS = 3 };

bool loop_uses(const LoopExpr *expr, const char *variable) {
    if (!expr) return false;
    if (expr->kind == LOOP_VARIABLE) return strcmp(expr->name, variable) == 0;
    for (int i = 0; i < OPERANDS; i++)
        if (loop_uses(expr->operands[i], variable)) return true;
    return false;
}

bool loop_stride(const LoopExpr *index, const char *variable, int64_t *stride) {
    *stride = 0;
    if (!loop_uses(index, variable)) return true;
    int64_t left, right;
    switch (index->kind) {
    case LOOP_VARIABLE: *stride = 1; return true;
    case LOOP_ADD:
    case LOOP_SUBTRACT:
        if (!loop_stride(index->operands[0], variable, &left)) return false;
        if (!loop_stride(index->operands[1], variable, &right)) return false;
        *stride = index->kind == LOOP_ADD ? left + right : left - right;
        return true;
    case LOOP_MULTIPLY:
        if (index->operands[1]->kind != LOOP_INTEGER) return false;
        if (!loop_stride(index->operands[0], variable, &left)) return false;
        *stride = left * index->operands[1]->integer;
        return true;
    case LOOP_SELECT: // the same in both arms, whichever is taken
        if (loop_uses(index->operands[0], variable)) return false;
        if (!loop_stride(index->operands[1], variable, &left)) return false;
        if (!loop_stride(index->operands[2], variable, &right)) return false;
        *stride = left;
        return left == right;
    default: return false;
    }
}

int64_t element_bytes(ElementType type, int64_t real_bytes) {
    switch (type) {
    case ELEMENT_REAL: return real_bytes;
    case ELEMENT_BYTE: return 1;
    case ELEMENT_INT: return sizeof(int);
    }
    fault("element type %d", type);
}

// Of a load or a store, in single precision.
static double moved_bytes(const Buffer *buffer) {
    return (double)element_bytes(buffer->type, sizeof(float));
}

// A transcendental function counts as one flop, as is usual; index arithmetic as none.
static void add_expression(LoopCost *cost, const LoopExpr *expr) {
    if (!expr) return;
    bool leaf = expr->kind <= LOOP_LOAD_INDEX;
    bool load = expr->kind == LOOP_LOAD || expr->kind == LOOP_LOAD_INDEX;
    if (load) cost->bytes += moved_bytes(expr->buffer);
    if (!leaf && expr->type == LOOP_REAL && expr->kind != LOOP_TO_REAL && expr->kind != LOOP_SELECT)
        cost->flops += 1;
    for (int i = 0; i < OPERANDS; i++) add_expression(cost, expr->operands[i]);
}

LoopCost loop_cost(const LoopBody *body) {
    LoopCost cost = {0};
    for (int i = 0; i < body->count; i++) {
        const LoopStatement *statement = body->items[i];
        double times = 1;
        if (statement->kind == LOOP_FOR && statement->extent->kind == LOOP_INTEGER)
            times = (double)statement->extent->integer;
        LoopCost inner = loop_cost(&statement->body);
        add_expression(&inner, statement->value);
        add_expression(&inner, statement->index);
        if (statement->kind == LOOP_STORE) inner.bytes += moved_bytes(statement->buffer);
        if (statement->kind == LOOP_ACCUMULATE) inner.flops += 1;
        cost.flops += times * inner.flops;
        cost.bytes += times * inner.bytes;
    }
    return cost;
}
