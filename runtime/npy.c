#include "npy.h"
#include "data_file.h"
#include "fail.h"
#include <ctype.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char magic[] = "\x93NUMPY";
enum { MAGIC_BYTES = 6, ALIGNMENT = 64 };

static const struct {
    const char *name;
    DataType type;
} descriptors[] = {
    {"<f4", DATA_F32}, {"<f8", DATA_F64}, {"<i4", DATA_I32}, {"<i8", DATA_I64}, {"|u1", DATA_U8}};

enum { DESCRIPTOR_COUNT = sizeof descriptors / sizeof descriptors[0] };

// Reads the header, a Python dictionary: {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }
typedef struct Scanner {
    const char *name; // of the file
    const char *at, *end;
} Scanner;

static _Noreturn void damaged(const Scanner *scanner) {
    fail("%s: not a readable .npy file: its header is damaged", scanner->name);
}

static bool accept(Scanner *scanner, char wanted) {
    while (scanner->at < scanner->end && isspace((unsigned char)*scanner->at)) scanner->at++;
    if (scanner->at == scanner->end || *scanner->at != wanted) return false;
    scanner->at++;
    return true;
}

static void expect(Scanner *scanner, char wanted) {
    if (!accept(scanner, wanted)) damaged(scanner);
}

// A quoted string without escapes, as NumPy writes for keys and plain types.
static void scan_string(Scanner *scanner, char *text, size_t size) {
    char quote = accept(scanner, '\'') ? '\'' : '"';
    if (quote == '"') expect(scanner, '"');
    size_t length = 0;
    while (scanner->at < scanner->end && *scanner->at != quote) {
        if (length + 1 == size || !isprint((unsigned char)*scanner->at)) damaged(scanner);
        text[length++] = *scanner->at++;
    }
    text[length] = '\0';
    expect(scanner, quote);
}

static int64_t scan_number(Scanner *scanner) {
    int64_t number = 0;
    int digits = 0;
    for (; scanner->at < scanner->end && isdigit((unsigned char)*scanner->at); scanner->at++, digits++) {
        if (number > (INT64_MAX - 9) / 10) damaged(scanner);
        number = number * 10 + (*scanner->at - '0');
    }
    if (digits == 0) damaged(scanner);
    return number;
}

static void scan_shape(Scanner *scanner, NpyArray *array) {
    expect(scanner, '(');
    while (!accept(scanner, ')')) {
        if (array->rank == DATA_MAX_RANK)
            fail("%s: has more than %d dimensions", scanner->name, DATA_MAX_RANK);
        array->shape[array->rank++] = scan_number(scanner);
        if (!accept(scanner, ',')) {
            expect(scanner, ')');
            return;
        }
    }
}

static void scan_type(Scanner *scanner, NpyArray *array) {
    char text[32];
    if (accept(scanner, '[')) fail("%s: holds records; save a plain array instead", scanner->name);
    scan_string(scanner, text, sizeof text);
    for (int i = 0; i < DESCRIPTOR_COUNT; i++) {
        if (strcmp(text, descriptors[i].name) == 0 ||
            (i == DESCRIPTOR_COUNT - 1 && strcmp(text, "<u1") == 0)) {
            array->type = descriptors[i].type;
            return;
        }
    }
    fail("%s: has element type %s; save it as uint8, int32, int64, float32 or float64", scanner->name, text);
}

static void scan_order(Scanner *scanner) {
    size_t left = (size_t)(scanner->end - scanner->at);
    if (left >= 4 && memcmp(scanner->at, "True", 4) == 0) {
        fail("%s: is in Fortran order; save numpy.ascontiguousarray of it", scanner->name);
    }
    if (left < 5 || memcmp(scanner->at, "False", 5) != 0) damaged(scanner);
    scanner->at += 5;
}

static void skip_space(Scanner *scanner) {
    while (scanner->at < scanner->end && *scanner->at == ' ') scanner->at++;
}

static void scan_header(Scanner *scanner, NpyArray *array) {
    bool type = false, order = false, shape = false;
    expect(scanner, '{');
    while (!accept(scanner, '}')) {
        char key[32];
        scan_string(scanner, key, sizeof key);
        expect(scanner, ':');
        skip_space(scanner);
        bool *seen = strcmp(key, "descr") == 0           ? &type
                     : strcmp(key, "fortran_order") == 0 ? &order
                     : strcmp(key, "shape") == 0         ? &shape
                                                         : NULL;
        if (seen == NULL || *seen) damaged(scanner);
        *seen = true;
        if (seen == &type) scan_type(scanner, array);
        if (seen == &order) scan_order(scanner);
        if (seen == &shape) scan_shape(scanner, array);
        if (!accept(scanner, ',')) {
            expect(scanner, '}');
            break;
        }
    }
    if (!type || !order || !shape) damaged(scanner);
}

// Where the header begins and ends; version 1 says its length in two bytes, 2 and 3 in four.
static Scanner find_header(const char *name, const uint8_t *bytes, size_t size) {
    if (size < MAGIC_BYTES + 4 || memcmp(bytes, magic, MAGIC_BYTES) != 0) fail("%s: not an .npy file", name);
    int version = bytes[MAGIC_BYTES];
    if (version < 1 || version > 3) fail("%s: has .npy format version %d; 1 to 3 are read", name, version);
    size_t start = version == 1 ? 10 : 12;
    if (size < start) fail("%s: truncated: it ends in its header", name);
    size_t length = bytes[8] | (size_t)bytes[9] << 8;
    if (version > 1) length |= (size_t)bytes[10] << 16 | (size_t)bytes[11] << 24;
    if (length > size - start) fail("%s: truncated: it ends in its header", name);
    const char *header = (const char *)bytes + start;
    return (Scanner){name, header, header + length};
}

NpyArray npy_parse(const char *name, const uint8_t *bytes, size_t size) {
    NpyArray array = {0};
    Scanner scanner = find_header(name, bytes, size);
    const uint8_t *data = (const uint8_t *)scanner.end;
    scan_header(&scanner, &array);
    array.count = data_shape_count(array.type, array.rank, array.shape);
    char shape[128];
    data_shape_text(array.rank, array.shape, shape, sizeof shape);
    if (array.count == SIZE_MAX) fail("%s: its shape %s is larger than memory", name, shape);
    size_t found = size - (size_t)(data - bytes), needed = array.count * data_type_size(array.type);
    if (found != needed) {
        fail("%s: %s: %s of %s is %zu bytes, the file has %zu", name,
             found < needed ? "truncated" : "damaged", shape, data_type_name(array.type), needed, found);
    }
    array.data = data_allocate(needed, 1);
    if (needed > 0) memcpy(array.data, data, needed);
    return array;
}

NpyArray npy_read(const char *path) {
    size_t size;
    uint8_t *bytes = data_read_file(path, &size);
    NpyArray array = npy_parse(path, bytes, size);
    free(bytes);
    return array;
}

void npy_free(NpyArray *array) {
    free(array->data);
    *array = (NpyArray){0};
}

void npy_write(const char *path, DataType type, int rank, const int64_t *shape, const void *data) {
    int descriptor = 0;
    while (descriptors[descriptor].type != type) descriptor++;
    char axes[DATA_MAX_RANK * 22 + 1] = "";
    size_t length = 0;
    for (int axis = 0; axis < rank; axis++) {
        // One dimension is written "(3,)", as Python does.
        length += (size_t)snprintf(axes + length, sizeof axes - length, "%s%" PRId64 "%s",
                                   axis > 0 ? " " : "", shape[axis], axis + 1 < rank || rank == 1 ? "," : "");
    }
    char text[256];
    int text_length = snprintf(text, sizeof text, "{'descr': '%s', 'fortran_order': False, 'shape': (%s), }",
                               descriptors[descriptor].name, axes);
    // Spaces and a newline bring the data to a multiple of 64 bytes.
    size_t start = MAGIC_BYTES + 4, unpadded = start + (size_t)text_length + 1;
    size_t padded = (unpadded + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT, header = padded - start;
    uint8_t bytes[512];
    memset(bytes, ' ', padded);
    memcpy(bytes, magic, MAGIC_BYTES);
    memcpy(bytes + MAGIC_BYTES, (uint8_t[]){1, 0, (uint8_t)header, (uint8_t)(header >> 8)}, 4);
    memcpy(bytes + start, text, (size_t)text_length);
    bytes[padded - 1] = '\n';
    AtomicFile file = atomic_file_open(path);
    atomic_file_write(&file, bytes, padded);
    atomic_file_write(&file, data, data_shape_count(type, rank, shape) * data_type_size(type));
    atomic_file_commit(&file);
}
