// Data files, plain or compressed with gzip (zlib tells them apart by their first bytes).
#ifndef RUNTIME_GZIP_H
#define RUNTIME_GZIP_H

#include <stddef.h>
#include <stdint.h>

// The decompressed bytes' two checksums. Known files are told by both together with their size: that is
// enough against accidents (truncated, mixed up, edited), which is what they are for, and zlib has them
// already; a cryptographic hash would need another library.
typedef struct Checksums {
    uint32_t crc32, adler32;
} Checksums;

typedef struct GzipFile {
    const char *path; // the caller's
    void *stream;
    Checksums checksums; // of what has been read
} GzipFile;

// All of these end the program with a message on an error; reading past the end is one.
GzipFile gzip_open(const char *path);
void gzip_read(GzipFile *file, void *bytes, size_t size);
// size bytes in new memory, for the caller to free(). `size` may come from a damaged header: memory grows
// with what the file really has.
uint8_t *gzip_read_new(GzipFile *file, size_t size);
// As many bytes as there are, up to size.
size_t gzip_read_some(GzipFile *file, void *bytes, size_t size);
// Checks that everything has been read and that gzip's own checksum holds, and closes the file.
void gzip_close(GzipFile *file);

#endif
