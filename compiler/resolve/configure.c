#include "resolve/configure.h"
#include "base/diagnostic_list.h"
#include "resolve/dataset.h"
#include "resolve/evaluate.h"
#include "resolve/expand.h"
#include "resolve/output.h"
#include "resolve/pixels.h"
#include "resolve/train.h"
#include <string.h>

enum { UNTRAINED_BATCH = 32 }; // of a model that nothing trains

Declared study_declared(const Study *study, DeclarationKind kind) {
    Declared own = {0}, all = {0};
    for (int i = 0; i < study->declarations.count; i++) {
        const Declaration *declaration = study->declarations.items[i];
        if (declaration->kind != kind) continue;
        list_add(study->arena, &all, declaration);
        if (declaration->file == study_root(study)) list_add(study->arena, &own, declaration);
    }
    return own.count ? own : all;
}

// "`a`, `b`"
static const char *quoted_names(Arena *arena, const Declared *declared) {
    const char *text = "";
    for (int i = 0; i < declared->count && i < 10; i++) {
        text = arena_printf(arena, "%s%s`%s`", text, i ? ", " : "", declared->items[i]->name);
    }
    return text;
}

// The only one of its kind; an error at span if there is none or several.
static const Declaration *only_one(Study *study, DeclarationKind kind, Span span) {
    Declared declared = study_declared(study, kind);
    if (declared.count == 1) return declared.items[0];
    const char *what = declaration_kind_name(kind);
    if (!declared.count) {
        Diagnostic *diagnostic =
            diagnose(study->diagnostics, SEVERITY_ERROR, E0511, span, "the file has no %s", what);
        diagnostic_help(diagnostic, kind == DECLARATION_MODEL
                                        ? "add one: `model net on data { ... }`"
                                        : "add one: `train standard { optimizer = adam; epochs = 10 }`");
    } else {
        Diagnostic *diagnostic =
            diagnose(study->diagnostics, SEVERITY_ERROR, E0511, span, "which %s is not said", what);
        diagnostic_help(diagnostic, "the file has %s", quoted_names(study->arena, &declared));
    }
    return NULL;
}

// The section that a setting names, `model = net`. NULL after an error.
static const Declaration *named_section(Study *study, const Setting *setting, DeclarationKind kind) {
    const Expr *value = setting->value;
    if (value->kind == EXPR_NAME) return study_expect(study, setting->file, kind, value->name, value->span);
    if (value->kind == EXPR_BAD) return NULL;
    Diagnostic *diagnostic =
        diagnose(study->diagnostics, SEVERITY_ERROR, E0511, value->span, "`%s` is the name of a %s",
                 setting->written, declaration_kind_name(kind));
    diagnostic_help(diagnostic, "write `%s = NAME`", setting->written);
    return NULL;
}

static const Declaration *choose_model(Study *study, const Choice *choice, Span span) {
    const Setting *setting = settings_last(&choice->settings, "experiment.model");
    if (choice->model) return choice->model;
    return setting ? named_section(study, setting, DECLARATION_MODEL)
                   : only_one(study, DECLARATION_MODEL, span);
}

// False after an error; *train is NULL for a model that nothing trains.
static bool choose_train(Study *study, const Choice *choice, Span span, const Declaration **train) {
    const Setting *setting = settings_last(&choice->settings, "experiment.train");
    if (setting || choice->experiment) {
        *train = setting ? named_section(study, setting, DECLARATION_TRAIN)
                         : only_one(study, DECLARATION_TRAIN, span);
        return *train != NULL;
    }
    Declared declared = study_declared(study, DECLARATION_TRAIN);
    *train = declared.count == 1 ? declared.items[0] : NULL;
    return true;
}

// Params with the settings of the choice. A value sees the params as they are set before it.
static Params *apply_params(Study *study, const Choice *choice, bool *good) {
    Params *params = params_new(study);
    for (int i = 0; i < choice->settings.count; i++) {
        const Setting *setting = &choice->settings.items[i];
        if (!setting->param) continue;
        Scope scope = scope_of_file(study, setting->file, params_copy(study, params));
        scope.variant = choice->described;
        Datum value = evaluate(&scope, setting->value, NULL);
        *good &= value.kind != DATUM_BAD && param_set(&scope, params, setting->param, value);
    }
    return params;
}

static bool configure_data(const Scope *scope, const Declaration *model, const Settings *settings,
                           DataConfig *data) {
    const Item *item = model->item;
    *data = (DataConfig){0};
    if (item->on) {
        const Declaration *dataset =
            study_expect(scope->study, model->file, DECLARATION_DATASET, item->on, item->on_span);
        return dataset && dataset_configure(scope, dataset, settings, data);
    }
    Scope own = *scope;
    own.file = model->file;
    Shape shape;
    if (!model_input(&own, model, &shape, &data->classes)) return false;
    if (shape.rank == 3) {
        data->height = shape.dim[0];
        data->width = shape.dim[1];
        data->channels = shape.dim[2];
    }
    return true;
}

Configuration *configure(Study *study, const Choice *choice) {
    Span place = choice->experiment ? choice->experiment->item->header : (Span){0};
    const Declaration *model = choose_model(study, choice, place), *train = NULL;
    bool good = choose_train(study, choice, place, &train) && model;
    Scope *scope = NEW(study->arena, Scope);
    *scope = scope_of_file(study, study_root(study), apply_params(study, choice, &good));
    scope->variant = choice->described;
    if (!good) return NULL;
    Configuration *configuration = NEW(study->arena, Configuration);
    configuration->model = model->name;
    configuration->experiment = choice->experiment ? choice->experiment->name : NULL;
    configuration->variant = choice->variant;
    configuration->scope = scope;
    DataConfig *data = &configuration->data;
    TrainConfig *config = &configuration->train;
    bool data_known = configure_data(scope, model, &choice->settings, data);
    if (train) good = train_configure(scope, train, &choice->settings, data_known ? data : NULL, config);
    if (!data_known) return NULL;
    Scope body = *scope;
    body.file = model->file;
    int64_t batch = good && config->batch ? config->batch : UNTRAINED_BATCH;
    configuration->module = expand_model(&body, model, data, batch);
    if (!configuration->module || !good) return NULL;
    configuration->module->bf16 = config->bf16;
    check_pixels(scope, configuration);
    return settle_output(scope, configuration) ? configuration : NULL;
}

Choice variant_choice(Study *study, const Experiment *experiment, const Variant *variant,
                      const Settings *overrides) {
    Choice choice = {.experiment = experiment->declaration};
    const Settings *parts[] = {&experiment->settings, variant ? &variant->settings : NULL, overrides};
    for (int part = 0; part < 3; part++) {
        for (int i = 0; parts[part] && i < parts[part]->count; i++) {
            list_add(study->arena, &choice.settings, parts[part]->items[i]);
        }
    }
    if (!variant) return choice;
    choice.variant = variant->name;
    if (variant->settings.count) {
        choice.described =
            arena_printf(study->arena, "variant %s of %s (%s)", variant->name, experiment->declaration->name,
                         settings_text(study->arena, &variant->settings));
    }
    return choice;
}

// The first error if all are about shapes; NULL if there are others, which no `invalid = skip` excuses.
static const char *impossible_shape(const Diagnostics *diagnostics) {
    const char *first = NULL;
    for (int i = 0; i < diagnostics->list.count; i++) {
        const Diagnostic *diagnostic = diagnostics->list.items[i];
        if (diagnostic->severity != SEVERITY_ERROR) continue;
        if (strncmp(code_name(diagnostic->code), "E03", strlen("E03"))) return NULL;
        if (!first) first = diagnostic->message;
    }
    return first;
}

Configuration *configure_or_skip(Study *study, const Experiment *experiment, const Choice *choice) {
    if (!experiment->skip_invalid) return configure(study, choice);
    Diagnostics *shown = study->diagnostics, *aside = diagnostics_new(study->arena);
    study->diagnostics = aside;
    configure(study, choice);
    study->diagnostics = shown;
    const char *reason = impossible_shape(aside);
    if (!reason) return configure(study, choice);
    const Variant *variant = experiment_variant(experiment, choice->variant);
    Span span = variant->item ? variant->item->header : experiment->declaration->item->header;
    Diagnostic *diagnostic = diagnose(study->diagnostics, SEVERITY_NOTE, W0708, span,
                                      "variant `%s` is impossible, and is left out", choice->variant);
    diagnostic_note(diagnostic, "%s", reason);
    return NULL;
}
