#include "resolve/arguments.h"

#include "ir/attribute.h"
#include "resolve/vocabulary.h"

#include <string.h>

static bool internal(const Attribute *row) {
    return (row->flags & ATTRIBUTE_INTERNAL) != 0;
}

// "conv(filters, kernel, stride = 1, ...)": what users may give.
static const char *signature(Arena *arena, const Op *op) {
    const char *text = arena_printf(arena, "%s(", op->name);
    bool first = true;
    for (int i = 0; i < op->attribute_count; i++) {
        const Attribute *row = &op->attributes[i];
        if (internal(row)) continue;
        bool defaulted = row->initial && row->initial[0];
        text = arena_printf(arena, "%s%s%s%s%s", text, first ? "" : ", ", row->name, defaulted ? " = " : "",
                            defaulted ? row->initial : "");
        first = false;
    }
    return arena_printf(arena, "%s)", text);
}

static const char *const *attribute_names(Arena *arena, const Op *op) {
    List(const char *) names = {0};
    for (int i = 0; i < op->attribute_count; i++) {
        if (!internal(&op->attributes[i])) list_add(arena, &names, op->attributes[i].name);
    }
    static const char *const common[] = {"init", "l2", "frozen", "weights"};
    for (int i = 0; (op->flags & OP_LAYER) && i < 4; i++) list_add(arena, &names, common[i]);
    list_add(arena, &names, NULL);
    return names.items;
}

static bool is_among(const char *const *names, const char *name) {
    for (; *names; names++) {
        if (strcmp(*names, name) == 0) return true;
    }
    return false;
}

static void unknown_argument(const Scope *scope, const Op *op, const DatumItem *item) {
    Arena *arena = scope->study->arena;
    const char *const *names = attribute_names(arena, op);
    const char *familiar = familiar_argument(arena, item->name), *instead = instead_of_argument(item->name);
    Diagnostic *diagnostic =
        scope_error(scope, E0407, item->name_span, "%s has no argument `%s`", op->name, item->name);
    bool activation = strcmp(item->name, "activation") == 0 &&
                      (item->value.kind == DATUM_WORD || item->value.kind == DATUM_STRING);
    if (activation)
        diagnostic_help(diagnostic, "an activation is a layer of its own: write `%s(...) -> %s`", op->name,
                        item->value.word);
    else if (instead)
        diagnostic_help(diagnostic, "%s", instead);
    else if (closest_word(item->name, names))
        diagnostic_suggest(diagnostic, item->name, names);
    else if (familiar && is_among(names, familiar))
        diagnostic_help(diagnostic, "here it is called `%s`", familiar);
    else
        diagnostic_help(diagnostic, "it is %s", signature(arena, op));
}

// The row that an argument goes to; -1 after an error. place counts those given by place so far.
static int row_of(const Scope *scope, const Op *op, const DatumItem *item, int *place) {
    if (!item->name) {
        while (*place < op->attribute_count && internal(&op->attributes[*place])) ++*place;
        if (*place < op->attribute_count) return (*place)++;
        Diagnostic *diagnostic =
            scope_error(scope, E0410, item->value.span, "too many arguments for %s", op->name);
        diagnostic_help(diagnostic, "it is %s", signature(scope->study->arena, op));
        return -1;
    }
    int row = op_attribute(op, item->name);
    if (row >= 0 && !internal(&op->attributes[row])) return row;
    unknown_argument(scope, op, item);
    return -1;
}

static bool report_missing(const Scope *scope, const Op *op, const Datum *call, const bool *given) {
    bool complete = true;
    for (int i = 0; i < op->attribute_count; i++) {
        const Attribute *row = &op->attributes[i];
        if (given[i] || row->initial || internal(row)) continue;
        Diagnostic *diagnostic = scope_error(scope, E0409, call->span, "%s needs `%s`", op->name, row->name);
        diagnostic_note(diagnostic, "`%s` is %s", row->name, row->help);
        diagnostic_help(diagnostic, "it is %s", signature(scope->study->arena, op));
        complete = false;
    }
    return complete;
}

bool bind_call(const Scope *scope, const Op *op, const Datum *call, Bound *bound, bool *given) {
    Arena *arena = scope->study->arena;
    int rows = op->attribute_count, place = 0;
    bool fine = true, known = true;
    const DatumItem **from = NEW_ARRAY(arena, const DatumItem *, rows + 1);
    bool *filled = NEW_ARRAY(arena, bool, rows + 1);
    *bound = (Bound){op, NEW_ARRAY(arena, Attr, rows + 1), call->span};
    for (int i = 0; i < rows; i++) bound->attrs[i] = attribute_default(arena, &op->attributes[i]);
    for (int i = 0; i < call->count; i++) {
        const DatumItem *item = &call->items[i];
        int row = row_of(scope, op, item, &place);
        if (row < 0) {
            fine = known = false;
            if (!item->name) break;
            continue;
        }
        if (filled[row]) {
            Span span = item->name ? item->name_span : item->value.span;
            Diagnostic *diagnostic = scope_error(scope, E0408, span, "`%s` of %s is given twice",
                                                 op->attributes[row].name, op->name);
            diagnostic_label(diagnostic, from[row]->value.span, "first here");
            fine = false;
            continue;
        }
        filled[row] = true;
        from[row] = item;
        fine &= attribute_from_datum(scope, op, &op->attributes[row], &item->value, &bound->attrs[row]);
    }
    // A name that isn't known was probably meant for what is missing.
    if (known) fine &= report_missing(scope, op, call, filled);
    if (given) memcpy(given, filled, sizeof *given * (size_t)rows);
    return fine;
}

bool bind_setting(const Scope *scope, const char *property, unsigned flags, const Datum *value,
                  Bound *bound) {
    Arena *arena = scope->study->arena;
    if (value->kind == DATUM_BAD) return false;
    bool named = value->kind == DATUM_WORD || value->kind == DATUM_CALL || value->kind == DATUM_STRING;
    const Op *op = named ? op_find_kind(value->word, flags) : NULL;
    if (op && value->kind != DATUM_STRING) return bind_call(scope, op, value, bound, NULL);
    const char *const *names = op_names(arena, flags);
    Diagnostic *diagnostic = scope_error(scope, named && !op ? E0411 : E0401, value->span, "`%s` can't be %s",
                                         property, datum_describe(arena, value));
    if (op)
        diagnostic_help(diagnostic, "write it without quotes");
    else if (named && closest_word(value->word, names))
        diagnostic_suggest(diagnostic, value->word, names);
    else {
        const char *list = "";
        for (int i = 0; names[i]; i++) list = arena_printf(arena, "%s%s%s", list, i ? ", " : "", names[i]);
        diagnostic_help(diagnostic, "it is one of %s", list);
    }
    return false;
}
