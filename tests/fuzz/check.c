// libFuzzer's way in: whatever the bytes are, the compiler must answer with messages or a tree, and what it
// formats must read back as the same text. `make fuzz` runs this.
#include "commands/check.h"
#include "base/memory.h"
#include "base/text.h"
#include "syntax/tree.h"
#include <stdlib.h>
#include <string.h>

// The formatted text, or NULL if the source has errors. Owned by arena.
static char *format(Arena *arena, const char *text, size_t length) {
    Diagnostics *diagnostics = diagnostics_new(arena);
    Tree *tree = parse(arena, source_from_text(arena, "fuzz.cnn", text, length), diagnostics);
    if (diagnostics_errors(diagnostics)) {
        // Printing costs far more than finding: every eighth input is enough of it.
        if (length % 8) return NULL;
        char *printed = NULL;
        size_t size = 0;
        FILE *stream = open_memstream(&printed, &size);
        if (!stream) out_of_memory();
        diagnostics_print(diagnostics, stream, false);
        diagnostics_print_json(diagnostics, stream);
        fclose(stream);
        free(printed);
        return NULL;
    }
    Text formatted = {0};
    tree_print(tree, &formatted);
    char *copy = arena_copy(arena, text_string(&formatted), formatted.length);
    text_free(&formatted);
    return copy;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    Arena *arena = arena_new();
    const char *once = format(arena, (const char *)bytes, length);
    if (once) {
        const char *twice = format(arena, once, strlen(once));
        require(twice != NULL);
        require(!strcmp(once, twice));
    }
    arena_free(arena);
#ifndef FUZZ_PARSER_ONLY
    check_text((const char *)bytes, length);
#endif
    return 0;
}
