#include "base/diagnostic.h"
#include "base/text.h"
#include <errno.h>
#include <string.h>

// Far beyond any study; keeps offsets in 32 bits and a device file from filling the memory.
enum { LARGEST_SOURCE = 1024 * 1024 };

static void index_lines(Arena *arena, Source *source) {
    List(uint32_t) lines = {0};
    list_add(arena, &lines, 0);
    const char *text = source->text, *end = text + source->length;
    while ((text = memchr(text, '\n', (size_t)(end - text))))
        list_add(arena, &lines, (uint32_t)(++text - source->text));
    source->lines = lines.items;
    source->line_count = lines.count;
}

Source *source_from_text(Arena *arena, const char *path, const char *text, size_t length) {
    Source *source = NEW(arena, Source);
    source->path = arena_copy(arena, path, strlen(path));
    source->text = arena_copy(arena, text, length);
    source->length = length;
    index_lines(arena, source);
    return source;
}

Source *source_read(Arena *arena, const char *path) {
    FILE *file = fopen(path, "rb");
    if (!file) return NULL;
    Text text = {0};
    char buffer[16 * 1024];
    size_t length;
    while (text.length <= LARGEST_SOURCE && (length = fread(buffer, 1, sizeof buffer, file)) > 0) {
        text_add_bytes(&text, buffer, length);
    }
    int error = ferror(file) ? errno : text.length > LARGEST_SOURCE ? EFBIG : 0;
    fclose(file);
    Source *source = error ? NULL : source_from_text(arena, path, text_string(&text), text.length);
    text_free(&text);
    if (error) errno = error;
    return source;
}

Position position_of(const Source *source, uint32_t offset) {
    int line = 0, after = source->line_count;
    while (after - line > 1) {
        int middle = line + (after - line) / 2;
        if (source->lines[middle] <= offset) {
            line = middle;
        } else {
            after = middle;
        }
    }
    Position position = {line + 1, 1};
    const char *byte = source->text + source->lines[line];
    const char *end = source->text + (offset < source->length ? offset : source->length);
    if (line == 0 && end - byte >= 3 && !memcmp(byte, "\xEF\xBB\xBF", 3)) byte += 3;
    // Every byte that does not continue a character begins one; invalid text counts somehow, and is reported
    // anyway.
    for (; byte < end; byte++) position.column += ((unsigned char)*byte & 0xC0) != 0x80;
    return position;
}
