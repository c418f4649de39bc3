// Every configuration of the examples and the studies, for tests of what holds for all of them. Tests run at
// the repository's root.
#ifndef TESTS_IR_CONFIGURATIONS_H
#define TESTS_IR_CONFIGURATIONS_H

#include "resolve/scope.h"
#include "resolve/study.h"

#include <glob.h>
#include <stdio.h>
#include <string.h>

typedef void UseConfiguration(const char *name, Configuration *configuration);

// An experiment's runs; seeds share one configuration.
static inline int use_experiment(Study *study, const char *path, const char *experiment,
                                 UseConfiguration *use) {
    Runs runs = study_runs(study, experiment, 0, NULL, 1, 1, 0, NULL);
    for (int i = 0; i < runs.count; i++)
        use(arena_printf(study->arena, "%s: %s", path, runs.items[i].name), runs.items[i].configuration);
    return runs.count;
}

static inline int use_study(const char *path, UseConfiguration *use) {
    Arena *arena = arena_new();
    Diagnostics *diagnostics = diagnostics_new(arena);
    Study *study = study_open(arena, path, "models/zoo", diagnostics);
    int count = 0;
    for (int i = 0; study && i < study->declarations.count; i++) {
        const Declaration *declaration = study->declarations.items[i];
        if (declaration->file != study_root(study)) continue;
        if (declaration->kind == DECLARATION_EXPERIMENT)
            count += use_experiment(study, path, declaration->name, use);
        if (declaration->kind != DECLARATION_MODEL) continue;
        Configuration *configuration = study_configure(study, declaration->name, NULL, 0, NULL);
        if (configuration) use(arena_printf(arena, "%s: %s", path, declaration->name), configuration);
        count += configuration != NULL;
    }
    if (diagnostics_errors(diagnostics) > 0) diagnostics_print(diagnostics, stderr, false);
    arena_free(arena);
    return count;
}

// Returns how many there were.
static inline int use_all_configurations(UseConfiguration *use) {
    static const char *const patterns[] = {"examples/*.cnn", "models/studies/*/*.cnn"};
    int count = 0;
    for (int p = 0; p < 2; p++) {
        glob_t found;
        if (glob(patterns[p], 0, NULL, &found) != 0) continue;
        for (size_t i = 0; i < found.gl_pathc; i++) count += use_study(found.gl_pathv[i], use);
        globfree(&found);
    }
    return count;
}

#endif
