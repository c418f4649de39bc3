#include "commands/commands.h"
#include "build/tuning.h"
#include "passes/technique.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const Option *find_option(const Option *options, int count, const char *word, size_t length) {
    for (int i = 0; i < count; i++)
        if (strlen(options[i].name) == length && strncmp(options[i].name, word, length) == 0)
            return &options[i];
    return NULL;
}

static bool unknown_option(Arena *arena, const char *command, const char *word, const Option *options,
                           int count) {
    const char **names = NEW_ARRAY(arena, const char *, count + 1);
    for (int i = 0; i < count; i++) names[i] = options[i].name;
    const char *closest = closest_word(word, names);
    fprintf(stderr, "cnnc %s: there is no option %s", command, word);
    if (closest) fprintf(stderr, "; did you mean %s?", closest);
    fprintf(stderr, "\n");
    return false;
}

bool read_options(Arena *arena, int argc, char **argv, const Option *options, int option_count,
                  Strings *rest) {
    bool only_rest = false;
    for (int i = 1; i < argc; i++) {
        const char *word = argv[i];
        if (only_rest || word[0] != '-' || word[1] == '\0') {
            list_add(arena, rest, word);
            continue;
        }
        if (strcmp(word, "--") == 0) {
            only_rest = true;
            continue;
        }
        size_t length = strcspn(word, "=");
        const Option *option = find_option(options, option_count, word, length);
        if (!option) return unknown_option(arena, argv[0], word, options, option_count);
        if (option->flag) {
            *option->flag = true;
            continue;
        }
        const char *value = word[length] == '=' ? word + length + 1 : i + 1 < argc ? argv[++i] : NULL;
        if (!value) {
            fprintf(stderr, "cnnc %s: %s needs a value\n", argv[0], option->name);
            return false;
        }
        if (option->value)
            *option->value = value;
        else
            list_add(arena, option->values, value);
    }
    return true;
}

Study *open_study(Arena *arena, const char *path, Diagnostics **diagnostics) {
    const char *root = build_root(arena);
    const char *zoo = root ? arena_printf(arena, "%s/models/zoo", root) : NULL;
    *diagnostics = diagnostics_new(arena);
    return study_open(arena, path, zoo, *diagnostics);
}

bool colour_wanted(int file) {
    const char *none = getenv("NO_COLOR");
    return isatty(file) && !(none && *none);
}

int report(const Diagnostics *diagnostics) {
    diagnostics_print(diagnostics, stderr, colour_wanted(STDERR_FILENO));
    return diagnostics_errors(diagnostics) > 0 ? EXIT_USER : EXIT_FINE;
}

bool read_overrides(Arena *arena, const Strings *settings, Override **overrides) {
    *overrides = NEW_ARRAY(arena, Override, settings->count);
    for (int i = 0; i < settings->count; i++) {
        const char *setting = settings->items[i], *equals = strchr(setting, '=');
        if (!equals || equals == setting) {
            fprintf(stderr, "cnnc: --set %s: write it as --set NAME=VALUE\n", setting);
            return false;
        }
        (*overrides)[i].path = arena_copy(arena, setting, (size_t)(equals - setting));
        (*overrides)[i].value = equals + 1;
    }
    return true;
}

bool read_policy(Arena *arena, const char *variant_set, const char *records, const BuildOptions *building,
                 const char *compiler, KernelPolicy *policy, int *code) {
    const char *wrong = variant_set ? kernel_policy_force(arena, policy, variant_set) : NULL;
    if (wrong) {
        fprintf(stderr, "cnnc: --variant-set %s: %s\n", variant_set, wrong);
        *code = EXIT_USAGE;
        return false;
    }
    TuningKey key = tuning_key(arena, building, compiler);
    if (tuning_load(arena, records, &key, policy)) return true;
    *code = EXIT_USER;
    return false;
}

static bool unknown_technique(const char *command, const char *name, size_t length) {
    fprintf(stderr, "cnnc %s: --without %.*s: there is no such technique; it may be", command, (int)length,
            name);
    for (int i = 0; i < TECHNIQUE_COUNT; i++) fprintf(stderr, "%s %s", i ? "," : "", technique_rows[i].name);
    fprintf(stderr, "\n");
    return false;
}

bool read_without(const char *command, const Strings *names, uint64_t *without) {
    for (int i = 0; i < names->count; i++)
        for (const char *at = names->items[i];; at++) {
            size_t length = strcspn(at, ",");
            int technique = technique_find(at, length);
            if (technique < 0) return unknown_technique(command, at, length);
            *without |= technique_bit((Technique)technique);
            at += length;
            if (!*at) break;
        }
    return true;
}

const char *command_line(Arena *arena, int argc, char **argv) {
    const char *line = "cnnc";
    for (int i = 0; i < argc; i++) line = arena_printf(arena, "%s %s", line, argv[i]);
    return line;
}

Configuration *configure_one(Arena *arena, const char *path, const char *model, const char *variant,
                             const Strings *settings, int *code) {
    Diagnostics *diagnostics;
    Override *overrides;
    if (!read_overrides(arena, settings, &overrides)) {
        *code = EXIT_USAGE;
        return NULL;
    }
    Study *study = open_study(arena, path, &diagnostics);
    Configuration *configuration = NULL;
    if (study && diagnostics_errors(diagnostics) == 0)
        configuration = study_configure(study, model, variant, settings->count, overrides);
    *code = report(diagnostics);
    return *code == EXIT_FINE ? configuration : NULL;
}
