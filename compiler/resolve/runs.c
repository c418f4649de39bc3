#include "base/text.h"
#include "resolve/configure.h"
#include <string.h>

// --- which experiment ---
static Diagnostic *command_error(Study *study, Code code, const char *message) {
    return diagnose(study->diagnostics, SEVERITY_ERROR, code, (Span){0}, "%s", message);
}

static const Declaration *find_declared(Study *study, DeclarationKind kind, const char *name) {
    return study_expect(study, study_root(study), kind, name, (Span){0});
}

// Whether the experiment, or one of its variants, names the model; or names none, and it is the only one.
static bool concerns(Study *study, const Experiment *experiment, const Declaration *model) {
    bool named = false;
    for (int i = -1; i < experiment->variants.count; i++) {
        const Settings *settings = i < 0 ? &experiment->settings : &experiment->variants.items[i].settings;
        const Setting *setting = settings_last(settings, "experiment.model");
        if (!setting || setting->value->kind != EXPR_NAME) continue;
        named = true;
        if (!strcmp(setting->value->name, model->name)) return true;
    }
    return !named && study_declared(study, DECLARATION_MODEL).count == 1;
}

// The experiment that a model is configured by when no variant is named: the only one that concerns it.
static const Experiment *experiment_of(Study *study, const Declaration *model, const Settings *overrides) {
    Declared declared = study_declared(study, DECLARATION_EXPERIMENT);
    const Experiment *found = NULL;
    for (int i = 0; i < declared.count; i++) {
        if (declared.items[i]->file != study_root(study)) continue;
        const Experiment *experiment = experiment_read(study, declared.items[i], overrides);
        if (model && !concerns(study, experiment, model)) continue;
        if (found) return NULL;
        found = experiment;
    }
    return found;
}

// --- one configuration ---
// Finds "m3" or "EXPERIMENT/m3" among all experiments. False after an error.
static bool find_variant(Study *study, const char *name, const Settings *overrides,
                         const Experiment **experiment, const Variant **variant) {
    Arena *arena = study->arena;
    const char *slash = strchr(name, '/');
    const char *wanted = slash ? slash + 1 : name;
    List(const char *) names = {0};
    int found = 0;
    Declared declared = study_declared(study, DECLARATION_EXPERIMENT);
    for (int i = 0; i < declared.count; i++) {
        const char *experiment_name = declared.items[i]->name;
        size_t length = strlen(experiment_name);
        if (slash && ((size_t)(slash - name) != length || strncmp(name, experiment_name, length))) continue;
        const Experiment *candidate = experiment_read(study, declared.items[i], overrides);
        const char *const *variants = variant_names(arena, candidate);
        for (; *variants; variants++) list_add(arena, &names, *variants);
        if (!experiment_variant(candidate, wanted)) continue;
        found++;
        *experiment = candidate;
        *variant = experiment_variant(candidate, wanted);
    }
    if (found == 1) return true;
    list_add(arena, &names, NULL);
    Diagnostic *diagnostic = command_error(
        study, E0511,
        arena_printf(arena, found ? "several experiments have a variant `%s`" : "there is no variant `%s`",
                     name));
    if (found) diagnostic_help(diagnostic, "say which: EXPERIMENT/%s", wanted);
    if (!found) diagnostic_suggest(diagnostic, wanted, names.items);
    return false;
}

Configuration *study_configure(Study *study, const char *model, const char *variant, int override_count,
                               const Override *overrides) {
    Settings settings = {0};
    bool good = settings_add_overrides(study, override_count, overrides, &settings);
    const Declaration *declared = model ? find_declared(study, DECLARATION_MODEL, model) : NULL;
    if (!good || (model && !declared)) return NULL;
    const Experiment *experiment = NULL;
    const Variant *found = NULL;
    if (variant) {
        if (!find_variant(study, variant, &settings, &experiment, &found)) return NULL;
    } else {
        experiment = experiment_of(study, declared, &settings);
    }
    Choice choice = {.settings = settings};
    if (experiment) choice = variant_choice(study, experiment, found, &settings);
    choice.model = declared;
    if (experiment && (!experiment->good || (found && !found->good))) return NULL;
    return configure(study, &choice);
}

// --- runs ---
static bool wanted(const char *name, int only_count, const char *const *only) {
    for (int i = 0; i < only_count; i++) {
        if (!strcmp(only[i], name)) return true;
    }
    return only_count == 0;
}

static void check_only(Study *study, const Experiment *experiment, int only_count, const char *const *only) {
    for (int i = 0; i < only_count; i++) {
        if (experiment_variant(experiment, only[i])) continue;
        Diagnostic *diagnostic =
            command_error(study, E0511,
                          arena_printf(study->arena, "experiment `%s` has no variant `%s`",
                                       experiment->declaration->name, only[i]));
        diagnostic_suggest(diagnostic, only[i], variant_names(study->arena, experiment));
    }
}

typedef struct Printed {
    const char *text, *variant;
} Printed;
typedef List(Printed) PrintedList;

// Whether a configuration that resolves to the same file is there already; says so.
static bool is_repeated(Study *study, PrintedList *printed, const Configuration *configuration,
                        const Variant *variant) {
    Text text = {0};
    configuration_print(configuration, &text);
    const char *copy = arena_copy(study->arena, text_string(&text), text.length);
    text_free(&text);
    for (int i = 0; i < printed->count; i++) {
        if (strcmp(printed->items[i].text, copy)) continue;
        diagnose(study->diagnostics, SEVERITY_NOTE, W0707, variant->item ? variant->item->header : (Span){0},
                 "variant `%s` is the same as `%s`, and is not run again", variant->name,
                 printed->items[i].variant);
        return true;
    }
    list_add(study->arena, printed, ((Printed){copy, variant->name}));
    return false;
}

static void add_runs(Study *study, Runs *runs, const Experiment *experiment, Configuration *configuration,
                     const char *variant, int64_t first_seed, int64_t last_seed) {
    const char *experiment_name = experiment ? experiment->declaration->name : NULL;
    bool own = first_seed > last_seed;
    int64_t count = !own ? last_seed - first_seed + 1 : experiment ? experiment->seeds.count : 1;
    for (int64_t i = 0; i < count; i++) {
        int64_t seed = !own ? first_seed + i : experiment ? experiment->seeds.items[i] : 1;
        const char *owner = experiment_name ? experiment_name : configuration->model;
        Run run = {.name = arena_printf(study->arena, "%s/%s/seed%lld", owner, variant, (long long)seed),
                   .experiment = experiment_name,
                   .variant = variant,
                   .seed = seed,
                   .configuration = configuration};
        list_add(study->arena, runs, run);
    }
}

static Runs experiment_runs(Study *study, const Experiment *experiment, int only_count,
                            const char *const *only, int64_t first_seed, int64_t last_seed,
                            const Settings *overrides) {
    Runs runs = {0};
    PrintedList printed = {0};
    check_only(study, experiment, only_count, only);
    for (int i = 0; experiment->good && i < experiment->variants.count; i++) {
        const Variant *variant = &experiment->variants.items[i];
        if (!variant->good || !wanted(variant->name, only_count, only)) continue;
        Choice choice = variant_choice(study, experiment, variant, overrides);
        Configuration *configuration = configure_or_skip(study, experiment, &choice);
        if (!configuration || is_repeated(study, &printed, configuration, variant)) continue;
        add_runs(study, &runs, experiment, configuration, variant->name, first_seed, last_seed);
    }
    return runs;
}

Runs study_runs(Study *study, const char *experiment, int only_count, const char *const *only,
                int64_t first_seed, int64_t last_seed, int override_count, const Override *overrides) {
    Runs runs = {0};
    Settings settings = {0};
    if (!settings_add_overrides(study, override_count, overrides, &settings)) return runs;
    Declared declared = study_declared(study, DECLARATION_EXPERIMENT);
    if (experiment || declared.count) {
        const Declaration *chosen = experiment ? find_declared(study, DECLARATION_EXPERIMENT, experiment)
                                    : declared.count == 1 ? declared.items[0]
                                                          : NULL;
        if (!chosen && !experiment) {
            Diagnostic *diagnostic = command_error(study, E0511, "which experiment to run is not said");
            for (int i = 0; i < declared.count; i++)
                diagnostic_note(diagnostic, "the file has `%s`", declared.items[i]->name);
        }
        if (!chosen) return runs;
        return experiment_runs(study, experiment_read(study, chosen, &settings), only_count, only, first_seed,
                               last_seed, &settings);
    }
    Choice choice = {.settings = settings};
    Configuration *configuration = configure(study, &choice);
    if (configuration && only_count && !wanted("base", only_count, only)) {
        command_error(study, E0511,
                      arena_printf(study->arena, "the file has no experiment, so no variant `%s`", only[0]));
    } else if (configuration) {
        add_runs(study, &runs, NULL, configuration, "base", first_seed, last_seed);
    }
    return runs;
}
