#include "npz.h"
#include "data_check.h"
#include "data_file.h"
#include "fail.h"
#include "npy.h"
#include <stdlib.h>
#include <zip.h>

enum { FIRST_BYTES = 1 << 20 };

static zip_t *open_archive(const char *path) {
    if (!data_is_file(path)) fail("%s: there is no such file", path);
    int code;
    zip_t *archive = zip_open(path, ZIP_RDONLY, &code);
    if (archive != NULL) return archive;
    zip_error_t error;
    zip_error_init_with_code(&error, code);
    fail("%s: not a readable .npz file: %s", path, zip_error_strerror(&error));
}

// Reads a member to its end: what its header says of the size may be wrong. zlib's CRC is checked on the way.
static uint8_t *read_member(zip_file_t *file, const char *name, size_t *size) {
    size_t capacity = FIRST_BYTES, length = 0;
    uint8_t *bytes = data_allocate(capacity, 1);
    for (;;) {
        zip_int64_t got = zip_fread(file, bytes + length, capacity - length);
        if (got < 0) fail("%s: truncated or damaged: %s", name, zip_file_strerror(file));
        if (got == 0) break;
        length += (size_t)got;
        if (length < capacity) continue;
        capacity *= 2;
        bytes = data_reallocate(bytes, capacity, 1);
    }
    *size = length;
    return bytes;
}

// `name` becomes "FILE: MEMBER", for messages and for the caller to free().
static NpyArray read_array(zip_t *archive, const char *path, const char *member, char **name) {
    char *entry = data_format("%s.npy", member);
    *name = data_format("%s: %s", path, member);
    zip_file_t *file = zip_fopen(archive, entry, 0);
    if (file == NULL) {
        fail("%s: has no readable array %s (%s); x_train, y_train, x_test and y_test are needed", path,
             member, zip_strerror(archive));
    }
    size_t size;
    uint8_t *bytes = read_member(file, *name, &size);
    zip_fclose(file);
    free(entry);
    NpyArray array = npy_parse(*name, bytes, size);
    free(bytes);
    return array;
}

static void take_images(const Program *program, const char *name, NpyArray *array, Dataset *set) {
    if (array->rank != 3 && array->rank != 4)
        fail("%s: has %d dimensions; images have 3 or 4", name, array->rank);
    if (array->type != DATA_U8) {
        fail("%s: is %s; images are uint8, 0 to 255", name, data_type_name(array->type));
    }
    data_check_shape(program, name, array->shape[1], array->shape[2], array->rank == 4 ? array->shape[3] : 1);
    data_check_count(program, name, (uint64_t)array->shape[0]);
    set->count = (size_t)array->shape[0];
    set->images = array->data;
}

static void take_labels(const Program *program, const char *image_name, const char *name, NpyArray *array,
                        Dataset *set) {
    if (array->rank < 1 || (array->rank == 2 && array->shape[1] != 1) || array->rank > 2) {
        fail("%s: labels are one number for each image", name);
    }
    if (array->type == DATA_F32 || array->type == DATA_F64) {
        fail("%s: is %s; labels are integers", name, data_type_name(array->type));
    }
    data_check_pairs(image_name, set->count, name, (uint64_t)array->shape[0]);
    set->labels = data_allocate(set->count, sizeof *set->labels);
    for (size_t i = 0; i < set->count; i++) {
        double label = data_element(array->type, array->data, i);
        set->labels[i] = label >= 0 && label <= INT32_MAX ? (int32_t)label : -1;
    }
    npy_free(array);
    data_check_labels(program, name, set->labels, set->count);
}

static Dataset load_part(const Program *program, zip_t *archive, const char *path, const char *images,
                         const char *labels) {
    Dataset set = data_empty(program);
    char *image_name, *label_name;
    NpyArray array = read_array(archive, path, images, &image_name);
    take_images(program, image_name, &array, &set);
    array = read_array(archive, path, labels, &label_name);
    take_labels(program, image_name, label_name, &array, &set);
    free(image_name);
    free(label_name);
    return set;
}

void npz_load(const Program *program, const char *path, Dataset *train, Dataset *test) {
    zip_t *archive = open_archive(path);
    if (train != NULL) *train = load_part(program, archive, path, "x_train", "y_train");
    if (test != NULL) *test = load_part(program, archive, path, "x_test", "y_test");
    zip_discard(archive);
}
