// `cnnc bench --emit-kernels DIR`: every kernel variant of a model as a C file of its own, for people who
// study kernels.
#include "base/file.h"
#include "build_config.h"
#include "commands/measure.h"

#include <ctype.h>
#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char makefile[] = "# Builds every kernel of this folder; `make run` checks and times them all. "
                               "CC and CFLAGS choose the compiler.\n"
                               "CFLAGS ?= -O2 -march=native\n"
                               "PROGRAMS := $(basename $(wildcard *.c))\n\n"
                               ".PHONY: all run clean\n"
                               "%_blas: LDLIBS += -lopenblas\n"
                               "all: $(PROGRAMS)\n"
                               "%: %.c\n"
                               "\t$(CC) -std=gnu11 -Wall -Wextra $(CFLAGS) -Ikernels $< -o $@ $(LDLIBS) -lm\n"
                               "run: all\n"
                               "\tfor program in $(PROGRAMS); do ./$$program || exit 1; done\n"
                               "clean:\n"
                               "\trm -f $(PROGRAMS)\n";

// Adds a file's content; false and errno if it cannot be read.
static bool add_file(const char *path, Text *text) {
    FILE *file = fopen(path, "rb");
    char buffer[65536];
    size_t count;
    if (!file) return false;
    while ((count = fread(buffer, 1, sizeof buffer, file)) > 0) text_add_bytes(text, buffer, count);
    bool fine = !ferror(file);
    fclose(file);
    return fine;
}

static bool write_file(const char *path, const Text *text) {
    if (file_write(path, text)) return true;
    fprintf(stderr, "cnnc bench: cannot write %s: %s\n", path, strerror(errno));
    return false;
}

static bool make_folder(const char *folder) {
    if (file_make_folders(folder)) return true;
    fprintf(stderr, "cnnc bench: cannot make the folder %s: %s\n", folder, strerror(errno));
    return false;
}

// ROOT/kernels/PLACE to FOLDER/kernels/PLACE.
static bool copy_header(Arena *arena, const char *path, const char *place, const char *folder) {
    Text text = {0};
    const char *copy = arena_printf(arena, "%s/kernels/%s", folder, place);
    const char *parent = arena_copy(arena, copy, (size_t)(strrchr(copy, '/') - copy));
    bool fine = add_file(path, &text);
    if (!fine) fprintf(stderr, "cnnc bench: cannot read %s: %s\n", path, strerror(errno));
    fine = fine && make_folder(parent) && write_file(copy, &text);
    text_free(&text);
    return fine;
}

// All headers: what a kernel includes is beside it.
static bool copy_headers(Arena *arena, const char *folder) {
    const char *root = build_root(arena);
    if (!root) return false;
    const char *kernels = arena_printf(arena, "%s/kernels/", root);
    glob_t found = {0};
    bool fine = glob(arena_printf(arena, "%s*.h", kernels), 0, NULL, &found) == 0 &&
                glob(arena_printf(arena, "%s*/*.h", kernels), GLOB_APPEND, NULL, &found) == 0;
    if (!fine) fprintf(stderr, "cnnc bench: there are no kernels in %s\n", kernels);
    for (size_t i = 0; i < found.gl_pathc && fine; i++)
        fine = copy_header(arena, found.gl_pathv[i], found.gl_pathv[i] + strlen(kernels), folder);
    globfree(&found);
    return fine;
}

// "conv_forward 28x28x1 to 26x26x32, window 3x3" -> "conv_forward_28x28x1_to_26x26x32_window_3x3".
static const char *file_name(Arena *arena, const char *name) {
    char *copy = arena_copy(arena, name, strlen(name)), *to = copy;
    for (const char *at = name; *at; at++) {
        bool plain = isalnum((unsigned char)*at) || *at == '_';
        if (plain || (to > copy && to[-1] != '_')) *to++ = plain ? *at : '_';
    }
    *to = '\0';
    return copy;
}

// The name of a use; uses that differ in their epilogues alone are numbered.
static const char *use_name(Arena *arena, const KernelUses *uses, int number) {
    const char *name = file_name(arena, measure_name(arena, uses->items[number].kernel));
    int same = 1;
    for (int i = 0; i < number; i++)
        same += strcmp(file_name(arena, measure_name(arena, uses->items[i].kernel)), name) == 0;
    return same == 1 ? name : arena_printf(arena, "%s_%d", name, same);
}

static const char *head_of(Arena *arena, const Measurement *measurement, const KernelUse *use, int variant,
                           const char *name, const char *command) {
    const char *layers = "";
    for (int i = 0; i < use->layers.count; i++)
        layers = arena_printf(arena, "%s%s%s", layers, i ? ", " : "", use->layers.items[i]);
    const KernelVariant *row = &use->variants.items[variant];
    const char *libraries = strncmp(row->file, "blas/", 5) == 0 ? "-lopenblas -lm" : "-lm";
    return arena_printf(
        arena,
        "// Written by cnnc %s: %s\n"
        "// %s, variant %s: kernels/%s, as the layers %s of model %s have it.\n"
        "// Checks it against the reference on random data, and times it on one thread:\n"
        "//   cc -std=gnu11 -O2 -march=native -Wall -Wextra -Ikernels %s.c -o %s %s && ./%s [SECONDS]\n",
        CNNC_VERSION, command, measure_name(arena, use->kernel), row->variant, row->file, layers,
        measurement->configuration->model, name, name, libraries, name);
}

static bool emit_use(Arena *arena, const Measurement *measurement, int number, const char *command,
                     const char *folder) {
    const KernelUse *use = &measurement->uses.items[number];
    for (int v = 0; v < use->variants.count; v++) {
        const char *name = arena_printf(arena, "%s_%s", use_name(arena, &measurement->uses, number),
                                        use->variants.items[v].variant);
        Text text = {0};
        text_add(&text, measure_alone(arena, use, v, head_of(arena, measurement, use, v, name, command)));
        bool fine = write_file(arena_printf(arena, "%s/%s.c", folder, name), &text);
        text_free(&text);
        if (!fine) return false;
    }
    return true;
}

bool measure_emit(Arena *arena, const Measurement *measurement, const char *command, const char *folder) {
    Text text = {0};
    text_add(&text, makefile);
    bool fine = make_folder(folder) && copy_headers(arena, folder) &&
                write_file(arena_printf(arena, "%s/Makefile", folder), &text);
    text_free(&text);
    for (int i = 0; i < measurement->uses.count && fine; i++)
        fine = emit_use(arena, measurement, i, command, folder);
    return fine;
}
