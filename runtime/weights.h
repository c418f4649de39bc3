// A program's parameters to and from safetensors files: file layout outside, memory layout in the arena.
#ifndef RUNTIME_WEIGHTS_H
#define RUNTIME_WEIGHTS_H

#include "program.h"
#include "safetensors.h"
#include <stdbool.h>

// A number of a checkpoint beside its tensors (epoch, step, best loss), kept as the F64 scalar
// "optimizer.NAME".
typedef struct WeightsCounter {
    const char *name;
    double value;
} WeightsCounter;

typedef struct WeightsExtras {
    const WeightsCounter *counters;
    int counter_count;
    const SafetensorsMetadata *metadata;
    int metadata_count;
} WeightsExtras;

// Writes weights and statistics, with `optimizer` the optimizer's state too, and the extras (NULL: none). The
// file appears whole or not at all.
void weights_save(const char *path, const Program *program, const char *arena, bool optimizer,
                  const WeightsExtras *extras);

// Puts a file's tensors into the arena. Without `optimizer`, entries under "optimizer." are passed over; with
// it, they must all be there. Missing, unknown and wrongly shaped tensors, and a foreign file, end the
// program with one line each naming the tensor. F64 and F32 are converted to real; PyTorch's
// num_batches_tracked is passed over.
void weights_load(const char *path, const Program *program, char *arena, bool optimizer);

// The same from a file that is open already (a checkpoint: its counters and metadata are wanted too).
void weights_restore(const Safetensors *file, const Program *program, char *arena, bool optimizer);

// True and *value if the file has that counter.
bool weights_counter(const Safetensors *file, const char *name, double *value);

// Copies one parameter between memory layout (at `memory`) and file layout (row-major `shape`).
void weights_to_file_layout(const Parameter *parameter, const real *memory, real *file);
void weights_to_memory_layout(const Parameter *parameter, const real *file, real *memory);

// The number of a parameter's elements.
size_t weights_parameter_count(const Parameter *parameter);

#endif
