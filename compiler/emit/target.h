// What a target can print. The caller (emit/program.c) puts a program together from: the file's beginning,
// pieces (each preceded by the kernels that it is the first to use), and steps.
#ifndef EMIT_TARGET_H
#define EMIT_TARGET_H

#include "base/memory.h"
#include "base/text.h"
#include "loop/loop.h"

// Where the arena's parts lie, in bytes; runtime/program.h has the picture.
typedef struct EmitLayout {
    int64_t fixed_bytes, chunk_bytes, chunk_images, scratch_bytes;
} EmitLayout;

// A kernel that was printed: what tells it from others, and its function's name.
typedef struct EmittedKernel {
    const char *key, *name;
} EmittedKernel;

// The state of one file that is being written.
typedef struct Emit {
    Arena *arena;
    EmitLayout layout;
    Text *out;
    List(EmittedKernel) kernels;
} Emit;

typedef struct Target {
    const char *name;
    // Whatever must stand before the first piece.
    void (*begin)(Emit *emit);
    // A piece of parallel work, and before it the kernels that no piece before had.
    void (*piece)(Emit *emit, const LoopFunction *function);
    // A step that runs pieces one after the other, each on all threads.
    void (*step)(Emit *emit, const char *name, const char *comment, int count, LoopFunction *const *pieces);
} Target;

extern const Target target_c;    // C11 with GNU vector types
extern const Target target_null; // the loop nests as text, for tests

#endif
