// Reads one file and says what the floors below `resolve` make of it:
//   driver FILE           the formatted file on stdout, messages on stderr; exit 1 if there are errors
//   driver --json FILE    the messages as JSON on stdout
#include "base/text.h"
#include "syntax/tree.h"
#include <string.h>

int main(int count, char **arguments) {
    bool json = count == 3 && !strcmp(arguments[1], "--json");
    if (count != 2 && !json) {
        fputs("usage: driver [--json] FILE\n", stderr);
        return 2;
    }
    const char *path = arguments[count - 1];
    Arena *arena = arena_new();
    Source *source = source_read(arena, path);
    if (!source) {
        perror(path);
        arena_free(arena);
        return 1;
    }
    const char *name = strrchr(path, '/');
    source->path = name ? name + 1 : path;
    Diagnostics *diagnostics = diagnostics_new(arena);
    Tree *tree = parse(arena, source, diagnostics);
    int errors = diagnostics_errors(diagnostics);
    if (json) {
        diagnostics_print_json(diagnostics, stdout);
    } else if (errors) {
        diagnostics_print(diagnostics, stderr, false);
    } else {
        Text text = {0};
        tree_print(tree, &text);
        fputs(text_string(&text), stdout);
        text_free(&text);
    }
    arena_free(arena);
    return errors > 0;
}
