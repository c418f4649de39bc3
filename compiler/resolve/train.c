#include "resolve/train.h"
#include "resolve/evaluate.h"
#include "resolve/section.h"
#include <string.h>

static bool is_none(const Expr *value) {
    return value->kind == EXPR_NAME && !strcmp(value->name, "none");
}

static bool watches_validation(const char *metric) {
    return !strncmp(metric, "val.", strlen("val."));
}

// What decides by a metric, early stopping or else the schedule, needs it measured, and not on the test set.
static bool check_validation(const Scope *scope, const DataConfig *data, const char *metric, bool early,
                             Span span) {
    const char *decider = early ? "early stopping" : "the schedule";
    if (!data || !watches_validation(metric)) return true;
    const char *name = data->name ? data->name : "the model";
    if (data->validation == VALIDATION_NONE) {
        Diagnostic *diagnostic = scope_error(
            scope, E0506, span, "%s watches `%s`, but `%s` has no validation part", decider, metric, name);
        diagnostic_help(diagnostic, "add `val = 10%%` to data set `%s`", name);
        if (early) diagnostic_help(diagnostic, "or watch the training loss: `monitor = train.loss`");
        return false;
    }
    if (data->validation == VALIDATION_TEST) {
        Diagnostic *diagnostic = diagnose(scope->study->diagnostics, SEVERITY_WARNING, W0705, span,
                                          "%s watches `%s`, which is the test set", decider, metric);
        diagnostic_note(diagnostic, "data set `%s` says `val = test`; results on it will be too good", name);
        diagnostic_help(diagnostic, "keep a part of the training images instead: `val = 10%%`");
    }
    return true;
}

// The properties of early stopping: its section, and settings such as "early_stop.patience".
static bool read_early_stop(const Scope *scope, const Item *part, const Settings *own, const DataConfig *data,
                            EarlyStop *stop) {
    static const char *const no_sections[] = {NULL};
    const char prefix[] = "train.early_stop.";
    Span span = part ? part->header : own->items[own->count - 1].span;
    Section section = section_open(scope, &early_stop_properties, span);
    if (part) section_add_items(&section, &part->items, no_sections);
    section_add_settings(&section, own, prefix);
    const char *restore = "best";
    stop->present = true;
    Datum monitor = section_value(&section, "monitor");
    if (expect_word(&section.scope, &monitor, "`monitor`", metric_names, &stop->monitor)) {
        section.good &= check_validation(scope, data, stop->monitor, true, monitor.span);
    } else {
        section.good = false;
    }
    section_whole(&section, "patience", &stop->patience);
    section_number(&section, "min_delta", &stop->min_delta);
    section_word(&section, "restore", &restore);
    stop->restore_best = !strcmp(restore, "best");
    return section.good;
}

static const Item *part_of(const Scope *scope, const Item *train, bool *good) {
    const Item *found = NULL;
    for (int i = 0; i < train->items.count; i++) {
        const Item *item = train->items.items[i];
        if (item->kind != ITEM_SECTION) continue;
        if (!strcmp(item->keyword, "phase")) {
            scope_error(scope, E0601, item->header, "phases are not built yet");
            *good = false;
        } else if (!strcmp(item->keyword, "early_stop") && found) {
            Diagnostic *diagnostic =
                scope_error(scope, E0502, item->keyword_span, "`early_stop` is given twice");
            diagnostic_label(diagnostic, found->keyword_span, "first here");
            *good = false;
        } else if (!strcmp(item->keyword, "early_stop")) {
            found = item;
        }
    }
    return found;
}

// `early_stop = none` and `early_stop.patience = 5`, in the section or as settings, are taken out of what the
// train section's own table has to answer.
typedef struct EarlySettings {
    Settings own, rest;
    bool none;
} EarlySettings;

static void divide_setting(Arena *arena, EarlySettings *early, const Setting *setting) {
    const char whole[] = "train.early_stop";
    if (!strcmp(setting->target, whole) && is_none(setting->value)) {
        early->none = true;
        early->own.count = 0;
    } else if (!strncmp(setting->target, whole, strlen(whole)) && setting->target[strlen(whole)] == '.') {
        early->none = false;
        list_add(arena, &early->own, *setting);
    } else {
        list_add(arena, &early->rest, *setting);
    }
}

static bool read_augment(Section *section) {
    if (!section_has(section, "augment")) return true;
    for (int i = 0; i < section->given.count; i++) {
        const Given *given = &section->given.items[i];
        if (strcmp(given->name, "augment") || is_none(given->value)) continue;
        Diagnostic *diagnostic =
            scope_error(&section->scope, E0601, given->value->span, "augmentation is not built yet");
        diagnostic_help(diagnostic, "train without it for now: `augment = none`");
        section->good = false;
    }
    return section->good;
}

static void read_precision(Section *section, TrainConfig *config) {
    const char *word = NULL;
    if (!section_word(section, "precision", &word)) return;
    config->bf16 = !strcmp(word, "bf16");
    for (int i = 0; i < section->given.count; i++)
        if (!strcmp(section->given.items[i].name, "precision"))
            config->precision_span = section->given.items[i].value->span;
}

static bool check_schedule(const Section *section, const Bound *schedule, const DataConfig *data) {
    if (strcmp(schedule->op->name, "on_plateau")) return true;
    return check_validation(&section->scope, data, "val.loss", false, schedule->span);
}

bool train_configure(const Scope *scope, const Declaration *train, const Settings *settings,
                     const DataConfig *data, TrainConfig *config) {
    static const char *const sections[] = {"early_stop", "phase", NULL};
    Arena *arena = scope->study->arena;
    Scope own = *scope;
    own.file = train->file;
    *config = (TrainConfig){.name = train->name};
    Section section = section_open(&own, &train_properties, train->item->header);
    EarlySettings early = {0};
    for (int i = 0; i < settings->count; i++) divide_setting(arena, &early, &settings->items[i]);
    section_add_items(&section, &train->item->items, sections);
    section_add_settings(&section, &early.rest, "train.");
    section_call(&section, "loss", &config->loss);
    section_call(&section, "optimizer", &config->optimizer);
    if (section_call(&section, "schedule", &config->schedule)) {
        section.good &= check_schedule(&section, &config->schedule, data);
    }
    section_whole(&section, "batch", &config->batch);
    section_whole(&section, "epochs", &config->epochs);
    read_precision(&section, config);
    read_augment(&section);
    const Item *part = part_of(&own, train->item, &section.good);
    if (early.none) part = NULL;
    if (part || early.own.count)
        section.good &= read_early_stop(&own, part, &early.own, data, &config->early_stop);
    return section.good;
}
