// Items of a body, one after the other.
#include "resolve/body.h"

#include "resolve/vocabulary.h"

#include <string.h>

enum { DEEPEST = 256, MOST_TURNS = 10000 };

void body_fail(Body *body) {
    body->expansion->failed = true;
    body->current = NULL;
}

Diagnostic *body_error(Body *body, Code code, Span span, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    const char *message = arena_vprintf(body->scope.study->arena, format, arguments);
    va_end(arguments);
    body_fail(body);
    return scope_error(&body->scope, code, span, "%s", message);
}

// --- elements ---

static void reject_element(Body *body, const Element *element) {
    const Expr *expr = element->call;
    if (expr->kind == EXPR_BAD) {
        body_fail(body);
        return;
    }
    Diagnostic *diagnostic = body_error(body, E0203, expr->span, "a layer or block stands here, not a value");
    if (!element->label) return;
    if (choices_contain("init l2 frozen", element->label))
        diagnostic_help(diagnostic,
                        "write it in the model's head: model NAME(%s = ...) on DATASET, or in a call",
                        element->label);
    else
        diagnostic_help(diagnostic, "bodies hold layers only: declare `param %s = ...` at the top level",
                        element->label);
}

static const char *kind_of_row(const Op *op) {
    return op->flags & OP_LOSS          ? "a loss"
           : op->flags & OP_OPTIMIZER   ? "an optimizer"
           : op->flags & OP_INITIALIZER ? "an initializer"
                                        : "a schedule";
}

void expand_element(Body *body, const Element *element) {
    const Expr *expr = element->call;
    Datum callee, call;
    if (!spend_steps(&body->scope, expr->span, 1)) {
        body_fail(body);
        return;
    }
    if (expr->kind != EXPR_NAME && expr->kind != EXPR_CALL) {
        reject_element(body, element);
        return;
    }
    bool known = resolve_callee(&body->scope, expr, NULL, true, &callee);
    const Op *op = known && !callee.declaration ? op_find_kind(callee.word, OP_LAYER) : NULL;
    if (op && (op->flags & OP_JOIN)) {
        expand_join(body, element, &callee, op);
        return;
    }
    // The arguments' own mistakes are told even if there is nothing to call.
    bool fine = evaluate_arguments(&body->scope, &callee, expr, NULL, &call);
    if (known && !op && !callee.declaration) {
        body_error(body, E0203, callee.span, "`%s` is %s, which can't stand as a layer", callee.word,
                   kind_of_row(named_op(callee.word)));
        return;
    }
    if (!known) {
        body_fail(body);
        return;
    }
    BodyCall body_part = body_call(body, element, &call, fine);
    if (callee.declaration)
        expand_block(body, &body_part, callee.declaration);
    else
        expand_layer(body, &body_part, op, 1, &body->current, NULL);
}

// --- if, repeat ---

static void expand_if(Body *body, const Item *item) {
    Datum condition = evaluate(&body->scope, item->value, NULL);
    bool truth;
    bool known = expect_truth(&body->scope, &condition, "the condition of `if`", &truth);
    if (!body->expansion->module) {
        expand_items(body, &item->items);
        expand_items(body, &item->otherwise);
    } else if (!known) {
        body_fail(body);
    } else {
        expand_items(body, truth ? &item->items : &item->otherwise);
    }
}

// The turns of a repeat: as many values of its counter, from `first` on, or the items of a list.
typedef struct Turns {
    int64_t first, count;
    const Datum *list; // NULL: whole numbers
} Turns;

static bool turns_of(Body *body, const Item *item, Turns *turns) {
    const Scope *scope = &body->scope;
    Datum value = evaluate(scope, item->value, NULL), *kept = NEW(scope->study->arena, Datum);
    *kept = value;
    *turns = (Turns){.first = 1};
    if (value.kind == DATUM_LIST && item->name) {
        *turns = (Turns){.count = value.count, .list = kept};
    } else if (value.kind == DATUM_RANGE) {
        int64_t last;
        const int64_t most = INT32_MAX;
        if (!expect_whole(scope, &value.items[0].value, "the start of a `repeat`", -most, most,
                          &turns->first) ||
            !expect_whole(scope, &value.items[1].value, "the end of a `repeat`", -most, most, &last))
            return false;
        turns->count = last < turns->first ? 0 : last - turns->first + 1;
    } else if (!expect_whole(scope, &value, "the number of turns of a `repeat`", 0, MOST_TURNS,
                             &turns->count)) {
        return false;
    }
    if (turns->count <= MOST_TURNS) return true;
    scope_error(scope, E0406, item->value->span, "a `repeat` has at most %d turns, not %lld", MOST_TURNS,
                (long long)turns->count);
    return false;
}

static void expand_turn(Body *body, const Item *item, Datum counter) {
    Scope outer = body->scope;
    Binding binding = {item->name, counter, (Binding *)outer.bindings};
    Frame frame = {
        .value = counter, .name = item->name, .what = body->what, .span = item->span, .caller = outer.frames};
    if (item->name) {
        body->scope.bindings = &binding;
        if (counter.kind != DATUM_BAD) body->scope.frames = &frame;
    }
    expand_items(body, &item->items);
    body->scope = outer;
}

static void expand_repeat(Body *body, const Item *item) {
    if (item->name && reject_hiding(body->scope.study, "counter", item->name, item->name_span))
        body_fail(body);
    if (!body->expansion->module) {
        evaluate(&body->scope, item->value, NULL);
        expand_turn(body, item, datum_bad(item->span));
        return;
    }
    Turns turns;
    if (!turns_of(body, item, &turns)) {
        body_fail(body);
        return;
    }
    for (int64_t i = 0; i < turns.count; i++) {
        if (!spend_steps(&body->scope, item->span, 1)) {
            body_fail(body);
            return;
        }
        Datum counter =
            turns.list ? turns.list->items[i].value : datum_whole_number(turns.first + i, item->name_span);
        expand_turn(body, item, counter);
    }
}

// --- items ---

static void reject_item(Body *body, const Item *item) {
    bool named = item->kind == ITEM_PROPERTY || item->kind == ITEM_AXIS || item->kind == ITEM_PARAM;
    Span span = named ? item->name_span : item->kind == ITEM_SECTION ? item->keyword_span : item->span;
    const char *what = item->kind == ITEM_SECTION ? item->keyword : named ? item->name : "this";
    Diagnostic *diagnostic =
        body_error(body, E0214, span, "`%s` can't stand in the body of %s", what, body->what);
    if (item->kind == ITEM_PROPERTY && choices_contain("init l2 frozen", item->name))
        diagnostic_help(diagnostic,
                        "write it in the model's head: model NAME(%s = ...) on DATASET, or in a call",
                        item->name);
    else if (item->kind == ITEM_PARAM)
        diagnostic_help(diagnostic, "params are declared at the file's top level");
    else
        diagnostic_help(diagnostic, "here stand layers, branch, if and repeat");
}

static void expand_item(Body *body, const Item *item) {
    switch (item->kind) {
    case ITEM_CHAIN:
        for (int i = 0; i < item->elements.count; i++) expand_element(body, &item->elements.items[i]);
        return;
    case ITEM_IF: expand_if(body, item); return;
    case ITEM_REPEAT: expand_repeat(body, item); return;
    case ITEM_SECTION:
        if (strcmp(item->keyword, "branch") == 0 && item->name) {
            expand_branch(body, item);
            return;
        }
        break;
    default: break;
    }
    reject_item(body, item);
}

void expand_items(Body *body, const Items *items) {
    if (body->depth >= DEEPEST) {
        if (items->count)
            body_error(body, E0406, items->items[0]->span, "blocks and braces are nested over %d deep",
                       DEEPEST);
        return;
    }
    Braces braces = {.outer = body->braces};
    body->braces = &braces;
    body->depth++;
    for (int i = 0; i < items->count; i++) expand_item(body, items->items[i]);
    check_joined(body);
    body->depth--;
    body->braces = (Braces *)braces.outer;
}
