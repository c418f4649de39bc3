// The element types of the files that this runtime reads and writes (.npy, .safetensors).
#ifndef RUNTIME_DATA_TYPE_H
#define RUNTIME_DATA_TYPE_H

#include "real.h"
#include <stddef.h>
#include <stdint.h>

typedef enum DataType { DATA_F32, DATA_F64, DATA_I32, DATA_I64, DATA_U8 } DataType;

#ifdef REAL_F64
#define DATA_REAL DATA_F64
#else
#define DATA_REAL DATA_F32
#endif

enum { DATA_MAX_RANK = 8 };

// Bytes of one element: 1, 4 or 8.
size_t data_type_size(DataType type);

// "float32", as NumPy says it, for messages.
const char *data_type_name(DataType type);

// Element `index` of an array that may lie at any address.
double data_element(DataType type, const void *data, size_t index);

// Reads the `count` elements at `data` as reals; integers and the other floating type are converted.
void data_to_real(DataType type, const void *data, size_t count, real *out);

// The number of elements of `shape`, or SIZE_MAX where a dimension is negative or the bytes do not fit
// size_t.
size_t data_shape_count(DataType type, int rank, const int64_t *shape);

// Writes "64x3x3x3" ("scalar" for rank 0) into text, cut off where it does not fit, and returns text.
char *data_shape_text(int rank, const int64_t *shape, char *text, size_t size);

#endif
