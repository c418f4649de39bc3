// Transposes a square of numbers, LANES x LANES, in registers: part of vec.h's vectors.
#ifndef KERNELS_VEC_TRANSPOSE_H
#define KERNELS_VEC_TRANSPOSE_H

#include "vec.h"

// Of each pair of rows `half` apart, the groups of `half` lanes that lie across are exchanged.
#define VEC_TRANSPOSE_STEP(rows, half)                                                                       \
    do {                                                                                                     \
        vec_mask first = {0};                                                                                \
        UNROLL(16)                                                                                           \
        for (int lane = 0; lane < LANES; lane++) first[lane] = lane & (half) ? 0 : -1;                       \
        UNROLL(16)                                                                                           \
        for (int row = 0; row < LANES; row++) {                                                              \
            if (row & (half)) continue;                                                                      \
            const vec a = (rows)[row], b = (rows)[row + (half)];                                             \
            (rows)[row] = vec_select(first, a, VEC_EXCHANGED(b, half));                                      \
            (rows)[row + (half)] = vec_select(first, VEC_EXCHANGED(a, half), b);                             \
        }                                                                                                    \
    } while (0)

// rows[i] lane j <-> rows[j] lane i.
VEC_INLINE void vec_transpose(vec rows[LANES]) {
#if LANES > 8
    VEC_TRANSPOSE_STEP(rows, 8);
#endif
#if LANES > 4
    VEC_TRANSPOSE_STEP(rows, 4);
#endif
#if LANES > 2
    VEC_TRANSPOSE_STEP(rows, 2);
#endif
    VEC_TRANSPOSE_STEP(rows, 1);
}

#endif
