#include "gzip.h"
#include "data_file.h"
#include "fail.h"
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <zlib.h>

enum { BUFFER_BYTES = 1 << 17, PIECE_BYTES = 1 << 24 };

GzipFile gzip_open(const char *path) {
    if (data_is_folder(path)) fail("%s: is a folder, not a file", path);
    errno = 0;
    gzFile stream = gzopen(path, "rbe");
    if (stream == NULL && (errno == 0 || errno == ENOMEM)) fail_memory();
    if (stream == NULL) fail("%s: cannot be opened: %s", path, strerror(errno));
    gzbuffer(stream, BUFFER_BYTES);
    return (GzipFile){.path = path, .stream = stream, .checksums = {(uint32_t)crc32(0, NULL, 0), 1}};
}

static _Noreturn void read_failed(const GzipFile *file) {
    int error;
    const char *message = gzerror(file->stream, &error);
    if (error == Z_MEM_ERROR) fail_memory();
    if (error == Z_BUF_ERROR) fail("%s: truncated: its gzip data ends early", file->path);
    if (error == Z_ERRNO) fail("%s: cannot be read: %s", file->path, strerror(errno));
    fail("%s: its gzip data is corrupt (%s)", file->path, message);
}

size_t gzip_read_some(GzipFile *file, void *bytes, size_t size) {
    size_t total = 0;
    while (total < size) {
        unsigned piece = size - total < PIECE_BYTES ? (unsigned)(size - total) : PIECE_BYTES;
        uint8_t *at = (uint8_t *)bytes + total;
        int got = gzread(file->stream, at, piece);
        int error;
        gzerror(file->stream, &error);
        if (got < 0 || (error != Z_OK && error != Z_STREAM_END)) read_failed(file);
        file->checksums.crc32 = (uint32_t)crc32(file->checksums.crc32, at, (unsigned)got);
        file->checksums.adler32 = (uint32_t)adler32(file->checksums.adler32, at, (unsigned)got);
        total += (size_t)got;
        if ((unsigned)got < piece) break;
    }
    return total;
}

static _Noreturn void too_short(const GzipFile *file, size_t found, size_t wanted) {
    fail("%s: truncated: %zu bytes follow where %zu are needed", file->path, found, wanted);
}

void gzip_read(GzipFile *file, void *bytes, size_t size) {
    size_t found = gzip_read_some(file, bytes, size);
    if (found < size) too_short(file, found, size);
}

uint8_t *gzip_read_new(GzipFile *file, size_t size) {
    size_t capacity = size < PIECE_BYTES ? size : PIECE_BYTES, length = 0;
    uint8_t *bytes = data_allocate(capacity, 1);
    for (;;) {
        length += gzip_read_some(file, bytes + length, capacity - length);
        if (length < capacity) too_short(file, length, size);
        if (length == size) return bytes;
        capacity = size / 2 < capacity ? size : 2 * capacity;
        bytes = data_reallocate(bytes, capacity, 1);
    }
}

void gzip_close(GzipFile *file) {
    char extra;
    Checksums checksums = file->checksums;
    if (gzip_read_some(file, &extra, 1) != 0) fail("%s: more bytes follow than its header says", file->path);
    file->checksums = checksums;
    if (gzclose_r(file->stream) != Z_OK) fail("%s: its gzip data is corrupt", file->path);
    file->stream = NULL;
}
