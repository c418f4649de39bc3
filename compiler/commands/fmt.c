// `cnnc fmt [--check] FILE...`: files in the canonical layout.
#include "base/file.h"
#include "commands/commands.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static bool replace_file(const char *path, const Text *text) {
    if (file_write(path, text)) return true;
    fprintf(stderr, "cnnc fmt: cannot write %s: %s\n", path, strerror(errno));
    return false;
}

static int format_file(Arena *arena, const char *path, bool check) {
    Source *source = source_read(arena, path);
    if (!source) {
        fprintf(stderr, "cnnc fmt: cannot read %s: %s\n", path, strerror(errno));
        return EXIT_USER;
    }
    Diagnostics *diagnostics = diagnostics_new(arena);
    Tree *tree = parse(arena, source, diagnostics);
    if (report(diagnostics) != EXIT_FINE) return EXIT_USER;
    Text text = {0};
    tree_print(tree, &text);
    bool same = text.length == source->length && memcmp(text_string(&text), source->text, text.length) == 0;
    int code = EXIT_FINE;
    if (!same && check) {
        printf("%s\n", path);
        code = EXIT_USER;
    } else if (!same && !replace_file(path, &text))
        code = EXIT_USER;
    text_free(&text);
    return code;
}

static int format_files(Arena *arena, int argc, char **argv) {
    Strings files = {0};
    bool check = false;
    int code = EXIT_FINE;
    const Option options[] = {{.name = "--check", .flag = &check}};
    if (!read_options(arena, argc, argv, options, 1, &files)) return EXIT_USAGE;
    if (files.count == 0) {
        fprintf(stderr, "usage: cnnc fmt [--check] FILE...\n");
        return EXIT_USAGE;
    }
    for (int i = 0; i < files.count; i++)
        if (format_file(arena, files.items[i], check) != EXIT_FINE) code = EXIT_USER;
    return code;
}

int command_fmt(int argc, char **argv) {
    Arena *arena = arena_new();
    int code = format_files(arena, argc, argv);
    arena_free(arena);
    return code;
}
