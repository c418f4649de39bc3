#include "resolve/setting.h"
#include "resolve/evaluate.h"
#include "resolve/property.h"
#include <string.h>

// Prefixes of paths into a train section's parts, which may stand without `train.`.
static const char *const train_parts[] = {"optimizer", "loss", "schedule", "early_stop", NULL};

static bool starts_with(const char *path, const char *head) {
    size_t length = strlen(head);
    return !strncmp(path, head, length) && path[length] == '.';
}

static bool in_words(const char *word, const char *const *words) {
    for (; *words; words++) {
        if (!strcmp(word, *words)) return true;
    }
    return false;
}

// The part of a path before its first dot.
static const char *path_head(Arena *arena, const char *path) {
    return arena_copy(arena, path, strcspn(path, "."));
}

static bool is_train_property(const char *head) {
    return property_find(&train_properties, head) || !strcmp(head, "early_stop");
}

// What could have been meant by an unknown path.
static void suggest_setting(Study *study, const StudyFile *file, Diagnostic *diagnostic, const char *path) {
    static const char *const paths[] = {
        "optimizer.lr",       "optimizer.momentum",   "optimizer.weight_decay", "early_stop.patience",
        "early_stop.monitor", "early_stop.min_delta", "early_stop.restore",     "loss.label_smoothing",
        "dataset.val",        "dataset.seed",         "dataset.source"};
    Arena *arena = study->arena;
    const char *known = property_elsewhere("experiment", path);
    if (!known && strchr(path, '.')) {
        const char *last = strrchr(path, '.') + 1;
        known = property_elsewhere(starts_with(path, "dataset") ? "dataset" : "train", last);
    }
    if (known) {
        diagnostic_help(diagnostic, "%s", known);
        return;
    }
    List(const char *) names = {0};
    const char *const *params = study_names(study, file, DECLARATION_PARAM);
    for (; *params; params++) list_add(arena, &names, *params);
    const PropertyTable *const tables[] = {&train_properties, &experiment_properties};
    for (int i = 0; i < 2; i++) {
        const char *const *rows = property_names(arena, tables[i]);
        for (; *rows; rows++) list_add(arena, &names, *rows);
    }
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) list_add(arena, &names, paths[i]);
    list_add(arena, &names, NULL);
    if (closest_word(path, names.items)) {
        diagnostic_suggest(diagnostic, path, names.items);
    } else if (strchr(path, '.')) {
        diagnostic_help(diagnostic,
                        "settings are params, and properties such as `batch`, `optimizer.lr`, `dataset.val`; "
                        "a layer's arguments change only through params");
    } else {
        diagnostic_help(diagnostic, "declare it, `param %s = ...`, and use it in the model", path);
    }
}

// A path without a prefix that says where it belongs: a param, else a property of train, else of the
// experiment.
static const char *resolve_bare(Study *study, const StudyFile *file, const char *path, Span span) {
    Arena *arena = study->arena;
    const Declaration *declared = study_find(study, file, path);
    bool param = declared && declared->kind == DECLARATION_PARAM;
    const char *section = is_train_property(path)                       ? "train"
                          : property_find(&experiment_properties, path) ? "experiment"
                                                                        : NULL;
    if (param && section) {
        Diagnostic *diagnostic = diagnose(study->diagnostics, SEVERITY_ERROR, E0509, span,
                                          "`%s` is a param and a property of `%s`", path, section);
        diagnostic_label(diagnostic, declared->item->name_span, "the param");
        diagnostic_help(diagnostic, "write `param.%s` or `%s.%s`", path, section, path);
        return NULL;
    }
    if (param) return arena_printf(arena, "param.%s", path);
    if (section) return arena_printf(arena, "%s.%s", section, path);
    Diagnostic *diagnostic =
        diagnose(study->diagnostics, SEVERITY_ERROR, E0508, span, "unknown setting `%s`", path);
    suggest_setting(study, file, diagnostic, path);
    return NULL;
}

// Whether a section's table has the property at the head of the rest of a path; says so if not.
static bool check_property(Study *study, const PropertyTable *table, const char *rest, Span span) {
    const char *head = path_head(study->arena, rest);
    bool train = table == &train_properties;
    if (property_find(table, head) || (train && !strcmp(head, "early_stop"))) return true;
    Diagnostic *diagnostic = diagnose(study->diagnostics, SEVERITY_ERROR, E0508, span,
                                      "`%s` has no property `%s`", table->section, head);
    const char *known = property_elsewhere(table->section, head);
    if (known) {
        diagnostic_help(diagnostic, "%s", known);
    } else {
        diagnostic_suggest(diagnostic, head, property_names(study->arena, table));
    }
    return false;
}

static const char *resolve_dotted(Study *study, const StudyFile *file, const char *path, Span span) {
    Arena *arena = study->arena;
    const char *head = path_head(arena, path), *rest = strchr(path, '.') + 1;
    if (!strcmp(head, "param")) {
        return study_expect(study, file, DECLARATION_PARAM, rest, span) ? path : NULL;
    }
    if (!strcmp(head, "train")) return check_property(study, &train_properties, rest, span) ? path : NULL;
    if (!strcmp(head, "dataset")) return check_property(study, &dataset_properties, rest, span) ? path : NULL;
    if (!strcmp(head, "experiment")) {
        return check_property(study, &experiment_properties, rest, span) ? path : NULL;
    }
    if (in_words(head, train_parts)) return arena_printf(arena, "train.%s", path);
    Diagnostic *diagnostic =
        diagnose(study->diagnostics, SEVERITY_ERROR, E0508, span, "unknown setting `%s`", path);
    suggest_setting(study, file, diagnostic, path);
    return NULL;
}

bool setting_resolve(Study *study, const StudyFile *file, const char *path, Span span, const Expr *value,
                     Setting *setting) {
    const char *target =
        strchr(path, '.') ? resolve_dotted(study, file, path, span) : resolve_bare(study, file, path, span);
    if (!target) return false;
    *setting = (Setting){.target = target, .written = path, .span = span, .value = value, .file = file};
    if (starts_with(target, "param")) setting->param = study_find(study, file, target + strlen("param."));
    return true;
}

static bool add_setting(Study *study, const StudyFile *file, const Item *item, Settings *settings,
                        int first) {
    Setting setting;
    if (!setting_resolve(study, file, item->name, item->name_span, item->value, &setting)) return false;
    for (int i = first; i < settings->count; i++) {
        if (strcmp(settings->items[i].target, setting.target)) continue;
        Diagnostic *diagnostic = diagnose(study->diagnostics, SEVERITY_ERROR, E0502, item->name_span,
                                          "`%s` is given twice", item->name);
        diagnostic_label(diagnostic, settings->items[i].span, "first here");
        return false;
    }
    list_add(study->arena, settings, setting);
    return true;
}

bool settings_add_items(Study *study, const StudyFile *file, const Items *items, Settings *settings) {
    bool good = true;
    int first = settings->count;
    for (int i = 0; i < items->count; i++) {
        const Item *item = items->items[i];
        if (item->kind != ITEM_PROPERTY) continue;
        if (!strcmp(item->name, "base")) {
            diagnose(study->diagnostics, SEVERITY_ERROR, E0601, item->span,
                     "a base made from another experiment is not built yet");
            good = false;
        } else {
            good &= add_setting(study, file, item, settings, first);
        }
    }
    return good;
}

// Reads one NAME=VALUE by the language's own grammar, from a text where it stands on a line of its own, so
// that messages about it show that line.
static const Item *parse_override(Study *study, const Override *override) {
    Arena *arena = study->arena;
    const char *text = arena_printf(arena, "variant set {\n%s = %s\n}\n", override->path, override->value);
    const char *wrapped = arena_printf(arena, "experiment set {\n%s}\n", text);
    Source *source = source_from_text(arena, "--set", wrapped, strlen(wrapped));
    int errors = diagnostics_errors(study->diagnostics);
    const Tree *tree = parse(arena, source, study->diagnostics);
    if (diagnostics_errors(study->diagnostics) > errors) return NULL;
    const Item *variant = tree->items.count == 1 && tree->items.items[0]->items.count == 1
                              ? tree->items.items[0]->items.items[0]
                              : NULL;
    bool one = variant && variant->kind == ITEM_SECTION && variant->items.count == 1 &&
               variant->items.items[0]->kind == ITEM_PROPERTY;
    if (one) return variant->items.items[0];
    Diagnostic *diagnostic = diagnose(study->diagnostics, SEVERITY_ERROR, E0514, (Span){0},
                                      "--set %s=%s is not a setting", override->path, override->value);
    diagnostic_help(diagnostic, "write it as --set optimizer.lr=1e-3");
    return NULL;
}

bool settings_add_overrides(Study *study, int count, const Override *overrides, Settings *settings) {
    bool good = true;
    for (int i = 0; i < count; i++) {
        const Item *item = parse_override(study, &overrides[i]);
        Setting setting;
        if (item &&
            setting_resolve(study, study_root(study), item->name, item->name_span, item->value, &setting)) {
            list_add(study->arena, settings, setting);
        } else {
            good = false;
        }
    }
    return good;
}

const Setting *settings_last(const Settings *settings, const char *target) {
    for (int i = settings->count - 1; i >= 0; i--) {
        if (!strcmp(settings->items[i].target, target)) return &settings->items[i];
    }
    return NULL;
}

const char *settings_text(Arena *arena, const Settings *settings) {
    enum { LONGEST = 80 };
    Text text = {0};
    for (int i = 0; i < settings->count; i++) {
        if (text.length > LONGEST) {
            text_add(&text, ", ...");
            break;
        }
        text_printf(&text, "%s%s = ", i ? ", " : "", settings->items[i].written);
        expr_print(settings->items[i].value, &text);
    }
    const char *result = arena_copy(arena, text_string(&text), text.length);
    text_free(&text);
    return result;
}
