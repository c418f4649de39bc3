#include "idx.h"
#include "data_check.h"
#include "data_file.h"
#include "fail.h"
#include <stdlib.h>

enum { UNSIGNED_BYTE = 0x08, MAX_DIMENSIONS = 4 };

// Reads the magic number (0, 0, element type, dimensions) and the sizes of the dimensions; gives their
// number.
static int read_header(GzipFile *file, uint32_t sizes[MAX_DIMENSIONS]) {
    uint8_t magic[4];
    size_t found = gzip_read_some(file, magic, sizeof magic);
    if (found < sizeof magic || magic[0] != 0 || magic[1] != 0) fail("%s: not an IDX file", file->path);
    if (magic[2] != UNSIGNED_BYTE) {
        fail("%s: its elements have IDX type 0x%02x; unsigned bytes (0x08) are needed", file->path, magic[2]);
    }
    if (magic[3] < 1 || magic[3] > MAX_DIMENSIONS) {
        fail("%s: has %d dimensions; images have 3 or 4, labels 1", file->path, magic[3]);
    }
    for (int i = 0; i < magic[3]; i++) {
        uint8_t bytes[4];
        gzip_read(file, bytes, sizeof bytes);
        sizes[i] = (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
    }
    return magic[3];
}

static void read_images(const Program *program, const char *path, Dataset *set, Checksums *checksums) {
    GzipFile file = gzip_open(path);
    uint32_t sizes[MAX_DIMENSIONS] = {0, 0, 0, 1};
    int dimensions = read_header(&file, sizes);
    if (dimensions == 1)
        fail("%s: holds labels where images are needed; are the files in the right order?", path);
    if (dimensions == 2) fail("%s: has 2 dimensions; images have 3 or 4", path);
    data_check_shape(program, path, sizes[1], sizes[2], sizes[3]);
    data_check_count(program, path, sizes[0]);
    set->count = sizes[0];
    set->images = gzip_read_new(&file, set->count * data_image_bytes(program));
    gzip_close(&file);
    *checksums = file.checksums;
}

static void read_labels(const Program *program, const char *path, const char *image_path, Dataset *set,
                        Checksums *checksums) {
    GzipFile file = gzip_open(path);
    uint32_t sizes[MAX_DIMENSIONS];
    int dimensions = read_header(&file, sizes);
    if (dimensions > 1)
        fail("%s: holds images where labels are needed; are the files in the right order?", path);
    data_check_pairs(image_path, set->count, path, sizes[0]);
    uint8_t *bytes = gzip_read_new(&file, set->count);
    gzip_close(&file);
    *checksums = file.checksums;
    set->labels = data_allocate(set->count, sizeof *set->labels);
    for (size_t i = 0; i < set->count; i++) set->labels[i] = bytes[i];
    free(bytes);
    data_check_labels(program, path, set->labels, set->count);
}

Dataset idx_load(const Program *program, const char *image_path, const char *label_path, Checksums *images,
                 Checksums *labels) {
    Dataset set = data_empty(program);
    read_images(program, image_path, &set, images);
    read_labels(program, label_path, image_path, &set, labels);
    return set;
}
