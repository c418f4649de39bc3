// A model in memory: its arena, its threads and the values its steps read.
#ifndef RUNTIME_INSTANCE_H
#define RUNTIME_INSTANCE_H

#include "data.h"
#include "lines.h"
#include "team.h"

typedef struct Instance {
    const Program *program;
    char *arena;
    size_t arena_bytes;
    Values *values;
    Team *team;
    Distance *distance;       // between the threads' cores
    uint32_t *index;          // [batch], for the caller of load()
    char *const *class_names; // [classes], the caller's, or NULL: kept with the weights
} Instance;

// Some images of a data set, in an order: numbers[i] is the i-th one's number; NULL stands for all of them.
typedef struct ImageList {
    const Dataset *data;
    const uint32_t *numbers;
    size_t count;
} ImageList;

// Takes over `values`. The arena is zero; release with instance_free.
Instance instance_create(const Program *program, int threads, Values *values);
void instance_free(Instance *instance);

// The arena's size for a number of threads; ends the program where it does not fit size_t.
size_t program_arena_bytes(const Program *program, int threads);
// The largest set of bytes alive at one time in a training step with so many threads.
size_t program_lower_bound(const Program *program, int threads);

// Where image i of the batch lies.
void *instance_at(const Instance *instance, Place place, int image);
// The l2 penalty of the last step; 0 if there is none.
double instance_penalty(const Instance *instance);

// The surroundings of a step on n images; `data` may be NULL where nothing is loaded.
Frame instance_frame(const Instance *instance, const Dataset *data, int n);

// Loads images first .. first + n - 1 of the list, n at most the batch, and returns n.
int instance_load(const Instance *instance, const ImageList *list, size_t first);

#endif
