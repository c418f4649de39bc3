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
    int64_t real_bytes; // of a number
} EmitLayout;

// A function that was printed: its name, and its definition but for the name, which tells it from others.
typedef struct EmittedText {
    const char *name, *definition;
} EmittedText;

// A nest as a function of its own: its name, its parameters and its body as text. Once all nests are known:
// the function that it shares with others, and the numbers that it calls it with, behind the parameters'
// values.
typedef struct EmittedNest {
    const char *name, *parameters, *body, *function, *function_parameters, *numbers;
} EmittedNest;

// The texts of C files.
typedef List(const char *) EmittedFiles;

// The state of one program that is being written.
typedef struct Emit {
    Arena *arena;
    EmitLayout layout;
    Text *out;
    // Name and definition depend on what a kernel computes alone, not on the program or the layer that uses
    // it.
    List(EmittedText) kernels;
    // Pieces, the nests that they repeat, and kernels go into further files, which can be compiled side by
    // side; `out` declares the pieces.
    bool apart;
    bool measures;      // kernels are to be called with their families' parameters alone (emit/measure.h)
    bool in_place;      // the piece that is being written computes something itself, beside calling
    EmittedFiles files; // complete after end()
    List(const LoopFunction *) pieces; // not apart: none
    List(EmittedNest) nests;
    Text piece_file, nest_file; // take the next piece, the next nest
} Emit;

typedef struct Target {
    const char *name;
    // Whatever must stand before the first piece.
    void (*begin)(Emit *emit);
    // A piece of parallel work, and before it the kernels that no piece before had.
    void (*piece)(Emit *emit, const LoopFunction *function);
    // A step that runs pieces one after the other, each on all threads.
    void (*step)(Emit *emit, const char *name, const char *comment, int count, LoopFunction *const *pieces);
    // After the last piece.
    void (*end)(Emit *emit);
} Target;

// The files of the kernels that depend on no network: those that take their sizes as arguments, without
// epilogues, and what they share with those that have some. In double precision there are none in bf16.
EmittedFiles c_common_kernels(Arena *arena, bool double_precision);

extern const Target target_c;    // C11 with GNU vector types
extern const Target target_null; // the loop nests as text, for tests

#endif
