// The driver's side of ops/lowering.h: where in a function lowering stands.
#ifndef PLAN_DRIVER_H
#define PLAN_DRIVER_H

#include "ops/lowering.h"
#include "plan/kernels.h"
#include "plan/plan.h"

// What a buffer of the open scope holds.
typedef enum Role {
    ROLE_VALUE,        // the value; in a chunk: of all its images
    ROLE_IMAGE,        // the value of the image that the loop is at
    ROLE_PARTIAL,      // what this chunk accumulates
    ROLE_ALL_PARTIALS, // what all chunks accumulated
    ROLE_ALL_IMAGES,   // the value of all chunks' images
    ROLE_SOURCE,
    ROLE_SCRATCH
} Role;

typedef struct ScopeBuffer {
    const Value *value; // root; NULL for sources
    Role role;
    Buffer *buffer;
} ScopeBuffer;

// Buffers used since the scope was opened: they are declared at its beginning.
typedef List(ScopeBuffer) Scope;

typedef struct Driver {
    Lowering lowering;
    Plan *plan;
    FunctionPlan *function;
    Scope piece; // buffers that are the same for every image: declared at the beginning of the piece
    Scope inner; // those of the image loop that is open
    StageKind kind;
    const Group *group;
    LoopExpr *image;   // the image loop's variable
    LoopExpr *element; // of an elementwise nest: the output's element and its channel
    LoopExpr *channel;
    LoopExpr *pixel[2];         // of a nest that reads around its pixels: row, column
    LoopExpr **evaluated;       // by value id: members' elements computed in this nest
    const Buffer *block;        // what a group that blocks has computed of its first member; else NULL
    LoopExpr *in_block;         // the element's number in it
    bool consumes;              // the group is the consumer of its first member's kernel
    int64_t scratch_used;       // by this op, bytes
    Kernel *kernel;             // the op's kernel call
    const KernelPolicy *policy; // how kernels' variants are chosen; NULL: the first that fits
} Driver;

// A buffer of the scope for a value in a role, made on first use. `written` if this use writes it.
Buffer *driver_buffer(Driver *driver, const Value *value, Role role, bool written);
Buffer *driver_source(Driver *driver, const char *name, BaseKind base, ElementType type, int64_t elements);
// Adds to `into` the scope's declarations, then `body`; the scope is empty again.
void driver_close_scope(Driver *driver, Scope *scope, LoopBody *into, const LoopBody *body);

// Bytes of the thread's scratch for what the group works with while it runs; returns where they begin.
int64_t driver_take_scratch(Driver *driver, int64_t bytes);

// Whether something outside of its group reads the value from memory.
bool driver_stores(const Driver *driver, const Value *value);

// --- elementwise nests (lower_nest.c) ---
// The element of a value that a nest of `elements` elements and `channels` channels reads at (element,
// channel).
LoopExpr *nest_operand(Driver *driver, const Value *value, int64_t elements, int64_t channels);
void lower_nest(Driver *driver, const Group *group);
// Whether a nest runs over windows or has sums over pixels (lower_window.c); then its lowering.
bool nest_has_windows_or_sums(const Group *group);
void lower_window_nest(Driver *driver, const Group *group);
// The nest of one of a whole group's pieces.
void lower_nest_piece(Driver *driver, const Group *group, LoopExpr *piece);
// The epilogue of a contraction: its last member's element from what the kernel accumulated.
LoopExpr *lower_epilogue(Driver *driver, const Group *group, Kernel *kernel);
// The consumer of what a kernel computes in blocks: the group's nest, element by element.
void lower_consumer(Driver *driver, const Group *group, Kernel *kernel);

#endif
