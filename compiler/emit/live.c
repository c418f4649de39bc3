// Definitions that nothing reads are left out, so that generated code compiles without warnings.
#include "base/names.h"
#include "emit/c.h"

#include <string.h>

// Says whether it has seen enough.
typedef bool (*Visit)(void *context, const char *name);

static bool visit_expression(const LoopExpr *expr, Visit visit, void *context) {
    if (!expr) return false;
    if (expr->name && visit(context, expr->name)) return true;
    if (expr->buffer && visit(context, expr->buffer->name)) return true;
    for (int i = 0; i < 3; i++)
        if (visit_expression(expr->operands[i], visit, context)) return true;
    return false;
}

static bool visit_call(const LoopStatement *call, Visit visit, void *context) {
    for (int i = 0; i < call->operands.count; i++) {
        const KernelOperand *operand = &call->operands.items[i];
        if (operand->buffer && visit(context, operand->buffer->name)) return true;
        if (visit_expression(operand->value, visit, context)) return true;
    }
    const Kernel *kernel = call->kernel;
    for (int i = 0; i < kernel->epilogue_buffers.count; i++)
        if (visit(context, kernel->epilogue_buffers.items[i]->name)) return true;
    return false;
}

// What the statement reads itself, without its body.
static bool visit_statement(const LoopStatement *statement, Visit visit, void *context) {
    if (visit_expression(statement->value, visit, context)) return true;
    if (visit_expression(statement->index, visit, context)) return true;
    if (visit_expression(statement->extent, visit, context)) return true;
    if (statement->kind == LOOP_STORE && visit(context, statement->buffer->name)) return true;
    return statement->kind == LOOP_CALL && visit_call(statement, visit, context);
}

static bool is_name(void *name, const char *other) {
    return strcmp(name, other) == 0;
}

bool body_reads(const LoopBody *body, const char *name) {
    for (int i = 0; i < body->count; i++) {
        const LoopStatement *statement = body->items[i];
        if (visit_statement(statement, is_name, (void *)name) || body_reads(&statement->body, name))
            return true;
    }
    return false;
}

// A walk backwards over a function. Of every name: after how many statements it was read last, counted from
// the function's end.
typedef struct Walk {
    Arena *arena;
    NameTable reads; // int64_t *
    int64_t time;
    bool dropped; // changes of a variable, so that there may be more to remove
} Walk;

static bool note_read(void *context, const char *name) {
    Walk *walk = context;
    int64_t *time = name_get(&walk->reads, name);
    if (!time) name_put(walk->arena, &walk->reads, name, time = NEW(walk->arena, int64_t));
    *time = walk->time;
    return false;
}

// Whether it is a loop around nothing or a definition that nothing has read since the walk entered the body
// that it stands in.
static bool is_dead(const Walk *walk, const LoopStatement *statement, int64_t entered) {
    const char *name = statement->name;
    switch (statement->kind) {
    case LOOP_BUFFER: name = statement->buffer->name; break;
    case LOOP_LET:
    case LOOP_DECLARE: break;
    case LOOP_FOR:
    case LOOP_IF: return statement->body.count == 0;
    default: return false;
    }
    const int64_t *time = name_get(&walk->reads, name);
    return !time || *time <= entered;
}

// Removes the changes of a variable whose declaration went; whether there was one.
static bool drop_changes(LoopBody *body, const char *name) {
    int kept = 0;
    bool dropped = false;
    for (int i = 0; i < body->count; i++) {
        LoopStatement *statement = body->items[i];
        dropped |= drop_changes(&statement->body, name);
        bool change = statement->kind == LOOP_ASSIGN || statement->kind == LOOP_ACCUMULATE;
        if (change && strcmp(statement->name, name) == 0)
            dropped = true;
        else
            body->items[kept++] = statement;
    }
    body->count = kept;
    return dropped;
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

static void remove_dead(Walk *walk, LoopBody *body) {
    int64_t entered = walk->time;
    int first = body->count; // of those kept, at the body's end
    for (int i = body->count - 1; i >= 0; i--) {
        LoopStatement *statement = body->items[i];
        remove_dead(walk, &statement->body);
        if (!is_dead(walk, statement, entered)) {
            body->items[--first] = statement;
            walk->time++;
            visit_statement(statement, note_read, walk);
        } else if (statement->kind == LOOP_DECLARE) {
            LoopBody kept = {.items = body->items + first, .count = body->count - first};
            walk->dropped |= drop_changes(&kept, statement->name);
            body->count = first + kept.count;
        }
    }
    body->count -= first;
    if (first > 0) memmove(body->items, body->items + first, sizeof *body->items * (size_t)body->count);
}

LoopBody live_body(Arena *arena, const LoopBody *body) {
    LoopBody copy = copy_body(arena, body);
    Walk walk;
    do {
        walk = (Walk){.arena = arena};
        remove_dead(&walk, &copy);
    } while (walk.dropped);
    return copy;
}
