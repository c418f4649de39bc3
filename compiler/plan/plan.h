// The static memory plan: every tensor of a module's functions at an offset known at compile time. See
// runtime/program.h for the arena's parts.
#ifndef PLAN_PLAN_H
#define PLAN_PLAN_H

#include "passes/schedule.h"

typedef enum Storage {
    STORAGE_NONE,   // fused away, or an effect
    STORAGE_FIXED,  // one for the whole batch: tensors, combined sums
    STORAGE_CHUNK,  // in every chunk, one for each of its images
    STORAGE_SCRATCH // of one image, in the thread's scratch: nothing outside its stage reads it
} Storage;

typedef struct Placement {
    Storage storage;
    int64_t offset;  // bytes, within the fixed part, the chunk or the scratch
    int64_t stride;  // bytes from image to image; 0: one for all
    int64_t partial; // of a reduction: bytes within the chunk of what it accumulates there
} Placement;

typedef struct FunctionPlan {
    Schedule *schedule;
    Placement *placements;  // by value id
    int64_t kernel_scratch; // bytes; grown while lowering
    int64_t chunk_peak, fixed_peak, lower_bound_chunk, lower_bound_fixed, unplanned;
} FunctionPlan;

typedef struct Plan {
    Module *module;
    int64_t *tensor_offsets;   // by tensor
    int64_t *gradient_offsets; // by tensor; -1: none. Valid after "gradients" ran
    int64_t penalty_offset;    // -1: none
    Placement input, label, logits, loss;
    int64_t real_bytes;
    int64_t chunk_images, chunks;
    int64_t fixed_bytes, chunk_bytes, value_scratch, scratch_bytes;
    int64_t lower_bound, unplanned; // of "train", or "evaluate" if there is no other
    List(FunctionPlan *) functions;
} Plan;

// Plans all functions of a module but "model"; `schedules` are theirs. real_bytes: 4, or 8 in
// double-precision programs.
Plan *plan_new(Module *module, int64_t real_bytes, int schedule_count, Schedule *const *schedules);
// After lowering, when the kernels' scratch is known.
void plan_finish(Plan *plan);
int64_t plan_arena_bytes(const Plan *plan, int threads);
const FunctionPlan *plan_function(const Plan *plan, const char *name); // NULL if there is none
struct Text;
void plan_print(const Plan *plan, struct Text *text);

// --- placing (place.c) ---
// Something that occupies `size` bytes from time `first` to time `last`, both included.
typedef struct Interval {
    int64_t size;
    int first, last;
    int64_t offset; // result
} Interval;
// Gives every interval an offset so that those that overlap in time do not in space. The first `early` of
// them are placed before the others, whatever those are. Returns the peak; *lower_bound is the most that
// lives at one time.
int64_t place_intervals(Arena *arena, int count, int early, Interval *intervals, int64_t *lower_bound);

enum { PLAN_ALIGNMENT = 64 };
// Bytes that a tensor takes: aligned, with the readable slack behind it that kernels may load
// (kernels/kernel.h).
int64_t plan_padded(int64_t bytes);

#endif
