#include "resolve/experiment.h"
#include "resolve/evaluate.h"
#include "resolve/section.h"
#include <string.h>

enum { MOST_SEEDS = 100000, LONGEST_CHAIN = 100, MOST_VARIANTS = 1000 };

const Variant *experiment_variant(const Experiment *experiment, const char *name) {
    for (int i = 0; i < experiment->variants.count; i++) {
        if (!strcmp(experiment->variants.items[i].name, name)) return &experiment->variants.items[i];
    }
    return NULL;
}

const char *const *variant_names(Arena *arena, const Experiment *experiment) {
    const char **names = NEW_ARRAY(arena, const char *, experiment->variants.count + 1);
    for (int i = 0; i < experiment->variants.count; i++) names[i] = experiment->variants.items[i].name;
    return names;
}

// --- variants ---
static bool is_variant(const Item *item) {
    return item->kind == ITEM_SECTION && !strcmp(item->keyword, "variant") && item->name;
}

static const Item *find_variant(const Items *items, const char *name) {
    for (int i = 0; i < items->count; i++) {
        if (is_variant(items->items[i]) && !strcmp(items->items[i]->name, name)) return items->items[i];
    }
    return NULL;
}

static Diagnostic *variant_error(Study *study, Span span, const char *name, const char *why) {
    return diagnose(study->diagnostics, SEVERITY_ERROR, E0510, span, "variant `%s` %s", name, why);
}

// What stands in a variant besides settings.
static bool check_variant_items(Study *study, const Item *variant) {
    bool good = true;
    for (int i = 0; i < variant->items.count; i++) {
        const Item *item = variant->items.items[i];
        if (item->kind == ITEM_PROPERTY) continue;
        Diagnostic *diagnostic =
            diagnose(study->diagnostics, SEVERITY_ERROR, E0504,
                     item->header.source ? item->header : item->span, "a variant holds settings only");
        diagnostic_help(diagnostic, "a setting is written `name = value`: `variant %s { batch = 64 }`",
                        variant->name);
        good = false;
    }
    return good;
}

// Settings that every variant of an experiment shares.
static bool check_variant_settings(Study *study, const Settings *settings, int first) {
    bool good = true;
    for (int i = first; i < settings->count; i++) {
        const char *target = settings->items[i].target;
        if (strcmp(target, "experiment.seeds") && strcmp(target, "experiment.invalid")) continue;
        Diagnostic *diagnostic = diagnose(study->diagnostics, SEVERITY_ERROR, E0504, settings->items[i].span,
                                          "`%s` belongs to the whole experiment", settings->items[i].written);
        diagnostic_help(diagnostic, "write it beside the variants, not in one");
        good = false;
    }
    return good;
}

// The settings of a variant after those of the variants it starts from. depth: how many started from it.
static bool collect_chain(Study *study, const StudyFile *file, const Items *items, const Item *variant,
                          int depth, Settings *settings) {
    if (depth > items->count || depth > LONGEST_CHAIN) {
        variant_error(study, variant->from_span, variant->name,
                      depth > items->count ? "starts, over others, from itself"
                                           : "starts from too long a chain of others");
        return false;
    }
    bool good = true;
    if (variant->from) {
        const Item *from = find_variant(items, variant->from);
        if (from) {
            good = collect_chain(study, file, items, from, depth + 1, settings);
        } else {
            List(const char *) names = {0};
            for (int i = 0; i < items->count; i++) {
                if (is_variant(items->items[i])) list_add(study->arena, &names, items->items[i]->name);
            }
            list_add(study->arena, &names, NULL);
            Diagnostic *diagnostic = diagnose(study->diagnostics, SEVERITY_ERROR, E0510, variant->from_span,
                                              "there is no variant `%s` in this experiment", variant->from);
            diagnostic_suggest(diagnostic, variant->from, names.items);
            good = false;
        }
    }
    int first = settings->count;
    good &= settings_add_items(study, file, &variant->items, settings);
    good &= check_variant_settings(study, settings, first);
    return check_variant_items(study, variant) && good;
}

static void add_variant(Study *study, Experiment *experiment, const Item *item) {
    const Declaration *declaration = experiment->declaration;
    if (experiment->variants.count == MOST_VARIANTS) {
        diagnose(study->diagnostics, SEVERITY_ERROR, E0406, declaration->item->header,
                 "experiment %s has over %d variants", declaration->name, MOST_VARIANTS);
        experiment->good = false;
        return;
    }
    const Variant *other = experiment_variant(experiment, item->name);
    if (other) {
        Diagnostic *diagnostic = variant_error(study, item->name_span, item->name, "is there already");
        diagnostic_label(diagnostic, other->item->name_span, "first here");
        experiment->good = false;
        return;
    }
    Variant variant = {.name = item->name, .item = item};
    variant.good =
        collect_chain(study, declaration->file, &declaration->item->items, item, 0, &variant.settings);
    list_add(study->arena, &experiment->variants, variant);
}

// --- the rest of the section ---
static void read_part(Study *study, Experiment *experiment, const Item *item) {
    static const char *const later[] = {"vary", "grid", "zip", "greedy", NULL};
    if (is_variant(item)) {
        add_variant(study, experiment, item);
        return;
    }
    experiment->good = false;
    for (int i = 0; item->kind == ITEM_SECTION && later[i]; i++) {
        if (strcmp(item->keyword, later[i])) continue;
        Diagnostic *diagnostic = diagnose(study->diagnostics, SEVERITY_ERROR, E0601, item->header,
                                          "`%s` is not built yet", later[i]);
        diagnostic_help(diagnostic, "write its combinations as variants for now");
        return;
    }
    Diagnostic *diagnostic =
        diagnose(study->diagnostics, SEVERITY_ERROR, E0504, item->header.source ? item->header : item->span,
                 "this can't stand in an experiment");
    diagnostic_help(diagnostic,
                    "an experiment holds settings, `batch = 64`, and variants, `variant m2 { batch = 64 }`");
}

static bool add_seed(const Scope *scope, Experiment *experiment, const Datum *value, const Property *row) {
    int64_t seed;
    if (!expect_whole(scope, value, "a seed", (int64_t)row->minimum, (int64_t)row->maximum, &seed))
        return false;
    for (int i = 0; i < experiment->seeds.count; i++) {
        if (experiment->seeds.items[i] != seed) continue;
        scope_error(scope, E0513, value->span, "the seed %lld is given twice", (long long)seed);
        return false;
    }
    list_add(scope->study->arena, &experiment->seeds, seed);
    return true;
}

static bool add_seed_range(const Scope *scope, Experiment *experiment, const Datum *range,
                           const Property *row) {
    int64_t ends[2];
    for (int i = 0; i < 2; i++) {
        if (!expect_whole(scope, &range->items[i].value, "a seed", (int64_t)row->minimum,
                          (int64_t)row->maximum, &ends[i]))
            return false;
    }
    if (ends[0] > ends[1] || ends[1] - ends[0] >= MOST_SEEDS) {
        Diagnostic *diagnostic =
            scope_error(scope, E0513, range->span, "%s seeds", ends[0] > ends[1] ? "no" : "too many");
        diagnostic_help(diagnostic, "a range goes upwards and has at most %d seeds: `seeds = 1..5`",
                        MOST_SEEDS);
        return false;
    }
    for (int64_t seed = ends[0]; seed <= ends[1]; seed++)
        list_add(scope->study->arena, &experiment->seeds, seed);
    return true;
}

static bool read_seeds(Section *section, Experiment *experiment) {
    const Property *row = property_find(&experiment_properties, "seeds");
    Datum value = section_value(section, "seeds");
    const Scope *scope = &section->scope;
    if (value.kind == DATUM_BAD) return false;
    if (value.kind == DATUM_RANGE) return add_seed_range(scope, experiment, &value, row);
    if (value.kind != DATUM_LIST) return add_seed(scope, experiment, &value, row);
    bool good = true;
    for (int i = 0; i < value.count; i++) good &= add_seed(scope, experiment, &value.items[i].value, row);
    if (!value.count) {
        Diagnostic *diagnostic = scope_error(scope, E0513, value.span, "no seeds");
        diagnostic_help(diagnostic, "write `seeds = 1..3`");
    }
    return good && value.count;
}

// The properties that are the experiment's own, seeds and invalid; model and train are looked up for each
// variant.
static bool read_own(Study *study, Experiment *experiment, const Settings *overrides) {
    const Declaration *declaration = experiment->declaration;
    Scope scope = scope_of_file(study, declaration->file, NULL);
    Section section = section_open(&scope, &experiment_properties, declaration->item->header);
    section_add_settings(&section, &experiment->settings, "experiment.");
    section_add_settings(&section, overrides, "experiment.");
    const char *invalid = "error";
    bool good = read_seeds(&section, experiment);
    section_word(&section, "invalid", &invalid);
    experiment->skip_invalid = !strcmp(invalid, "skip");
    return good && section.good;
}

Experiment *experiment_read(Study *study, const Declaration *declaration, const Settings *overrides) {
    Experiment *experiment = NEW(study->arena, Experiment);
    const Items *items = &declaration->item->items;
    experiment->declaration = declaration;
    experiment->good = settings_add_items(study, declaration->file, items, &experiment->settings);
    for (int i = 0; i < items->count; i++) {
        if (items->items[i]->kind != ITEM_PROPERTY) read_part(study, experiment, items->items[i]);
    }
    if (!experiment->variants.count) {
        Variant base = {.name = "base", .good = true};
        list_add(study->arena, &experiment->variants, base);
    }
    experiment->good &= read_own(study, experiment, overrides);
    return experiment;
}
