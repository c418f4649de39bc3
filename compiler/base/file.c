#include "base/file.h"
#include "base/memory.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_folder(const char *path) {
    struct stat status;
    if (stat(path, &status) != 0) return false;
    if (!S_ISDIR(status.st_mode)) errno = ENOTDIR;
    return S_ISDIR(status.st_mode);
}

bool file_make_folders(const char *path) {
    Arena *arena = arena_new();
    bool fine = path[0] != '\0';
    for (const char *at = path + 1; fine; at++) {
        if (*at != '/' && *at != '\0') continue;
        const char *folder = arena_copy(arena, path, (size_t)(at - path));
        fine = mkdir(folder, 0777) == 0 || (errno == EEXIST && is_folder(folder));
        if (*at == '\0') break;
    }
    arena_free(arena);
    return fine;
}

// Whether the folder that the path is in is there and can be written; else errno says why not.
static bool folder_writable(const char *path) {
    Arena *arena = arena_new();
    const char *slash = strrchr(path, '/');
    const char *folder = !slash ? "." : slash == path ? "/" : arena_copy(arena, path, (size_t)(slash - path));
    bool fine = is_folder(folder) && access(folder, W_OK | X_OK) == 0;
    int error = errno;
    arena_free(arena);
    errno = error;
    return fine;
}

bool file_replaceable(const char *path) {
    struct stat status;
    if (stat(path, &status) != 0) return folder_writable(path);
    if (S_ISREG(status.st_mode)) return true;
    errno = S_ISDIR(status.st_mode) ? EISDIR : EINVAL;
    return false;
}

// Writes a new file; one that `target` names already hands on its permissions.
static bool write_part(const char *part, const char *target, const Text *text) {
    struct stat status;
    FILE *file = fopen(part, "wb");
    bool fine = file && fwrite(text_string(text), 1, text->length, file) == text->length &&
                fflush(file) == 0 && fsync(fileno(file)) == 0;
    if (fine && stat(target, &status) == 0) fine = fchmod(fileno(file), status.st_mode & 07777) == 0;
    return (!file || fclose(file) == 0) && fine;
}

bool file_write(const char *path, const Text *text) {
    if (!file_replaceable(path)) return false;
    Arena *arena = arena_new();
    char *real = realpath(path, NULL);
    const char *target = real ? real : path,
               *part = arena_printf(arena, "%s.%ld.part", target, (long)getpid());
    bool fine = write_part(part, target, text) && rename(part, target) == 0;
    int error = errno;
    if (!fine) unlink(part);
    free(real);
    arena_free(arena);
    errno = error;
    return fine;
}
