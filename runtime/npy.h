// NumPy's .npy files (format versions 1, 2 and 3), C order, little-endian.
#ifndef RUNTIME_NPY_H
#define RUNTIME_NPY_H

#include "data_type.h"

typedef struct NpyArray {
    DataType type;
    int rank;
    int64_t shape[DATA_MAX_RANK];
    size_t count; // elements
    void *data;   // row-major
} NpyArray;

// Reads a file; whatever is wrong with it ends the program with one line. Release with npy_free.
NpyArray npy_read(const char *path);

// The same from bytes in memory; `name` is for messages.
NpyArray npy_parse(const char *name, const uint8_t *bytes, size_t size);

void npy_free(NpyArray *array);

// Writes a version 1 file that appears whole or not at all.
void npy_write(const char *path, DataType type, int rank, const int64_t *shape, const void *data);

#endif
