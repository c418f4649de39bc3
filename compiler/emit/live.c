// Definitions that nothing reads are left out, so that generated code compiles without warnings.
#include "emit/c.h"
#include <string.h>

static bool expression_reads(const LoopExpr *expr, const char *name) {
    if (!expr) return false;
    if (expr->name && strcmp(expr->name, name) == 0) return true;
    if (expr->buffer && strcmp(expr->buffer->name, name) == 0) return true;
    for (int i = 0; i < 3; i++)
        if (expression_reads(expr->operands[i], name)) return true;
    return false;
}

static bool call_reads(const LoopStatement *call, const char *name) {
    for (int i = 0; i < call->operands.count; i++) {
        const KernelOperand *operand = &call->operands.items[i];
        if (operand->buffer && strcmp(operand->buffer->name, name) == 0) return true;
        if (expression_reads(operand->value, name)) return true;
    }
    const Kernel *kernel = call->kernel;
    for (int i = 0; i < kernel->epilogue_buffers.count; i++)
        if (strcmp(kernel->epilogue_buffers.items[i]->name, name) == 0) return true;
    return false;
}

static bool statement_reads(const LoopStatement *statement, const char *name) {
    if (expression_reads(statement->value, name) || expression_reads(statement->index, name)) return true;
    if (expression_reads(statement->extent, name)) return true;
    if (statement->kind == LOOP_STORE && strcmp(statement->buffer->name, name) == 0) return true;
    if (statement->kind == LOOP_CALL && call_reads(statement, name)) return true;
    return body_reads(&statement->body, name);
}

bool body_reads(const LoopBody *body, const char *name) {
    for (int i = 0; i < body->count; i++)
        if (statement_reads(body->items[i], name)) return true;
    return false;
}

// Whether statement i of a body is a definition that no later statement reads, or a loop around nothing.
static bool is_dead(const LoopBody *body, int i) {
    const LoopStatement *statement = body->items[i];
    const char *name = statement->name;
    switch (statement->kind) {
    case LOOP_BUFFER: name = statement->buffer->name; break;
    case LOOP_LET:
    case LOOP_DECLARE: break;
    case LOOP_FOR:
    case LOOP_IF: return statement->body.count == 0;
    default: return false;
    }
    for (int later = i + 1; later < body->count; later++)
        if (statement_reads(body->items[later], name)) return false;
    return true;
}

// Removes the changes of a variable whose declaration went.
static void drop_changes(LoopBody *body, const char *name) {
    int kept = 0;
    for (int i = 0; i < body->count; i++) {
        LoopStatement *statement = body->items[i];
        drop_changes(&statement->body, name);
        bool change = statement->kind == LOOP_ASSIGN || statement->kind == LOOP_ACCUMULATE;
        if (!change || strcmp(statement->name, name) != 0) body->items[kept++] = statement;
    }
    body->count = kept;
}

// Bodies are copied, so that they can be changed; expressions stay shared.
static LoopBody copy_body(Arena *arena, const LoopBody *body) {
    LoopBody copy = {0};
    for (int i = 0; i < body->count; i++) {
        LoopStatement *statement = NEW(arena, LoopStatement);
        *statement = *body->items[i];
        statement->body = copy_body(arena, &body->items[i]->body);
        list_add(arena, &copy, statement);
    }
    return copy;
}

static void remove_dead(LoopBody *body) {
    for (int i = body->count - 1; i >= 0; i--) {
        LoopStatement *statement = body->items[i];
        remove_dead(&statement->body);
        if (!is_dead(body, i)) continue;
        memmove(body->items + i, body->items + i + 1, sizeof *body->items * (size_t)(body->count - i - 1));
        body->count--;
        if (statement->kind == LOOP_DECLARE) drop_changes(body, statement->name);
    }
}

LoopBody live_body(Arena *arena, const LoopBody *body) {
    LoopBody copy = copy_body(arena, body);
    remove_dead(&copy);
    return copy;
}
