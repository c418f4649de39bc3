#include "emit/nest.h"
#include <ctype.h>
#include <string.h>

typedef struct BoundName {
    const char *outside, *inside;
} BoundName;

typedef struct Naming {
    Arena *arena;
    Nest *nest;
    List(BoundName) bound; // by the loops and definitions around
    int next;
} Naming;

static const char *new_name(Naming *naming, const char *name) {
    size_t length = strlen(name);
    while (length > 1 && isdigit((unsigned char)name[length - 1])) length--;
    if (name[length - 1] == '_') length--;
    return arena_printf(naming->arena, "%.*s_%d", (int)length, name, naming->next++);
}

static const char *bind(Naming *naming, const char *name) {
    const char *inside = new_name(naming, name);
    list_add(naming->arena, &naming->bound, ((BoundName){name, inside}));
    return inside;
}

// NULL: the name is one of the surroundings'.
static const char *bound_name(const Naming *naming, const char *name) {
    for (int i = naming->bound.count - 1; i >= 0; i--)
        if (strcmp(naming->bound.items[i].outside, name) == 0) return naming->bound.items[i].inside;
    return NULL;
}

static const char *variable_name(Naming *naming, const char *name, LoopType type) {
    const char *known = bound_name(naming, name);
    if (known) return known;
    Nest *nest = naming->nest;
    for (int i = 0; i < nest->parameters.count; i++)
        if (nest->parameters.items[i].variable && strcmp(nest->parameters.items[i].variable, name) == 0)
            return nest->parameters.items[i].name;
    NestParameter parameter = {.name = new_name(naming, "value"), .variable = name, .type = type};
    list_add(naming->arena, &nest->parameters, parameter);
    return parameter.name;
}

static NestParameter *buffer_parameter(Naming *naming, const Buffer *buffer) {
    Nest *nest = naming->nest;
    for (int i = 0; i < nest->parameters.count; i++)
        if (nest->parameters.items[i].buffer == buffer) return &nest->parameters.items[i];
    NestParameter parameter = {.name = new_name(naming, "tensor"), .buffer = buffer};
    list_add(naming->arena, &nest->parameters, parameter);
    return &nest->parameters.items[nest->parameters.count - 1];
}

static const Buffer *inner_buffer(Naming *naming, const Buffer *buffer) {
    Buffer *inside = NEW(naming->arena, Buffer);
    *inside = *buffer;
    inside->name = buffer_parameter(naming, buffer)->name;
    return inside;
}

static LoopExpr *inner_expression(Naming *naming, const LoopExpr *expr) {
    if (!expr) return NULL;
    LoopExpr *inside = NEW(naming->arena, LoopExpr);
    *inside = *expr;
    if (expr->name) inside->name = variable_name(naming, expr->name, expr->type);
    if (expr->buffer) inside->buffer = inner_buffer(naming, expr->buffer);
    for (int i = 0; i < 3; i++) inside->operands[i] = inner_expression(naming, expr->operands[i]);
    return inside;
}

static LoopStatement *inner_statement(Naming *naming, const LoopStatement *statement);

// False if a statement cannot be taken out.
static bool inner_body(Naming *naming, LoopBody *inside, const LoopBody *body) {
    int outside = naming->bound.count;
    *inside = (LoopBody){0};
    for (int i = 0; i < body->count; i++) {
        LoopStatement *statement = inner_statement(naming, body->items[i]);
        if (!statement) return false;
        list_add(naming->arena, inside, statement);
    }
    naming->bound.count = outside;
    return true;
}

// NULL if it cannot be taken out.
static LoopStatement *inner_statement(Naming *naming, const LoopStatement *statement) {
    LoopStatement *inside = NEW(naming->arena, LoopStatement);
    int outside = naming->bound.count;
    *inside = *statement;
    inside->extent = inner_expression(naming, statement->extent);
    inside->index = inner_expression(naming, statement->index);
    inside->value = inner_expression(naming, statement->value);
    switch (statement->kind) {
    case LOOP_FOR:
    case LOOP_LET:
    case LOOP_DECLARE: inside->name = bind(naming, statement->name); break;
    case LOOP_ASSIGN:
    case LOOP_ACCUMULATE: inside->name = bound_name(naming, statement->name); break;
    case LOOP_STORE:
        inside->buffer = inner_buffer(naming, statement->buffer);
        buffer_parameter(naming, statement->buffer)->written = true;
        break;
    case LOOP_IF:
    case LOOP_COMMENT: break;
    case LOOP_BUFFER:
    case LOOP_CALL: return NULL;
    }
    if (statement->name && !inside->name) return NULL;
    if (!inner_body(naming, &inside->body, &statement->body)) return NULL;
    if (statement->kind == LOOP_FOR) naming->bound.count = outside;
    return inside;
}

bool nest_take_out(Arena *arena, const LoopBody *body, Nest *nest) {
    *nest = (Nest){0};
    Naming naming = {.arena = arena, .nest = nest};
    return inner_body(&naming, &nest->body, body);
}
