// `cnnc check FILE [--json]`: all errors of a file.
#include "commands/check.h"
#include "commands/commands.h"

#include <stdio.h>
#include <unistd.h>

int check_text(const char *text, size_t length) {
    Arena *arena = arena_new();
    Diagnostics *diagnostics = diagnostics_new(arena);
    Study *study = study_open_text(arena, "input.cnn", text, length, NULL, diagnostics);
    if (study) study_check(study);
    int errors = diagnostics_errors(diagnostics);
    arena_free(arena);
    return errors;
}

static int check_file(Arena *arena, int argc, char **argv) {
    Diagnostics *diagnostics;
    Strings files = {0};
    bool json = false;
    const Option options[] = {{.name = "--json", .flag = &json}};
    if (!read_options(arena, argc, argv, options, 1, &files)) return EXIT_USAGE;
    if (files.count != 1) {
        fprintf(stderr, "usage: cnnc check FILE [--json]\n");
        return EXIT_USAGE;
    }
    Study *study = open_study(arena, files.items[0], &diagnostics);
    if (study) study_check(study);
    int code = diagnostics_errors(diagnostics) > 0 ? EXIT_USER : EXIT_FINE;
    if (json)
        diagnostics_print_json(diagnostics, stdout);
    else
        report(diagnostics);
    if (!json && code == EXIT_FINE) printf("%s: no errors\n", files.items[0]);
    return code;
}

int command_check(int argc, char **argv) {
    Arena *arena = arena_new();
    int code = check_file(arena, argc, argv);
    arena_free(arena);
    return code;
}
