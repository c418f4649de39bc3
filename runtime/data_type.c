#include "data_type.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

size_t data_type_size(DataType type) {
    switch (type) {
    case DATA_U8: return 1;
    case DATA_F32:
    case DATA_I32: return 4;
    case DATA_F64:
    case DATA_I64: break;
    }
    return 8;
}

const char *data_type_name(DataType type) {
    static const char *const names[] = {"float32", "float64", "int32", "int64", "uint8"};
    return names[type];
}

double data_element(DataType type, const void *data, size_t index) {
    const char *at = (const char *)data + index * data_type_size(type);
    float f32;
    double f64;
    int32_t i32;
    int64_t i64;
    switch (type) {
    case DATA_F32: memcpy(&f32, at, sizeof f32); return f32;
    case DATA_F64: memcpy(&f64, at, sizeof f64); return f64;
    case DATA_I32: memcpy(&i32, at, sizeof i32); return i32;
    case DATA_I64: memcpy(&i64, at, sizeof i64); return (double)i64;
    case DATA_U8: break;
    }
    return *(const uint8_t *)at;
}

void data_to_real(DataType type, const void *data, size_t count, real *out) {
    if (type == DATA_REAL) {
        if (count > 0) memcpy(out, data, count * sizeof *out);
        return;
    }
    for (size_t i = 0; i < count; i++) out[i] = (real)data_element(type, data, i);
}

size_t data_shape_count(DataType type, int rank, const int64_t *shape) {
    size_t count = 1, limit = PTRDIFF_MAX / data_type_size(type);
    for (int axis = 0; axis < rank; axis++) {
        if (shape[axis] < 0) return SIZE_MAX;
        // Kept under the limit even beside a dimension of zero, so that products in any order are safe.
        if (shape[axis] > 0 && count > limit / (uint64_t)shape[axis]) return SIZE_MAX;
        if (shape[axis] > 0) count *= (size_t)shape[axis];
    }
    for (int axis = 0; axis < rank; axis++) {
        if (shape[axis] == 0) return 0;
    }
    return count;
}

char *data_shape_text(int rank, const int64_t *shape, char *text, size_t size) {
    size_t length = 0;
    snprintf(text, size, "scalar");
    for (int axis = 0; axis < rank && length < size; axis++) {
        int written = snprintf(text + length, size - length, "%s%" PRId64, axis > 0 ? "x" : "", shape[axis]);
        length += (size_t)written;
    }
    return text;
}
