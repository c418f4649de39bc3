// Whole files: reading one into memory, and writing one so that it appears whole or not at all.
#ifndef RUNTIME_DATA_FILE_H
#define RUNTIME_DATA_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// count * size bytes, for the caller to free(); they end the program (exit 3) when there are none. realloc's
// `memory` may be NULL.
void *data_allocate(size_t count, size_t size);
void *data_allocate_zeroed(size_t count, size_t size);
void *data_reallocate(void *memory, size_t count, size_t size);

// printf into a new string, for the caller to free().
char *data_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

// True if `path` exists and is a regular file (data_is_file) or a folder (data_is_folder).
bool data_is_file(const char *path);
bool data_is_folder(const char *path);

// The bytes of a file or a pipe, for the caller to free(). Ends the program with a message when it cannot be
// read, and for a device, which may have no end.
uint8_t *data_read_file(const char *path, size_t *size);

// A file that is written aside ("PATH.part") and takes its place in commit(). Any failure ends the program
// with a message and leaves what stood at `path` as it was.
typedef struct AtomicFile {
    char *path, *aside; // aside: NULL for what is no file (a device, a pipe), which is written as it is
    int descriptor;
} AtomicFile;

AtomicFile atomic_file_open(const char *path);
void atomic_file_write(AtomicFile *file, const void *bytes, size_t size);
// Syncs the bytes, renames the file into place and syncs its folder; frees what open() took.
void atomic_file_commit(AtomicFile *file);

// All three in one.
void atomic_file_put(const char *path, const void *bytes, size_t size);

#endif
