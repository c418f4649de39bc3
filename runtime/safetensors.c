#include "safetensors.h"
#include "data_file.h"
#include "fail.h"
#include <cjson/cJSON.h>
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
    LENGTH_BYTES = 8,            // before the header
    MAX_HEADER_BYTES = 100000000 // the reference implementation's limit
};

static const struct {
    const char *name;
    DataType type;
} type_names[] = {
    {"F32", DATA_F32}, {"F64", DATA_F64}, {"I32", DATA_I32}, {"I64", DATA_I64}, {"U8", DATA_U8}};

enum { TYPE_COUNT = sizeof type_names / sizeof type_names[0] };

// A whole number from 0 to 2^53, which a JSON number holds exactly.
static bool whole_number(const cJSON *item, int64_t *value) {
    if (!cJSON_IsNumber(item)) return false;
    double number = item->valuedouble;
    if (!(number >= 0 && number <= 0x1p53) || number != floor(number)) return false;
    *value = (int64_t)number;
    return true;
}

// Names go into messages, which are one line.
static bool printable(const char *name) {
    for (; *name != '\0'; name++) {
        if ((unsigned char)*name < ' ' || *name == 0x7f) return false;
    }
    return true;
}

static void read_type(const char *path, const cJSON *entry, SafetensorsTensor *tensor) {
    const cJSON *type = cJSON_GetObjectItemCaseSensitive(entry, "dtype");
    if (!cJSON_IsString(type)) fail("%s: damaged: tensor `%.100s` has no type", path, tensor->name);
    for (int i = 0; i < TYPE_COUNT; i++) {
        if (strcmp(type->valuestring, type_names[i].name) == 0) {
            tensor->type = type_names[i].type;
            return;
        }
    }
    if (!printable(type->valuestring)) fail("%s: damaged: tensor `%.100s` has no type", path, tensor->name);
    fail("%s: tensor `%.100s` has type %.20s; convert it to F32 (F64, I32, I64 and U8 are read too)", path,
         tensor->name, type->valuestring);
}

static void read_shape(const char *path, const cJSON *entry, SafetensorsTensor *tensor) {
    const cJSON *shape = cJSON_GetObjectItemCaseSensitive(entry, "shape"), *dimension;
    if (!cJSON_IsArray(shape)) fail("%s: damaged: tensor `%.100s` has no shape", path, tensor->name);
    cJSON_ArrayForEach(dimension, shape) {
        if (tensor->rank == DATA_MAX_RANK) {
            fail("%s: tensor `%.100s` has more than %d dimensions", path, tensor->name, DATA_MAX_RANK);
        }
        if (!whole_number(dimension, &tensor->shape[tensor->rank++])) {
            fail("%s: damaged: tensor `%.100s` has a dimension that is no whole number", path, tensor->name);
        }
    }
}

// Sets data, and checks that the bytes are inside the file and as many as the shape needs.
static void read_offsets(const Safetensors *file, const cJSON *entry, size_t data_start, size_t data_size,
                         SafetensorsTensor *tensor) {
    const cJSON *offsets = cJSON_GetObjectItemCaseSensitive(entry, "data_offsets");
    int64_t begin, end;
    if (!cJSON_IsArray(offsets) || cJSON_GetArraySize(offsets) != 2 ||
        !whole_number(cJSON_GetArrayItem(offsets, 0), &begin) ||
        !whole_number(cJSON_GetArrayItem(offsets, 1), &end)) {
        fail("%s: damaged: tensor `%.100s` does not say where its bytes are", file->path, tensor->name);
    }
    if (begin > end || (uint64_t)end > data_size) {
        fail("%s: truncated or damaged: tensor `%.100s` ends at byte %" PRId64 " of %zu", file->path,
             tensor->name, end, data_size);
    }
    size_t count = data_shape_count(tensor->type, tensor->rank, tensor->shape);
    if (count == SIZE_MAX || (uint64_t)(end - begin) != count * data_type_size(tensor->type)) {
        char shape[128];
        fail("%s: damaged: tensor `%.100s` (%s %s) has %" PRId64 " bytes", file->path, tensor->name,
             data_type_name(tensor->type), data_shape_text(tensor->rank, tensor->shape, shape, sizeof shape),
             end - begin);
    }
    tensor->data = file->bytes + data_start + begin;
}

static void read_metadata(Safetensors *file, const cJSON *object) {
    if (!cJSON_IsObject(object)) fail("%s: damaged: its metadata is not an object", file->path);
    file->metadata = data_allocate((size_t)cJSON_GetArraySize(object), sizeof *file->metadata);
    const cJSON *item;
    cJSON_ArrayForEach(item, object) {
        if (!cJSON_IsString(item))
            fail("%s: damaged: its metadata has a value that is no string", file->path);
        file->metadata[file->metadata_count++] = (SafetensorsMetadata){item->string, item->valuestring};
    }
}

static int compare_places(const void *a, const void *b) {
    const SafetensorsTensor *left = a, *right = b;
    const char *left_data = left->data, *right_data = right->data;
    if (left_data != right_data) return left_data < right_data ? -1 : 1;
    // Tensors without elements share a place with their neighbour and stand before it.
    size_t left_count = data_shape_count(left->type, left->rank, left->shape);
    size_t right_count = data_shape_count(right->type, right->rank, right->shape);
    if ((left_count == 0) != (right_count == 0)) return left_count == 0 ? -1 : 1;
    return strcmp(left->name, right->name);
}

static int compare_names(const void *a, const void *b) {
    const SafetensorsTensor *const *left = a, *const *right = b;
    return strcmp((*left)->name, (*right)->name);
}

// Sorts the tensors by place and refuses overlaps, gaps and bytes that belong to nobody.
static void check_places(Safetensors *file, const uint8_t *data, size_t data_size) {
    qsort(file->tensors, (size_t)file->tensor_count, sizeof *file->tensors, compare_places);
    const uint8_t *expected = data;
    for (int i = 0; i < file->tensor_count; i++) {
        const SafetensorsTensor *tensor = &file->tensors[i];
        if ((const uint8_t *)tensor->data != expected) {
            fail("%s: damaged: there is %s before tensor `%.100s`", file->path,
                 (const uint8_t *)tensor->data < expected ? "an overlap" : "a gap", tensor->name);
        }
        expected +=
            data_shape_count(tensor->type, tensor->rank, tensor->shape) * data_type_size(tensor->type);
    }
    size_t used = (size_t)(expected - data);
    if (used != data_size) {
        fail("%s: damaged: %zu bytes follow the last tensor", file->path, data_size - used);
    }
}

static void index_names(Safetensors *file) {
    file->by_name = data_allocate((size_t)file->tensor_count, sizeof *file->by_name);
    for (int i = 0; i < file->tensor_count; i++) file->by_name[i] = &file->tensors[i];
    qsort(file->by_name, (size_t)file->tensor_count, sizeof *file->by_name, compare_names);
    for (int i = 1; i < file->tensor_count; i++) {
        if (strcmp(file->by_name[i - 1]->name, file->by_name[i]->name) == 0) {
            fail("%s: damaged: there are two tensors `%.100s`", file->path, file->by_name[i]->name);
        }
    }
}

// The length of the JSON header, which the file's first bytes say.
static size_t header_length(const char *path, const uint8_t *bytes, size_t size) {
    if (size < LENGTH_BYTES) fail("%s: not a safetensors file: it has only %zu bytes", path, size);
    uint64_t length = 0;
    for (int i = LENGTH_BYTES - 1; i >= 0; i--) length = length << 8 | bytes[i];
    if (length > MAX_HEADER_BYTES || (size > LENGTH_BYTES && bytes[LENGTH_BYTES] != '{')) {
        fail("%s: not a safetensors file", path);
    }
    if (length > size - LENGTH_BYTES) {
        fail("%s: truncated: its header has %" PRIu64 " bytes, the file %zu", path, length, size);
    }
    return (size_t)length;
}

static cJSON *parse_header(const char *path, const char *text, size_t length) {
    const char *end = NULL;
    cJSON *header = cJSON_ParseWithLengthOpts(text, length, &end, false);
    if (header == NULL) fail("%s: damaged: its header is not JSON", path);
    for (; end < text + length; end++) {
        if (*end != ' ' && *end != '\n') fail("%s: damaged: something follows its JSON header", path);
    }
    if (!cJSON_IsObject(header)) fail("%s: damaged: its header is not a JSON object", path);
    return header;
}

Safetensors safetensors_read(const char *path) {
    Safetensors file = {.path = data_format("%s", path)};
    size_t size;
    file.bytes = data_read_file(path, &size);
    size_t length = header_length(path, file.bytes, size);
    cJSON *header = parse_header(path, (const char *)file.bytes + LENGTH_BYTES, length);
    file.header = header;
    size_t data_start = LENGTH_BYTES + length, data_size = size - data_start;
    file.tensors = data_allocate_zeroed((size_t)cJSON_GetArraySize(header), sizeof *file.tensors);
    const cJSON *entry;
    cJSON_ArrayForEach(entry, header) {
        if (strcmp(entry->string, "__metadata__") == 0) {
            if (file.metadata != NULL) fail("%s: damaged: it has metadata twice", path);
            read_metadata(&file, entry);
            continue;
        }
        SafetensorsTensor *tensor = &file.tensors[file.tensor_count++];
        tensor->name = entry->string;
        if (!printable(tensor->name)) fail("%s: damaged: a tensor's name has control characters", path);
        read_type(path, entry, tensor);
        read_shape(path, entry, tensor);
        read_offsets(&file, entry, data_start, data_size, tensor);
    }
    check_places(&file, file.bytes + data_start, data_size);
    index_names(&file);
    return file;
}

void safetensors_free(Safetensors *file) {
    free(file->path);
    free(file->tensors);
    free(file->metadata);
    free(file->bytes);
    free(file->by_name);
    cJSON_Delete(file->header);
    *file = (Safetensors){0};
}

const SafetensorsTensor *safetensors_find(const Safetensors *file, const char *name) {
    SafetensorsTensor wanted = {.name = name};
    const SafetensorsTensor *key = &wanted;
    const SafetensorsTensor **found =
        bsearch(&key, file->by_name, (size_t)file->tensor_count, sizeof *file->by_name, compare_names);
    return found != NULL ? *found : NULL;
}

const char *safetensors_metadata(const Safetensors *file, const char *key) {
    for (int i = 0; i < file->metadata_count; i++) {
        if (strcmp(file->metadata[i].key, key) == 0) return file->metadata[i].value;
    }
    return NULL;
}

static size_t tensor_bytes(const SafetensorsTensor *tensor) {
    size_t count = data_shape_count(tensor->type, tensor->rank, tensor->shape);
    if (count == SIZE_MAX) fail_internal("tensor %s is larger than memory", tensor->name);
    return count * data_type_size(tensor->type);
}

static const char *type_name(DataType type) {
    int i = 0;
    while (type_names[i].type != type) i++;
    return type_names[i].name;
}

// Adds {"dtype", "shape", "data_offsets"} for a tensor whose bytes start at `begin`; cJSON gives NULL where
// there is no memory, and the last call of a chain that got a NULL fails too.
static bool describe(cJSON *header, const SafetensorsTensor *tensor, size_t begin) {
    cJSON *entry = cJSON_AddObjectToObject(header, tensor->name);
    bool fine = cJSON_AddStringToObject(entry, "dtype", type_name(tensor->type)) != NULL;
    cJSON *shape = cJSON_AddArrayToObject(entry, "shape");
    for (int axis = 0; axis < tensor->rank; axis++) {
        fine &= cJSON_AddItemToArray(shape, cJSON_CreateNumber((double)tensor->shape[axis]));
    }
    cJSON *offsets = cJSON_AddArrayToObject(entry, "data_offsets");
    fine &= shape != NULL && cJSON_AddItemToArray(offsets, cJSON_CreateNumber((double)begin));
    return fine && cJSON_AddItemToArray(offsets, cJSON_CreateNumber((double)(begin + tensor_bytes(tensor))));
}

// The numbers of the tensors in the order of their bytes: by falling element size, else as given.
static int *place_order(const SafetensorsTensor *tensors, int count) {
    int *order = data_allocate((size_t)count, sizeof *order);
    int placed = 0;
    for (size_t size = 8; size >= 1; size /= 2) {
        for (int i = 0; i < count; i++) {
            if (data_type_size(tensors[i].type) == size) order[placed++] = i;
        }
    }
    return order;
}

static char *header_text(const SafetensorsTensor *tensors, const int *order, int tensor_count,
                         const SafetensorsMetadata *metadata, int metadata_count) {
    cJSON *header = cJSON_CreateObject();
    bool fine = header != NULL;
    if (metadata_count > 0) {
        cJSON *object = cJSON_AddObjectToObject(header, "__metadata__");
        for (int i = 0; i < metadata_count; i++) {
            fine &= cJSON_AddStringToObject(object, metadata[i].key, metadata[i].value) != NULL;
        }
    }
    size_t begin = 0;
    for (int i = 0; i < tensor_count; i++) {
        fine &= describe(header, &tensors[order[i]], begin);
        begin += tensor_bytes(&tensors[order[i]]);
    }
    char *text = fine ? cJSON_PrintUnformatted(header) : NULL;
    if (text == NULL) fail_memory();
    cJSON_Delete(header);
    return text;
}

void safetensors_write(const char *path, const SafetensorsTensor *tensors, int tensor_count,
                       const SafetensorsMetadata *metadata, int metadata_count) {
    int *order = place_order(tensors, tensor_count);
    char *text = header_text(tensors, order, tensor_count, metadata, metadata_count);
    size_t length = strlen(text), padding = (8 - length % 8) % 8;
    uint8_t length_bytes[LENGTH_BYTES];
    for (int i = 0; i < LENGTH_BYTES; i++) length_bytes[i] = (uint8_t)((uint64_t)(length + padding) >> 8 * i);

    AtomicFile file = atomic_file_open(path);
    atomic_file_write(&file, length_bytes, sizeof length_bytes);
    atomic_file_write(&file, text, length);
    atomic_file_write(&file, "        ", padding);
    for (int i = 0; i < tensor_count; i++) {
        atomic_file_write(&file, tensors[order[i]].data, tensor_bytes(&tensors[order[i]]));
    }
    atomic_file_commit(&file);
    free(text);
    free(order);
}
