// `cnnc prepare`: the kernels that depend on no network, compiled ahead for this machine's compiler.
#include "commands/commands.h"
#include "emit/target.h"

#include <stdio.h>
#include <string.h>

int command_prepare(int argc, char **argv) {
    Arena *arena = arena_new();
    Strings rest = {0};
    const char *real = NULL, *march = NULL;
    const Option options[] = {{.name = "--real", .value = &real}, {.name = "--march", .value = &march}};
    int code = EXIT_USAGE;
    if (read_options(arena, argc, argv, options, 2, &rest)) {
        if (rest.count > 0 || (real && strcmp(real, "f32") != 0 && strcmp(real, "f64") != 0))
            fprintf(stderr, "usage: cnnc prepare [--real f32|f64] [--march NAME]\n");
        else {
            BuildOptions building = {.double_precision = real && strcmp(real, "f64") == 0,
                                     .march = march ? march : "native"};
            EmittedFiles files = c_common_kernels(arena, building.double_precision);
            code = build_prepare(arena, files.count, files.items, &building) ? EXIT_FINE : EXIT_USER;
        }
    }
    arena_free(arena);
    return code;
}
