// A loop nest, with what goes before and after it, taken out of its piece: the same over names of its own, so
// that nests that compute the same from other tensors are equal.
#ifndef EMIT_NEST_H
#define EMIT_NEST_H

#include "loop/loop.h"

// What a nest reads of its surroundings: a buffer, or a variable.
typedef struct NestParameter {
    const char *name;     // inside
    const Buffer *buffer; // outside, or NULL:
    bool written;         // by the nest
    const char *variable;
    LoopType type; // of the variable
} NestParameter;

typedef struct Nest {
    LoopBody body;
    List(NestParameter) parameters;
} Nest;

// False if it cannot be taken out: it calls kernels, defines buffers, or changes variables of its
// surroundings.
bool nest_take_out(Arena *arena, const LoopBody *body, Nest *nest);

#endif
