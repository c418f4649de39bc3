// Statements, and the loops and ifs that are open while they are added.
#include "loop/loop.h"
#include <string.h>

void loop_builder_init(LoopBuilder *builder, Arena *arena, LoopBody *body) {
    *builder = (LoopBuilder){.arena = arena, .body = body};
}

static LoopStatement *statement_new(LoopBuilder *builder, LoopStatementKind kind) {
    LoopStatement *statement = NEW(builder->arena, LoopStatement);
    statement->kind = kind;
    list_add(builder->arena, builder->body, statement);
    return statement;
}

// Names that generated functions use for their own.
static const char *const reserved_names[] = {"frame",   "piece",   "scratch", "chunk", "images",
                                             "memory",  "batch",   "number",  "slots", "accumulated",
                                             "element", "channel", NULL};

// Whether a body brings a name into the scope at its end. Of loops only the open one counts, its last
// statement.
static bool defines(const LoopBody *body, bool open, const char *name) {
    for (int i = 0; i < body->count; i++) {
        const LoopStatement *statement = body->items[i];
        const char *defined = statement->kind == LOOP_BUFFER ? statement->buffer->name : statement->name;
        bool closed = statement->kind == LOOP_FOR && !(open && i == body->count - 1);
        bool definition = statement->kind != LOOP_COMMENT && !closed;
        if (defined && definition && strcmp(defined, name) == 0) return true;
    }
    return false;
}

static bool in_scope(const LoopBuilder *builder, const char *name) {
    for (const char *const *reserved = reserved_names; *reserved; reserved++)
        if (strcmp(*reserved, name) == 0) return true;
    if (defines(builder->body, false, name)) return true;
    for (int i = 0; i < builder->enclosing.count; i++)
        if (defines(builder->enclosing.items[i], true, name)) return true;
    return false;
}

// The hint itself, or hint_2, hint_3, ...: no name hides another, those of closed loops may come again.
static const char *unique_name(LoopBuilder *builder, const char *hint) {
    const char *name = hint;
    for (int number = 2; in_scope(builder, name); number++)
        name = arena_printf(builder->arena, "%s_%d", hint, number);
    return name;
}

static void open_body(LoopBuilder *builder, LoopStatement *statement) {
    list_add(builder->arena, &builder->enclosing, builder->body);
    builder->body = &statement->body;
}

LoopExpr *loop_open(LoopBuilder *builder, AxisKind axis, const char *hint, LoopExpr *extent) {
    require(extent->type == LOOP_INDEX);
    const char *name = unique_name(builder, hint);
    LoopStatement *statement = statement_new(builder, LOOP_FOR);
    statement->axis = axis;
    statement->name = name;
    statement->extent = extent;
    open_body(builder, statement);
    return loop_variable(builder, name, LOOP_INDEX);
}

LoopExpr *loop_open_constant(LoopBuilder *builder, AxisKind axis, const char *hint, int64_t extent) {
    return loop_open(builder, axis, hint, loop_integer(builder, extent));
}

void loop_if(LoopBuilder *builder, LoopExpr *condition) {
    require(condition->type == LOOP_TRUTH);
    LoopStatement *statement = statement_new(builder, LOOP_IF);
    statement->value = condition;
    open_body(builder, statement);
}

void loop_close(LoopBuilder *builder) {
    require(builder->enclosing.count > 0);
    builder->body = builder->enclosing.items[--builder->enclosing.count];
}

static LoopExpr *define(LoopBuilder *builder, LoopStatementKind kind, const char *hint, LoopExpr *value) {
    const char *name = unique_name(builder, hint);
    LoopStatement *statement = statement_new(builder, kind);
    statement->name = name;
    statement->type = value->type;
    statement->value = value;
    return loop_variable(builder, name, value->type);
}

LoopExpr *loop_let(LoopBuilder *builder, const char *hint, LoopExpr *value) {
    // A constant needs no name.
    bool simple = value->kind == LOOP_NUMBER || value->kind == LOOP_INTEGER;
    return simple ? value : define(builder, LOOP_LET, hint, value);
}

LoopExpr *loop_declare(LoopBuilder *builder, const char *hint, LoopExpr *initial) {
    return define(builder, LOOP_DECLARE, hint, initial);
}

void loop_assign(LoopBuilder *builder, LoopExpr *variable, LoopExpr *value) {
    require(variable->kind == LOOP_VARIABLE && variable->type == value->type);
    LoopStatement *statement = statement_new(builder, LOOP_ASSIGN);
    statement->name = variable->name;
    statement->type = variable->type;
    statement->value = value;
}

void loop_accumulate(LoopBuilder *builder, LoopExpr *variable, LoopExprKind operation, LoopExpr *value) {
    require(variable->kind == LOOP_VARIABLE && variable->type == LOOP_REAL && value->type == LOOP_REAL);
    require(operation == LOOP_ADD || operation == LOOP_MAXIMUM);
    LoopStatement *statement = statement_new(builder, LOOP_ACCUMULATE);
    statement->name = variable->name;
    statement->operation = operation;
    statement->value = value;
}

void loop_store(LoopBuilder *builder, const Buffer *buffer, LoopExpr *index, LoopExpr *value) {
    require(buffer->written && index->type == LOOP_INDEX && value->type != LOOP_TRUTH);
    require(buffer->type != ELEMENT_REAL || value->type == LOOP_REAL);
    LoopStatement *statement = statement_new(builder, LOOP_STORE);
    statement->buffer = buffer;
    statement->index = index;
    statement->value = value;
}

void loop_buffer(LoopBuilder *builder, const Buffer *buffer) {
    statement_new(builder, LOOP_BUFFER)->buffer = buffer;
}

void loop_comment(LoopBuilder *builder, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    statement_new(builder, LOOP_COMMENT)->name = arena_vprintf(builder->arena, format, arguments);
    va_end(arguments);
}

LoopStatement *loop_call(LoopBuilder *builder, Kernel *kernel) {
    LoopStatement *statement = statement_new(builder, LOOP_CALL);
    statement->kernel = kernel;
    return statement;
}

void loop_operand(LoopBuilder *builder, LoopStatement *call, const Buffer *buffer, LoopExpr *start) {
    require(call->kind == LOOP_CALL && buffer);
    list_add(builder->arena, &call->operands, ((KernelOperand){.buffer = buffer, .value = start}));
}

void loop_operand_index(LoopBuilder *builder, LoopStatement *call, LoopExpr *value) {
    require(call->kind == LOOP_CALL && value);
    list_add(builder->arena, &call->operands, ((KernelOperand){.value = value}));
}

void loop_operand_none(LoopBuilder *builder, LoopStatement *call) {
    require(call->kind == LOOP_CALL);
    list_add(builder->arena, &call->operands, (KernelOperand){0});
}
