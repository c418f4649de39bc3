// A loop nest taken out of its piece: the same over names of its own, so that nests that compute the same
// from other tensors are equal.
#ifndef EMIT_NEST_H
#define EMIT_NEST_H

#include "loop/loop.h"

// What a nest reads of its surroundings: a buffer, or a variable.
typedef struct NestParameter {
    const char *name;     // inside
    const Buffer *buffer; // outside, or NULL:
    const char *variable;
    LoopType type; // of the variable
} NestParameter;

typedef struct Nest {
    LoopStatement *loop;
    List(NestParameter) parameters;
} Nest;

// False if it cannot be taken out: it calls kernels, defines buffers, or changes variables of its
// surroundings.
bool nest_take_out(Arena *arena, const LoopStatement *loop, Nest *nest);

#endif
