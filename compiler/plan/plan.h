// The static memory plan: every tensor of a module's functions at an offset known at compile time. See
// runtime/program.h for the arena's parts.
#ifndef PLAN_PLAN_H
#define PLAN_PLAN_H

#include "passes/schedule.h"

typedef enum Storage {
    STORAGE_NONE,    // fused away, or an effect
    STORAGE_FIXED,   // one for the whole batch: tensors, combined sums
    STORAGE_CHUNK,   // in every chunk, one for each of its images
    STORAGE_PIECE,   // in the thread's scratch, one for each image of the chunk: nothing outside its phase
                     // reads it
    STORAGE_SCRATCH, // of one image, in the thread's scratch: nothing outside its stage reads it
    STORAGE_GRADIENT // what "gradients" leaves for the runtime, in memory that no other function needs
} Storage;

typedef struct Placement {
    Storage storage;
    int64_t offset;  // bytes, within the fixed part, the chunk, the scratch or the gradients
    int64_t stride;  // bytes from image to image; 0: one for all
    int64_t partial; // of a reduction: bytes within the chunk of what it accumulates there
} Placement;

// Bytes that live at one time, without padding.
typedef struct Live {
    int64_t *fixed;   // by phase
    int64_t *chunk;   // of a chunk, by stage
    int64_t *scratch; // of a thread, by group's time: values only
    int64_t *across;  // of a chunk, by phase: what lives from before the phase into it; one more for the end
} Live;

typedef struct FunctionPlan {
    Schedule *schedule;
    Placement *placements; // by value id
    // By the group's time: where in the thread's scratch the group's own begins, for its kernel and its
    // blocks; and how many bytes that is, which lowering finds out.
    int64_t *own_scratch, *own_scratch_bytes;
    Live live;
    int64_t chunk_peak, fixed_peak, unplanned;
} FunctionPlan;

typedef struct Plan {
    Module *module;
    int64_t *tensor_offsets;   // by tensor
    int64_t *gradient_offsets; // by tensor, in the gradients' memory; -1: none. Valid after "gradients" ran
    int64_t penalty_offset;    // -1: none
    Placement input, label, logits, loss;
    int64_t real_bytes;
    int64_t chunk_images, chunks;
    int64_t fixed_bytes, chunk_bytes, scratch_bytes, gradient_bytes;
    int64_t tensor_bytes,
        tensors_end; // kept from step to step: without padding; where they end in the fixed part
    List(FunctionPlan *) functions;
} Plan;

// Plans all functions of a module but "model"; `schedules` are theirs. real_bytes: 4, or 8 in
// double-precision programs.
Plan *plan_new(Module *module, int64_t real_bytes, int schedule_count, Schedule *const *schedules);
// After lowering, when the groups' own scratch is known.
void plan_finish(Plan *plan);
int64_t plan_arena_bytes(const Plan *plan, int threads);
const FunctionPlan *plan_function(const Plan *plan, const char *name); // NULL if there is none
struct Text;
void plan_print(const Plan *plan, struct Text *text);

// --- one function (function.c) ---
// `twin`: a planned function that begins with the same values, whose places are taken over; or NULL.
int64_t plan_value_bytes(const Plan *plan, const Value *value); // of one image, without padding
const char *plan_output_place(const Value *value);              // NULL: it is no output
FunctionPlan *plan_schedule(Plan *plan, Schedule *schedule, const FunctionPlan *twin);

// --- the least that is needed (bound.c) ---
// The largest set of bytes that is alive at one time while the function runs on `threads` threads: no plan
// for this schedule can be smaller.
int64_t function_lower_bound(const Plan *plan, const FunctionPlan *function, int threads);
// That of a training step, or of "evaluate" if there is no other.
int64_t plan_lower_bound(const Plan *plan, int threads);
// What allocating each value of this function for itself would take.
int64_t plan_unplanned(const Plan *plan);

// --- placing (place.c) ---
// Something that occupies `size` bytes from time `first` to time `last`, both included.
typedef struct Interval {
    int64_t size;
    int first, last;
    int64_t offset; // the result; where it is not negative before, the interval stays there
    // Another interval, at least as large, that this one may lie on, from its very beginning, although both
    // live at `first`; or NO_HEIR.
    int heir_of;
} Interval;

enum { PLACE_ANYWHERE = -1, NO_HEIR = -1 };

// Gives every interval an offset so that those that overlap in time do not in space; one that is to stay, but
// meets one that does too, is placed anew. Returns the peak.
int64_t place_intervals(Arena *arena, int count, Interval *intervals);
// The most that lives at one time: no placement's peak is below it.
int64_t most_live(Arena *arena, int count, const Interval *intervals);

enum { PLAN_ALIGNMENT = 64, PLAN_PAGE = 4096, PLAN_APART = 256 };
// Bytes that a tensor takes: aligned, with the readable slack behind it that kernels may load
// (kernels/kernel.h). Where that is a little more than whole pages, what is next to it begins PLAN_APART
// bytes from where it does, modulo PLAN_PAGE: a processor compares a load's last 12 bits with those of the
// stores before it, so that who reads one and writes the other, a line or three ahead by these bits, would
// wait.
int64_t plan_padded(int64_t bytes);

#endif
