// The C target's parts: expressions, statements, lane loops, kernels.
#ifndef EMIT_C_H
#define EMIT_C_H

#include "emit/target.h"

// How real expressions are printed: as numbers; as vectors; as vectors of which only the first lanes count
// (the remainder of a lane loop).
typedef enum LaneMode { LANES_SCALAR, LANES_WHOLE, LANES_PART } LaneMode;

// A name whose value differs from lane to lane. Names that do not are in no list.
typedef struct LaneName {
    const char *name;
    bool affine;    // an index: the C variable holds lane 0's, each lane adds `stride`; else a C variable of
    int64_t stride; // type vec (reals, and indices held as reals) or vec_mask (truth values)
} LaneName;

typedef struct CPrinter {
    Emit *emit;
    int depth;
    const char *image; // the variable of the image loop around, or NULL
    LaneMode mode;
    bool nests_apart;              // nests become functions of their own, if they can
    const char *part;              // LANES_PART: how many lanes count, as C
    const LoopStatement *gathered; // the store whose vectors are kept in `gathered[turn]`, or NULL
    List(LaneName) names;
} CPrinter;

// --- lanes (c_lanes.c) ---
const LaneName *lane_name(const CPrinter *printer, const char *name); // NULL if it is the same in all lanes
bool lane_varies(const CPrinter *printer, const LoopExpr *expr);
// By how much an index grows from lane to lane; false if that is no constant.
bool lane_stride(const CPrinter *printer, const LoopExpr *index, int64_t *stride);
// Records a name that is defined inside the lane loop by `value`, if it varies. False if it has no vector
// form.
bool lane_define(CPrinter *printer, const LoopStatement *statement);
// What kind of vector code a lane loop can become.
typedef struct LanePlan {
    bool vector; // else it stays a loop over numbers
    bool part;   // the remainder can be a vector too
} LanePlan;
LanePlan lane_plan(const CPrinter *printer, const LoopStatement *loop);

// --- expressions (c_expression.c): C text allocated in the arena ---
const char *c_expression(const CPrinter *printer, const LoopExpr *expr);
const char *c_vector(const CPrinter *printer, const LoopExpr *expr); // as vec, also where it does not vary
const char *c_index_vector(const CPrinter *printer, const LoopExpr *expr); // an index as vec of reals
const char *c_pointer(const CPrinter *printer, const Buffer *buffer, const LoopExpr *index);

// --- statements (c_statement.c, c_loop.c) ---
void c_line(const CPrinter *printer, const char *format, ...) __attribute__((format(printf, 2, 3)));
void c_body(CPrinter *printer, const LoopBody *body);
void c_loop(CPrinter *printer, const LoopStatement *loop);
const char *c_element_type(const Buffer *buffer);

// --- kernels (c_kernel.c) ---
void c_kernels(Emit *emit,
               const LoopBody *body); // those used in body that were not printed or declared before
void c_call(CPrinter *printer, const LoopStatement *call);
// A kernel's name, and all that follows `#define KERNEL name`; only emit's arena is needed.
EmittedText c_kernel_text(Emit *emit, const Kernel *kernel);
// The kernel as a file of its own.
const char *c_kernel_file(Emit *emit, const Kernel *kernel, const EmittedText *emitted);

// --- nests (c_nest.c, c_nest_numbers.c) ---
// A nest, with what goes before and after it, as a call of a function. False if it can be none. The calls are
// known once all nests are: pieces are printed before, to collect these, and after c_print_nests.
bool c_nest(const CPrinter *printer, const LoopBody *body);
void c_print_nests(Emit *emit);

// --- files beside the main one (c.c) ---
void c_open_file(Text *file);                      // begins it, if it is not begun
void c_close_nest_file(Emit *emit);                // ends it, if it holds enough
void c_declare(Text *file, const char *prototype); // if it is not yet

// --- what is needed (live.c) ---
// A copy of the body without definitions and buffers that nothing reads.
LoopBody live_body(Arena *arena, const LoopBody *body);
bool body_reads(const LoopBody *body, const char *name);

#endif
