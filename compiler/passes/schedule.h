// How a function is cut up and ordered: what segment, fuse and schedule decide, and plan and lower carry out.
//
// A function runs as a sequence of phases with a barrier after each. A chunk phase runs once for every chunk
// of images, on any thread, and goes depth-first through its stages; a whole phase works on what has no batch
// axis (weights' forms, sums over chunks, updates). Values that need the whole batch (OP_REDUCES_BATCH) are
// accumulated for each chunk and combined in the next whole phase, so they cut the function into segments.
#ifndef PASSES_SCHEDULE_H
#define PASSES_SCHEDULE_H

#include "ir/op.h"

// Where in a nest a member's element is computed: in a nest over a pool's windows, once before the window's
// pixels, for each pixel, or once after them. A nest without windows has pixels only.
typedef enum NestLevel { NEST_BEFORE, NEST_PIXEL, NEST_AFTER } NestLevel;

// Values that are computed together in one loop nest. More than one member: a nest of elementwise work, sums
// over pixels and pools, or a contraction followed by its epilogue.
typedef struct Group {
    List(Value *) members;
    List(NestLevel) levels; // of the members
    const Value *pool;      // the nest runs over its windows; NULL: over pixels
    bool whole;             // in a whole phase: no batch axis
    bool combines;          // its first member is accumulated over chunks, and combined here
    bool blocks;            // and if so: it is no sum over chunks, but computed here in blocks of its rows
    int segment;            // even: whole, odd: chunks; the order of the function
    int time;               // position in the order of all groups
    int stage;              // number of its stage in the function
} Group;

typedef enum StageKind {
    STAGE_IMAGES, // image by image through all of the stage's groups
    STAGE_ROWS,   // one group, all images of the chunk at once
    STAGE_WHOLE   // groups without batch axis: one, or several one after the other on one thread
} StageKind;

typedef struct Stage {
    StageKind kind;
    List(Group *) groups;
} Stage;

typedef struct Phase {
    bool per_chunk;
    List(Stage *) stages;
} Phase;

typedef struct Schedule {
    Function *function;
    int *segment; // by value id: where it is computed; a reduction: where it is accumulated
    Group *
        *group; // by value id: what computes it; a reduction: what accumulates it; NULL: a source or a view
    Group **combining; // by value id: of a reduction, the whole group that combines it
    List(Group *) groups;
    List(Phase *) phases;
    int stage_count;
} Schedule;

typedef List(Group *) Groups;

// Whole groups of a segment that one thread computes one after the other, as they are too little work to wait
// for each other at a barrier.
typedef struct Chain {
    Groups groups;
    int level;          // how many chains of the segment have to be through before: its phase
    int64_t work;       // elements that are read or written
    bool one_piece;     // and not shared among threads
    struct Chain *into; // the one that it was merged into
} Chain;

typedef List(Chain *) Chains;

// The users of a value, in order; views are looked through.
typedef List(Value *) Users;

struct Text;

// Chunks of a full batch: enough to share among threads, few enough that partial gradients stay small. Fewer
// where that would leave a few rows for dense layers.
enum { CHUNKS = 8 };

// Images in a chunk: the same for all functions of a module, and for any number of threads.
int64_t chunk_images(const Module *module);
Schedule *schedule_new(Function *function);
// Sets `segment`.
void pass_segment(Schedule *schedule);
// Copies cheap values into the segments that read them later (recompute.c).
void pass_recompute(Schedule *schedule);
// After values were added to the function: their segments, by value id. Effects on tensors move behind new
// readers.
void schedule_take_segments(Schedule *schedule, int *segments);
// Sets `groups`; without fusing, every value is a group of its own.
void pass_fuse(Schedule *schedule, bool fusing);
// Sets `phases`.
void pass_schedule(Schedule *schedule);
// The chains of a whole segment's groups (chain.c).
Chains chain_groups(const Schedule *schedule, const Users *users, const Groups *groups);
// Of an image's share of a value, or of one that all share, in single precision (cost.c).
int64_t value_bytes(const Value *value);
// What a function whose values have segments costs an image, in multiply-adds (cost.c).
double schedule_cost(const Schedule *schedule);
// Whether the group is computed for all images of a chunk at once.
bool group_is_of_rows(const Group *group);
void schedule_print(const Schedule *schedule, struct Text *text);

// --- nests (nest.c) ---
// Whether a nest can compute the value: as an element of each pixel, or as a sum over them.
bool value_has_element(const Value *value);
bool value_has_term(const Value *value);
// Whether the group is lowered as one nest, whatever its members.
bool group_is_nest(const Group *group);
// What the group's nest runs over; with windows: the pixels', and one number a window.
const Shape *group_shape(const Group *group);
const Shape *group_window_shape(const Group *group);
// Into how many equal blocks of rows a large reduction is cut; 0: it is accumulated by chunk and combined.
int64_t nest_blocks(const Value *value);
// Numbers of a row of such a block, and how many equal runs of rows it has.
int64_t nest_block_columns(const Value *value);
int64_t nest_block_runs(const Value *value);
// Elements of a piece of a whole nest: enough to hide the cost of handing it to a thread. Sums over chunks,
// and the updates by them, read and write about four times as many numbers for each as other nests do.
enum { PIECE_ELEMENTS = 8192, COMBINED_ELEMENTS = 2048 };

// Whether some operand of a nest has one number a channel: then pixels and channels are two loops.
bool group_needs_channels(const Group *group);
// Into how many pieces a whole group's work is cut, which any threads compute.
int64_t group_pieces(const Group *group);
// Of a nest's pieces, each but the last.
int64_t group_piece_elements(const Group *group);
// Whether the value can be computed in the group's nest, and at which level. A backward pool turns a nest
// over what is then one number a window into one over its windows: nest_add does that.
bool nest_joins(const Group *group, const Value *value, NestLevel *level);
void nest_add(Arena *arena, Group *group, Value *value, NestLevel level);
// The value whose bytes these are: itself, or what a chain of views begins with.
Value *value_root(Value *value);
// The first of that chain that has just these elements: the root, or a view of a part of it.
const Value *value_elements(const Value *value);
// Where its elements begin in the root's.
int64_t value_offset(const Value *value);
// The users of every value, by value id.
Users *function_users(const Function *function);

#endif
