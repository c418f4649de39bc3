#include "base/diagnostic.h"
#include "base/text.h"
#include <errno.h>
#include <string.h>

// Far beyond any study; keeps offsets in 32 bits and a device file from filling the memory.
enum { LARGEST_SOURCE = 16 * 1024 * 1024 };

Source *source_from_text(Arena *arena, const char *path, const char *text, size_t length) {
    Source *source = NEW(arena, Source);
    source->path = arena_copy(arena, path, strlen(path));
    source->text = arena_copy(arena, text, length);
    source->length = length;
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
    Position position = {1, 1};
    const char *line = source->text, *end = line + (offset < source->length ? offset : source->length);
    for (const char *next; (next = memchr(line, '\n', (size_t)(end - line))); line = next + 1)
        position.line++;
    if (position.line == 1 && end - line >= 3 && !memcmp(line, "\xEF\xBB\xBF", 3)) line += 3;
    // Every byte that does not continue a character begins one; invalid text counts somehow, and is reported
    // anyway.
    for (; line < end; line++) position.column += ((unsigned char)*line & 0xC0) != 0x80;
    return position;
}
