#include "resolve/resolved.h"
#include "resolve/vocabulary.h"
#include <string.h>

static void reach_expr(Writer *writer, const StudyFile *file, const Expr *expr);
static void reach_items(Writer *writer, const StudyFile *file, const Items *items);

static void reach_name(Writer *writer, const StudyFile *file, const char *name) {
    const Declaration *declaration = study_find(writer->study, file, name);
    if (declaration) writer_reach(writer, declaration);
}

static void reach_arguments(Writer *writer, const StudyFile *file, const Arguments *arguments) {
    for (int i = 0; i < arguments->count; i++) reach_expr(writer, file, arguments->items[i].value);
}

static void reach_expr(Writer *writer, const StudyFile *file, const Expr *expr) {
    if (!expr) return;
    if (expr->kind == EXPR_NAME || expr->kind == EXPR_CALL) reach_name(writer, file, expr->name);
    reach_arguments(writer, file, &expr->arguments);
    reach_expr(writer, file, expr->left);
    reach_expr(writer, file, expr->right);
}

static void reach_item(Writer *writer, const StudyFile *file, const Item *item) {
    reach_expr(writer, file, item->value);
    reach_expr(writer, file, item->limits);
    reach_arguments(writer, file, &item->arguments);
    for (int i = 0; i < item->formals.count; i++) reach_expr(writer, file, item->formals.items[i].initial);
    for (int i = 0; i < item->elements.count; i++) reach_expr(writer, file, item->elements.items[i].call);
    if (item->on) reach_name(writer, file, item->on);
    reach_items(writer, file, &item->items);
    reach_items(writer, file, &item->otherwise);
}

static void reach_items(Writer *writer, const StudyFile *file, const Items *items) {
    for (int i = 0; i < items->count; i++) reach_item(writer, file, items->items[i]);
}

// A name that a body uses may be its own formal's and a declaration's at once; then the declaration is marked
// without need, which does no harm.
void writer_reach(Writer *writer, const Declaration *declaration) {
    if (writer->reached[declaration->index]) return;
    writer->reached[declaration->index] = true;
    reach_item(writer, declaration->file, declaration->item);
}

void writer_reach_value(Writer *writer, const Datum *value) {
    if (value->declaration) writer_reach(writer, value->declaration);
    for (int i = 0; i < value->count; i++) writer_reach_value(writer, &value->items[i].value);
}

// --- what is called with arguments ---
static bool is_called(const Writer *writer, const char *name) {
    for (int i = 0; i < writer->called.count; i++) {
        if (!strcmp(writer->called.items[i], name)) return true;
    }
    return false;
}

// Marks a name; true if it was not marked before.
static bool mark_called(Writer *writer, const char *name) {
    if (is_called(writer, name)) return false;
    list_add(writer->study->arena, &writer->called, name);
    return true;
}

static const Item *block_of(const Writer *writer, const StudyFile *file, const char *name) {
    const Declaration *declaration = study_find(writer->study, file, name);
    return declaration && declaration->kind == DECLARATION_BLOCK ? declaration->item : NULL;
}

// What a call says of formals and params: its callee is called, and so is what it hands to a formal that is.
static bool called_by(Writer *writer, const StudyFile *file, const Expr *call) {
    if (call->kind != EXPR_CALL || named_op(call->name) || is_function(call->name)) return false;
    const Item *block = block_of(writer, file, call->name);
    if (!block) return call->arguments.count && mark_called(writer, call->name);
    bool changed = false;
    for (int i = 0; i < call->arguments.count; i++) {
        const Argument *argument = &call->arguments.items[i];
        const char *formal = argument->name             ? argument->name
                             : i < block->formals.count ? block->formals.items[i].name
                                                        : NULL;
        if (!formal || !is_called(writer, formal) || argument->value->kind != EXPR_NAME) continue;
        changed |= mark_called(writer, argument->value->name);
    }
    return changed;
}

static bool called_in(Writer *writer, const StudyFile *file, const Items *items) {
    bool changed = false;
    for (int i = 0; i < items->count; i++) {
        const Item *item = items->items[i];
        for (int j = 0; j < item->elements.count; j++)
            changed |= called_by(writer, file, item->elements.items[j].call);
        changed |= called_in(writer, file, &item->items);
        changed |= called_in(writer, file, &item->otherwise);
    }
    return changed;
}

void writer_find_called(Writer *writer) {
    bool changed = true;
    while (changed) {
        changed = false;
        for (int i = 0; i < writer->study->declarations.count; i++) {
            const Declaration *declaration = writer->study->declarations.items[i];
            if (writer->reached[i])
                changed |= called_in(writer, declaration->file, &declaration->item->items);
        }
    }
}
