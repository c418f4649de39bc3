// Files of named tensors, as https://huggingface.co/docs/safetensors describes them: eight bytes of header
// length, a JSON header, the tensors' bytes without gaps. The host is little-endian, as the format is.
#ifndef RUNTIME_SAFETENSORS_H
#define RUNTIME_SAFETENSORS_H

#include "data_type.h"

typedef struct SafetensorsTensor {
    const char *name;
    DataType type; // F32, F64, I64 or U8
    int rank;
    int64_t shape[DATA_MAX_RANK];
    const void *data; // row-major; in a file that was read, at any alignment
} SafetensorsTensor;

typedef struct SafetensorsMetadata {
    const char *key, *value;
} SafetensorsMetadata;

typedef struct Safetensors {
    char *path;
    SafetensorsTensor *tensors; // in the order of their bytes
    int tensor_count;
    SafetensorsMetadata *metadata;
    int metadata_count;
    uint8_t *bytes;                    // the file
    void *header;                      // the parsed header, which owns names, keys and values
    const SafetensorsTensor **by_name; // sorted
} Safetensors;

// Reads and checks a file that may be anything: bad lengths, damaged JSON, unknown types, duplicate names,
// gaps and overlaps each end the program with one line. Release with safetensors_free.
Safetensors safetensors_read(const char *path);
void safetensors_free(Safetensors *file);

// NULL where there is none.
const SafetensorsTensor *safetensors_find(const Safetensors *file, const char *name);
const char *safetensors_metadata(const Safetensors *file, const char *key);

// Writes a file that appears whole or not at all. The tensors' bytes are placed by falling element size, else
// in the order given, so that each is aligned.
void safetensors_write(const char *path, const SafetensorsTensor *tensors, int tensor_count,
                       const SafetensorsMetadata *metadata, int metadata_count);

#endif
