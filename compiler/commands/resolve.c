// `cnnc resolve FILE [--variant V]`: the file with everything written out.
#include "commands/commands.h"

#include <stdio.h>

static int resolve_file(Arena *arena, int argc, char **argv) {
    Diagnostics *diagnostics;
    Strings files = {0}, settings = {0};
    const char *variant = NULL;
    Override *overrides;
    const Option options[] = {{.name = "--variant", .value = &variant},
                              {.name = "--set", .values = &settings}};
    if (!read_options(arena, argc, argv, options, 2, &files)) return EXIT_USAGE;
    if (files.count != 1 || !read_overrides(arena, &settings, &overrides)) {
        fprintf(stderr, "usage: cnnc resolve FILE [--variant V] [--set NAME=VALUE]\n");
        return EXIT_USAGE;
    }
    Text text = {0};
    Study *study = open_study(arena, files.items[0], &diagnostics);
    if (study) study_check(study);
    if (study && diagnostics_errors(diagnostics) == 0) {
        if (variant || settings.count > 0) {
            Configuration *configuration = study_configure(study, NULL, variant, settings.count, overrides);
            if (configuration) configuration_print(configuration, &text);
        } else
            study_print(study, &text);
    }
    int code = report(diagnostics);
    if (code == EXIT_FINE) fputs(text_string(&text), stdout);
    text_free(&text);
    return code;
}

int command_resolve(int argc, char **argv) {
    Arena *arena = arena_new();
    int code = resolve_file(arena, argc, argv);
    arena_free(arena);
    return code;
}
