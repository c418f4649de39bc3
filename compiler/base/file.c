#include "base/file.h"
#include "base/memory.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool file_make_folders(const char *path) {
    Arena *arena = arena_new();
    bool fine = path[0] != '\0';
    for (const char *at = path + 1; fine; at++) {
        if (*at != '/' && *at != '\0') continue;
        fine = mkdir(arena_copy(arena, path, (size_t)(at - path)), 0777) == 0 || errno == EEXIST;
        if (*at == '\0') break;
    }
    arena_free(arena);
    return fine;
}

bool file_write(const char *path, const Text *text) {
    Arena *arena = arena_new();
    const char *part = arena_printf(arena, "%s.%ld.part", path, (long)getpid());
    FILE *file = fopen(part, "wb");
    bool fine = file && fwrite(text_string(text), 1, text->length, file) == text->length &&
                fflush(file) == 0 && fsync(fileno(file)) == 0;
    if (file && fclose(file) != 0) fine = false;
    fine = fine && rename(part, path) == 0;
    int error = errno;
    if (!fine) unlink(part);
    arena_free(arena);
    errno = error;
    return fine;
}
