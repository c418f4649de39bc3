#include "resolve/evaluate.h"

#include "resolve/arguments.h"
#include "resolve/call.h"
#include "resolve/vocabulary.h"

#include <math.h>
#include <string.h>

enum { MOST_NODES = 10000 }; // of one value

// --- names ---

// All names that could have been meant, or those of layers and blocks alone; NULL-terminated.
static const char *const *visible_names(const Scope *scope, const char *const *words, bool layers) {
    Arena *arena = scope->study->arena;
    List(const char *) names = {0};
    for (const Binding *binding = scope->bindings; binding; binding = binding->next)
        list_add(arena, &names, binding->name);
    for (; words && *words; words++) list_add(arena, &names, *words);
    for (int kind = 0; kind < DECLARATION_KINDS; kind++) {
        if (layers && kind != DECLARATION_PARAM && kind != DECLARATION_BLOCK) continue;
        const char *const *declared = study_names(scope->study, scope->file, kind);
        for (; *declared; declared++) list_add(arena, &names, *declared);
    }
    const char *const *word = layers ? op_names(arena, OP_LAYER) : vocabulary(arena);
    for (; *word; word++) list_add(arena, &names, *word);
    list_add(arena, &names, NULL);
    return names.items;
}

static bool is_one_of(const char *const *words, const char *name) {
    for (; words && *words; words++) {
        if (strcmp(*words, name) == 0) return true;
    }
    return false;
}

static Datum unknown_name(const Scope *scope, const char *name, Span span, const char *const *words,
                          bool layer) {
    Diagnostic *diagnostic =
        scope_error(scope, E0201, span, "unknown %s `%s`", layer ? "layer or block" : "name", name);
    const char *familiar = familiar_layer(name);
    if (familiar)
        diagnostic_help(diagnostic, "in this language it is `%s`", familiar);
    else
        diagnostic_suggest(diagnostic, name, visible_names(scope, words, layer));
    return datum_bad(span);
}

static Datum fact(const Scope *scope, const char *name, Span span) {
    const Facts *facts = &scope->facts;
    if (facts->state == FACTS_UNKNOWN) return datum_bad(span);
    if (facts->state == FACTS_NONE) {
        Diagnostic *diagnostic =
            scope_error(scope, E0206, span, "`%s` is known only in a block or a model", name);
        diagnostic_help(diagnostic, "it describes the tensor that enters the block, branch or model");
        return datum_bad(span);
    }
    if (strcmp(name, "classes") == 0) {
        if (facts->classes) return datum_whole_number(facts->classes, span);
        Diagnostic *diagnostic = scope_error(scope, E0206, span, "the model has no `classes`");
        diagnostic_help(
            diagnostic,
            "give it data (`model net on DATASET`) or write `model net(input = ..., classes = 10)`");
        return datum_bad(span);
    }
    const Shape *shape = &facts->shape;
    if (shape->rank == 0) return datum_bad(span);
    if (strcmp(name, "channels") == 0) return datum_whole_number(shape_channels(shape), span);
    if (shape->rank == 3) return datum_whole_number(shape->dim[strcmp(name, "width") == 0], span);
    scope_error(scope, E0206, span, "what enters here has no `%s`: it is a vector of %s", name,
                shape_text(scope->study->arena, shape));
    return datum_bad(span);
}

bool datum_is_callable(const Datum *datum) {
    if (datum->kind != DATUM_WORD && datum->kind != DATUM_CALL) return false;
    return named_op(datum->word) || (datum->declaration && datum->declaration->kind == DECLARATION_BLOCK);
}

bool find_value(const Scope *scope, const char *name, Datum *value) {
    for (const Binding *binding = scope->bindings; binding; binding = binding->next) {
        if (strcmp(binding->name, name) != 0) continue;
        *value = binding->value;
        return true;
    }
    const Declaration *declaration = study_find(scope->study, scope->file, name);
    if (!declaration || declaration->kind != DECLARATION_PARAM) return false;
    // Where a body is only checked for names, `if` is followed both ways, so values may not fit.
    *value = scope->facts.state == FACTS_UNKNOWN ? datum_bad(declaration->item->name_span)
                                                 : param_value(scope, declaration);
    return true;
}

static Datum name_value(const Scope *scope, const Expr *expr, const char *const *words) {
    const char *name = expr->name;
    Datum value;
    if (find_value(scope, name, &value)) {
        value.span = expr->span;
        return value;
    }
    if (is_fact(name)) return fact(scope, name, expr->span);
    if (strcmp(name, "true") == 0 || strcmp(name, "false") == 0)
        return datum_truth(name[0] == 't', expr->span);
    value = datum_word(name, expr->span);
    value.declaration = study_find(scope->study, scope->file, name);
    if (value.declaration || named_op(name) || is_choice(name) || is_one_of(words, name)) return value;
    if (is_function(name)) {
        Diagnostic *diagnostic = scope_error(scope, E0201, expr->span, "`%s` is a function", name);
        diagnostic_help(diagnostic, "call it: `%s(...)`", name);
        return datum_bad(expr->span);
    }
    return unknown_name(scope, name, expr->span, words, false);
}

// --- lists, ranges, calls ---

// Fills a list's or call's items; false if one is bad (all are evaluated) or they are too much.
static bool evaluate_items(const Scope *scope, Datum *datum, int count, const Argument *arguments,
                           const char *const *words) {
    DatumItem *items = NEW_ARRAY(scope->study->arena, DatumItem, count ? count : 1);
    bool fine = true;
    datum->nodes = 1;
    datum->count = 0;
    for (int i = 0; i < count; i++) {
        const Argument *argument = &arguments[i];
        datum->count = i + 1;
        datum->items = items;
        items[i] = (DatumItem){argument->name, argument->name_span, evaluate(scope, argument->value, words)};
        fine &= items[i].value.kind != DATUM_BAD;
        datum->nodes += items[i].value.nodes;
        if (datum->nodes <= MOST_NODES) continue;
        scope_error(scope, E0406, datum->span, "the value has over %d parts", MOST_NODES);
        return false;
    }
    return fine;
}

static Datum list_value(const Scope *scope, const Expr *expr, const char *const *words) {
    Datum list = {.kind = DATUM_LIST, .span = expr->span};
    bool fine = evaluate_items(scope, &list, expr->arguments.count, expr->arguments.items, words);
    return fine ? list : datum_bad(expr->span);
}

static Datum range_value(const Scope *scope, const Expr *expr) {
    Argument ends[] = {{.value = expr->left}, {.value = expr->right}};
    Datum range = {.kind = DATUM_RANGE, .span = expr->span};
    if (!evaluate_items(scope, &range, 2, ends, NULL)) return datum_bad(expr->span);
    const Datum *first = &range.items[0].value, *last = &range.items[1].value;
    bool numbers = datum_is_number(first) && datum_is_number(last);
    bool angles = first->kind == DATUM_ANGLE && last->kind == DATUM_ANGLE;
    if (numbers || angles) return range;
    const Datum *wrong = datum_is_number(first) || first->kind == DATUM_ANGLE ? last : first;
    scope_error(scope, E0401, wrong->span, "a range goes from number to number, not to %s",
                datum_describe(scope->study->arena, wrong));
    return datum_bad(expr->span);
}

bool evaluate_arguments(const Scope *scope, const Datum *callee, const Expr *call, const char *const *words,
                        Datum *result) {
    *result = *callee;
    result->kind = DATUM_CALL;
    result->span = call->span;
    bool fine = evaluate_items(scope, result, call->arguments.count, call->arguments.items, words);
    if (!callee->count) return fine;
    // A layer that carries arguments (`pool = maxpool(stride = 1)`) gets the call's after its own.
    DatumItem *items = NEW_ARRAY(scope->study->arena, DatumItem, callee->count + result->count);
    memcpy(items, callee->items, sizeof *items * (size_t)callee->count);
    if (result->count) memcpy(items + callee->count, result->items, sizeof *items * (size_t)result->count);
    result->items = items;
    result->count += callee->count;
    result->nodes += callee->nodes;
    return fine;
}

bool resolve_callee(const Scope *scope, const Expr *expr, const char *const *words, bool layer,
                    Datum *callee) {
    const char *name = expr->name;
    Span span = expr->kind == EXPR_CALL ? expr->name_span : expr->span;
    if (find_value(scope, name, callee)) {
        callee->span = span;
        if (callee->kind == DATUM_BAD || datum_is_callable(callee)) return callee->kind != DATUM_BAD;
        Diagnostic *diagnostic = scope_error(scope, E0203, span, "`%s` is %s, which is no layer", name,
                                             datum_describe(scope->study->arena, callee));
        diagnostic_help(diagnostic, "a layer stands here, or a param or formal parameter whose value is one");
        return false;
    }
    *callee = datum_word(name, span);
    callee->declaration = study_find(scope->study, scope->file, name);
    if (callee->declaration && callee->declaration->kind != DECLARATION_BLOCK) {
        Diagnostic *diagnostic = scope_error(scope, E0203, span, "`%s` is a %s, which can't be called", name,
                                             declaration_kind_name(callee->declaration->kind));
        diagnostic_label(diagnostic, callee->declaration->item->name_span, "declared here");
        return false;
    }
    if (callee->declaration || named_op(name) || is_one_of(words, name)) return true;
    if (is_choice(name) || is_fact(name))
        scope_error(scope, E0203, span, "`%s` is no layer, and can't be called", name);
    else
        unknown_name(scope, name, span, words, layer);
    return false;
}

static Datum call_value(const Scope *scope, const Expr *expr, const char *const *words) {
    Datum callee, result;
    if (is_function(expr->name)) return function_value(scope, expr);
    if (!resolve_callee(scope, expr, words, false, &callee)) {
        // The arguments' own mistakes are told all the same.
        Datum ignored = {.span = expr->span};
        evaluate_items(scope, &ignored, expr->arguments.count, expr->arguments.items, words);
        return datum_bad(expr->span);
    }
    return evaluate_arguments(scope, &callee, expr, words, &result) ? result : datum_bad(expr->span);
}

static Datum size_value(const Scope *scope, const Expr *expr) {
    Datum size = {.kind = DATUM_SIZE, .span = expr->span, .rank = expr->rank, .nodes = 1};
    if (expr->rank < 1 || expr->rank > 4) {
        scope_error(scope, E0401, expr->span, "a size has at most 4 dimensions");
        return datum_bad(expr->span);
    }
    memcpy(size.dims, expr->dims, sizeof size.dims);
    return size;
}

static Datum literal_value(const Scope *scope, const Expr *expr) {
    double written = expr->kind == EXPR_PERCENT ? expr->number * 100 : expr->number;
    Datum datum = datum_literal(expr->text, written, expr->span);
    if (!isfinite(expr->number)) {
        scope_error(scope, E0404, expr->span, "the number is too large");
        return datum_bad(expr->span);
    }
    if (expr->kind == EXPR_PERCENT) {
        Datum hundred = datum_whole_number(100, expr->span);
        datum = datum_arithmetic(OPERATOR_DIVIDE, &datum, &hundred, expr->span);
        datum.number = expr->number;
        datum.kind = DATUM_PERCENT;
    }
    if (expr->kind == EXPR_ANGLE) datum.kind = DATUM_ANGLE;
    return datum;
}

Datum evaluate(const Scope *scope, const Expr *expr, const char *const *words) {
    if (!expr || !spend_steps(scope, expr->span, 1)) return datum_bad(expr ? expr->span : (Span){0});
    switch (expr->kind) {
    case EXPR_NUMBER:
    case EXPR_PERCENT:
    case EXPR_ANGLE: return literal_value(scope, expr);
    case EXPR_SIZE: return size_value(scope, expr);
    case EXPR_STRING:
        return (Datum){.kind = DATUM_STRING, .span = expr->span, .word = expr->name, .nodes = 1};
    case EXPR_NAME: return name_value(scope, expr, words);
    case EXPR_LIST: return list_value(scope, expr, words);
    case EXPR_CALL: return call_value(scope, expr, words);
    case EXPR_RANGE: return range_value(scope, expr);
    case EXPR_UNARY: return unary_value(scope, expr);
    case EXPR_BINARY: return binary_value(scope, expr);
    case EXPR_BAD: return datum_bad(expr->span);
    }
    fault("expression kind %d", expr->kind);
}
