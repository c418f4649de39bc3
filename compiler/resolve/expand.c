#include "resolve/expand.h"

#include "resolve/body.h"

#include <string.h>

// --- a model's head ---

static const char *const head_arguments[] = {"input", "classes", "l2", "init", "frozen", NULL};

typedef struct Head {
    Shape input; // rank 0: not given
    int64_t classes;
    Span input_span, classes_span;
    Inherited inherited;
} Head;

static bool head_input(const Scope *scope, const Datum *value, Head *head) {
    int64_t dims[4];
    int rank;
    if (!expect_size(scope, value, "`input`", 1, 3, dims, &rank)) return false;
    int64_t elements = 1;
    for (int i = 0; i < rank; i++) {
        if (!__builtin_mul_overflow(elements, dims[i], &elements) && elements <= INT32_MAX) continue;
        scope_error(scope, E0402, value->span, "an input has at most %d numbers", INT32_MAX);
        return false;
    }
    head->input = shape_of(true, rank, dims);
    return true;
}

static bool read_head(const Scope *scope, const Declaration *model, Head *head) {
    const Item *item = model->item;
    bool good = true;
    *head = (Head){.inherited.l2 = {.kind = ATTR_UNSET, .slot = -1}};
    for (int i = 0; i < item->arguments.count; i++) {
        const Argument *argument = &item->arguments.items[i];
        DatumItem given = {argument->name, argument->name_span, evaluate(scope, argument->value, NULL)};
        if (!given.name) {
            Diagnostic *diagnostic = scope_error(scope, E0410, argument->value->span,
                                                 "a model's head takes its arguments by name");
            diagnostic_help(diagnostic, "write model %s(input = 28x28x1, classes = 10)", model->name);
            good = false;
        } else if (given.value.kind == DATUM_BAD) {
            good = false;
        } else if (strcmp(given.name, "input") == 0) {
            good &= head_input(scope, &given.value, head);
            head->input_span = given.name_span;
        } else if (strcmp(given.name, "classes") == 0) {
            good &= expect_whole(scope, &given.value, "`classes`", 1, 1000000, &head->classes);
            head->classes_span = given.name_span;
        } else if (!inherit(scope, &given, &head->inherited, &good)) {
            Diagnostic *diagnostic =
                scope_error(scope, E0407, given.name_span, "a model's head has no argument `%s`", given.name);
            if (closest_word(given.name, head_arguments))
                diagnostic_suggest(diagnostic, given.name, head_arguments);
            else
                diagnostic_help(diagnostic, "it takes input, classes, l2, init and frozen");
            good = false;
        }
    }
    return good;
}

// A model has data, or says its input's shape: one of both.
static bool check_head(const Scope *scope, const Declaration *model, const Head *head) {
    if (model->item->on && (head->input_span.source || head->classes_span.source)) {
        bool input = head->input_span.source != NULL;
        Diagnostic *diagnostic = scope_error(scope, E0323, input ? head->input_span : head->classes_span,
                                             "model %s has its %s from data set `%s`", model->name,
                                             input ? "input" : "classes", model->item->on);
        diagnostic_help(diagnostic, "leave one of the two out");
        return false;
    }
    if (model->item->on || head->input.rank) return true;
    Diagnostic *diagnostic =
        scope_error(scope, E0323, model->item->name_span, "model %s has no input", model->name);
    diagnostic_help(
        diagnostic,
        "write `model %s on DATASET { ... }`, or `model %s(input = 28x28x1, classes = 10) { ... }`",
        model->name, model->name);
    return false;
}

bool model_input(const Scope *scope, const Declaration *model, Shape *input, int64_t *classes) {
    Head head;
    bool good = read_head(scope, model, &head) && check_head(scope, model, &head);
    *input = head.input;
    *classes = head.classes;
    return good && !model->item->on;
}

// --- the model ---

// The last layer of the body as written, for messages about the output.
static Span last_layer(const Declaration *model) {
    const Items *items = &model->item->items;
    const Item *last = items->count ? items->items[items->count - 1] : NULL;
    if (!last || last->kind != ITEM_CHAIN || !last->elements.count) return model->item->header;
    return last->elements.items[last->elements.count - 1].call->span;
}

static void check_output(Body *body, const Declaration *model, int64_t classes) {
    const Shape *shape = &body->current->shape;
    if (shape->rank == 1 && shape->dim[0] == classes) return;
    const char *text = shape_text(body->scope.study->arena, shape);
    bool dense_on_image = shape->rank > 1 && shape_channels(shape) == classes;
    Diagnostic *diagnostic =
        body_error(body, E0321, last_layer(model), "model %s ends in %s, but data set `%s` has %lld classes",
                   model->name, text, model->item->on, (long long)classes);
    if (dense_on_image)
        diagnostic_help(
            diagnostic,
            "a layer on an image keeps its height and width: put `flatten` or `global_avgpool` before it");
    else if (shape->rank > 1)
        diagnostic_help(diagnostic, "end it with `flatten -> dense(classes)`");
    else
        diagnostic_help(diagnostic, "end it with `dense(classes)`");
}

static Value *add_input(Function *function, const Shape *shape) {
    Value *input = value_new(function, op_find("input"), 0, NULL);
    value_set(input, "shape", attr_size(shape->rank, shape->dim));
    return function_append(function, input);
}

Module *expand_model(const Scope *scope, const Declaration *model, const DataConfig *data, int64_t batch) {
    Study *study = scope->study;
    Head head;
    if (!read_head(scope, model, &head) || !check_head(scope, model, &head)) return NULL;
    if (data->name) {
        head.input = shape_of(true, 3, (int64_t[]){data->height, data->width, data->channels});
        head.classes = data->classes;
    }
    Expansion expansion = {.study = study,
                           .module = module_new(study->arena, model->name, batch, head.classes)};
    expansion.function = function_new(expansion.module, "model");
    Body body = {.expansion = &expansion,
                 .scope = *scope,
                 .what = model->label,
                 .path = "",
                 .current = add_input(expansion.function, &head.input),
                 .inherited = head.inherited};
    body.scope.bindings = NULL;
    body.scope.facts = (Facts){FACTS_KNOWN, head.input, head.classes};
    expand_items(&body, &model->item->items);
    if (data->name && body.current && !expansion.failed) check_output(&body, model, data->classes);
    if (expansion.failed || !body.current) return NULL;
    return expansion.module;
}

// --- bodies by themselves ---

static void check_body(Study *study, const Declaration *declaration) {
    Expansion expansion = {.study = study};
    const Item *item = declaration->item;
    Body body = {.expansion = &expansion,
                 .scope = scope_of_file(study, declaration->file, NULL),
                 .what = declaration->label,
                 .path = "",
                 .inherited.l2 = {.kind = ATTR_UNSET, .slot = -1}};
    body.scope.facts.state = FACTS_UNKNOWN;
    for (int i = 0; i < item->formals.count; i++) {
        const Formal *formal = &item->formals.items[i];
        Binding *binding = NEW(study->arena, Binding);
        if (formal->initial) evaluate(&body.scope, formal->initial, NULL);
        *binding = (Binding){formal->name, datum_bad(formal->span), (Binding *)body.scope.bindings};
        body.scope.bindings = binding;
    }
    expand_items(&body, &item->items);
}

void check_bodies(Study *study) {
    for (int i = 0; i < study->declarations.count; i++) {
        const Declaration *declaration = study->declarations.items[i];
        if (declaration->kind == DECLARATION_BLOCK || declaration->kind == DECLARATION_MODEL)
            check_body(study, declaration);
    }
}
