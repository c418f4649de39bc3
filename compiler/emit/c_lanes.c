// Which loops over lanes can become vector code: everything stored, and what is needed for it, must have a
// form over `vec`. Loads may have any constant stride between lanes; stores one, or several with a scatter.
#include "emit/c.h"
#include <string.h>

const LaneName *lane_name(const CPrinter *printer, const char *name) {
    for (int i = printer->names.count - 1; i >= 0; i--)
        if (strcmp(printer->names.items[i].name, name) == 0) return &printer->names.items[i];
    return NULL;
}

bool lane_varies(const CPrinter *printer, const LoopExpr *expr) {
    for (int i = 0; i < printer->names.count; i++)
        if (loop_uses(expr, printer->names.items[i].name)) return true;
    return false;
}

bool lane_stride(const CPrinter *printer, const LoopExpr *index, int64_t *stride) {
    *stride = 0;
    for (int i = 0; i < printer->names.count; i++) {
        const LaneName *name = &printer->names.items[i];
        int64_t factor;
        if (!loop_stride(index, name->name, &factor)) return false;
        if (factor && !name->affine) return false;
        *stride += factor * name->stride;
    }
    return true;
}

static bool real_has_vector(const CPrinter *printer, const LoopExpr *expr, LanePlan *plan);

// A whole vector may be loaded behind a tensor's end in the arena, not behind what the runtime lends.
static void note_load(const Buffer *buffer, LanePlan *plan) {
    if (buffer->base > BASE_CHUNKS) plan->part = false;
}

// An index that is no affine function of the lane: held as reals, exact up to 2^24.
static bool index_has_vector(const CPrinter *printer, const LoopExpr *expr, LanePlan *plan) {
    int64_t stride;
    if (!lane_varies(printer, expr) || lane_stride(printer, expr, &stride)) return true;
    switch (expr->kind) {
    case LOOP_VARIABLE: return true;
    case LOOP_LOAD_INDEX:
        note_load(expr->buffer, plan);
        return expr->buffer->type == ELEMENT_BYTE && lane_stride(printer, expr->operands[0], &stride) &&
               stride == 1;
    case LOOP_SELECT: return real_has_vector(printer, expr, plan);
    case LOOP_ADD:
    case LOOP_SUBTRACT:
    case LOOP_MULTIPLY:
    case LOOP_MAXIMUM:
    case LOOP_MINIMUM:
        return index_has_vector(printer, expr->operands[0], plan) &&
               index_has_vector(printer, expr->operands[1], plan);
    default: return false;
    }
}

static bool load_has_vector(const CPrinter *printer, const LoopExpr *expr, LanePlan *plan) {
    int64_t stride;
    if (!lane_stride(printer, expr->operands[0], &stride)) return false;
    note_load(expr->buffer, plan);
    if (stride == 0 || stride == 1) return true;
    plan->part = false; // a gather's dead lanes could lie outside the memory
    return expr->buffer->type == ELEMENT_REAL;
}

// Reals and truth values.
static bool real_has_vector(const CPrinter *printer, const LoopExpr *expr, LanePlan *plan) {
    if (!lane_varies(printer, expr)) return true;
    if (expr->kind == LOOP_LOAD) return load_has_vector(printer, expr, plan);
    for (int i = 0; i < 3 && expr->operands[i]; i++) {
        const LoopExpr *operand = expr->operands[i];
        bool fine = operand->type == LOOP_INDEX ? index_has_vector(printer, operand, plan)
                                                : real_has_vector(printer, operand, plan);
        if (!fine) return false;
    }
    return true;
}

static bool has_vector(const CPrinter *printer, const LoopExpr *expr, LanePlan *plan) {
    return expr->type == LOOP_INDEX ? index_has_vector(printer, expr, plan)
                                    : real_has_vector(printer, expr, plan);
}

bool lane_define(CPrinter *printer, const LoopStatement *statement) {
    LaneName name = {.name = statement->name};
    LanePlan ignored = {0};
    if (!has_vector(printer, statement->value, &ignored)) return false;
    if (statement->kind == LOOP_DECLARE) {
        // What will be assigned may vary, whatever it begins with.
        if (statement->type == LOOP_TRUTH) return false;
    } else {
        if (!lane_varies(printer, statement->value)) return true;
        name.affine = statement->type == LOOP_INDEX && lane_stride(printer, statement->value, &name.stride);
        if (name.affine && name.stride == 0) return true;
    }
    list_add(printer->emit->arena, &printer->names, name);
    return true;
}

static bool body_has_vector(CPrinter *printer, const LoopBody *body, LanePlan *plan);

static bool store_has_vector(const CPrinter *printer, const LoopStatement *store, LanePlan *plan) {
    int64_t stride;
    if (store->buffer->type == ELEMENT_INT || !lane_stride(printer, store->index, &stride) || stride == 0)
        return false;
    if (stride != 1) plan->part = false;
    if (stride != 1 && store->buffer->type == ELEMENT_BYTE) return false;
    return has_vector(printer, store->value, plan);
}

static bool statement_has_vector(CPrinter *printer, const LoopStatement *statement, LanePlan *plan) {
    switch (statement->kind) {
    case LOOP_FOR:
        return !lane_varies(printer, statement->extent) && body_has_vector(printer, &statement->body, plan);
    case LOOP_IF:
        return !lane_varies(printer, statement->value) && body_has_vector(printer, &statement->body, plan);
    case LOOP_LET:
    case LOOP_DECLARE: return has_vector(printer, statement->value, plan) && lane_define(printer, statement);
    case LOOP_ASSIGN:
        return lane_name(printer, statement->name) && has_vector(printer, statement->value, plan);
    case LOOP_ACCUMULATE: return has_vector(printer, statement->value, plan);
    case LOOP_STORE: return store_has_vector(printer, statement, plan);
    case LOOP_BUFFER:
    case LOOP_COMMENT: return true;
    case LOOP_CALL: return false;
    }
    fault("statement of kind %d", (int)statement->kind);
}

static bool body_has_vector(CPrinter *printer, const LoopBody *body, LanePlan *plan) {
    int outside = printer->names.count;
    bool fine = true;
    for (int i = 0; i < body->count && fine; i++) fine = statement_has_vector(printer, body->items[i], plan);
    printer->names.count = outside;
    return fine;
}

LanePlan lane_plan(const CPrinter *printer, const LoopStatement *loop) {
    LanePlan plan = {.vector = true, .part = loop->extent->kind == LOOP_INTEGER};
    CPrinter trial = {.emit = printer->emit};
    LaneName lane = {.name = loop->name, .affine = true, .stride = 1};
    list_add(printer->emit->arena, &trial.names, lane);
    bool single = loop->extent->kind == LOOP_INTEGER && loop->extent->integer < 2;
    plan.vector = !single && printer->mode == LANES_SCALAR && body_has_vector(&trial, &loop->body, &plan);
    return plan;
}
