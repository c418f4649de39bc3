#include "data_file.h"
#include "fail.h"
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void *data_allocate(size_t count, size_t size) {
    return data_reallocate(NULL, count, size);
}

void *data_allocate_zeroed(size_t count, size_t size) {
    void *memory = calloc(count > 0 ? count : 1, size > 0 ? size : 1);
    if (memory == NULL) fail_memory();
    return memory;
}

void *data_reallocate(void *memory, size_t count, size_t size) {
    if (size > 0 && count > PTRDIFF_MAX / size) fail_memory();
    memory = realloc(memory, count * size > 0 ? count * size : 1);
    if (memory == NULL) fail_memory();
    return memory;
}

char *data_format(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    char *text;
    if (vasprintf(&text, format, arguments) < 0) fail_memory();
    va_end(arguments);
    return text;
}

bool data_is_file(const char *path) {
    struct stat status;
    return stat(path, &status) == 0 && S_ISREG(status.st_mode);
}

bool data_is_folder(const char *path) {
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

// A device may have no end.
static bool is_device(const char *path) {
    struct stat status;
    return stat(path, &status) == 0 && (S_ISCHR(status.st_mode) || S_ISBLK(status.st_mode));
}

uint8_t *data_read_file(const char *path, size_t *size) {
    if (data_is_folder(path)) fail("%s: is a folder, not a file", path);
    if (is_device(path)) fail("%s: is a device, not a file", path);
    FILE *file = fopen(path, "rb");
    if (file == NULL) fail("%s: cannot be opened: %s", path, strerror(errno));
    // Read in growing pieces, not by the size that stat() says: a pipe has none.
    size_t capacity = 1 << 16, length = 0;
    uint8_t *bytes = data_allocate(capacity, 1);
    for (;;) {
        length += fread(bytes + length, 1, capacity - length, file);
        if (length < capacity) break;
        capacity *= 2;
        bytes = data_reallocate(bytes, capacity, 1);
    }
    if (ferror(file)) fail("%s: cannot be read: %s", path, strerror(errno));
    fclose(file);
    *size = length;
    return bytes;
}

// A link stays one: the file that it leads to is written. So does a device or a pipe (/dev/null,
// /dev/stdout): it is written as it is, since a file renamed over it would be in everybody's way.
AtomicFile atomic_file_open(const char *path) {
    struct stat status;
    bool there = stat(path, &status) == 0, plain = !there || S_ISREG(status.st_mode);
    if (there && S_ISDIR(status.st_mode)) fail("%s: is a folder, not a file", path);
    char *target = there && plain ? realpath(path, NULL) : NULL;
    AtomicFile file = {.path = target ? target : data_format("%s", path)};
    if (plain) file.aside = data_format("%s.part", file.path);
    int flags = plain ? O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC : O_WRONLY | O_CLOEXEC;
    file.descriptor = open(plain ? file.aside : file.path, flags, 0666);
    if (file.descriptor < 0) fail("%s: cannot be written: %s", file.path, strerror(errno));
    return file;
}

// The aside file is of no use to anybody once a write has failed (a full disk above all).
static _Noreturn void write_failed(AtomicFile *file) {
    int error = errno;
    if (file->aside) unlink(file->aside);
    fail("%s: cannot be written: %s", file->path, strerror(error));
}

void atomic_file_write(AtomicFile *file, const void *bytes, size_t size) {
    const char *at = bytes;
    while (size > 0) {
        ssize_t written = write(file->descriptor, at, size);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) write_failed(file);
        at += written;
        size -= (size_t)written;
    }
}

// Makes the new name itself last. Some file systems cannot sync a folder (EINVAL): then there is nothing to
// do.
static void sync_folder_of(AtomicFile *file) {
    char *copy = data_format("%s", file->path);
    int folder = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder >= 0) {
        if (fsync(folder) != 0 && errno != EINVAL && errno != EROFS) write_failed(file);
        close(folder);
    }
    free(copy);
}

void atomic_file_commit(AtomicFile *file) {
    if (fsync(file->descriptor) != 0 && errno != EINVAL && errno != EROFS) write_failed(file);
    if (close(file->descriptor) != 0) write_failed(file);
    if (file->aside) {
        if (rename(file->aside, file->path) != 0) write_failed(file);
        sync_folder_of(file);
    }
    free(file->path);
    free(file->aside);
    *file = (AtomicFile){.descriptor = -1};
}

void atomic_file_put(const char *path, const void *bytes, size_t size) {
    AtomicFile file = atomic_file_open(path);
    atomic_file_write(&file, bytes, size);
    atomic_file_commit(&file);
}
