// Transposes a square of numbers, LANES x LANES, in registers: part of vec.h's vectors.
#ifndef KERNELS_VEC_TRANSPOSE_H
#define KERNELS_VEC_TRANSPOSE_H

#include "vec.h"

// Lanes of the 16 bytes within which every target shuffles two registers in one instruction; whole such
// parts are what it shuffles next.
enum { VEC_PART = 16 / (int)sizeof(real) };

// Within each `span` lanes of the two vectors, groups of `unit` lanes are numbered, those of b after a's.
// Lane `lane` of the vector that has the even ones (odd: 0) or the odd ones (1), as a lane of a, or LANES
// more: of b.
#define VEC_DEALT_GROUP(lane, unit, span, odd) ((lane) % (span) / (unit)*2 + (odd))
#define VEC_DEALT_LANE(lane, unit, span, odd)                                                                \
    ((lane) / (span) * (span) + VEC_DEALT_GROUP(lane, unit, span, odd) % ((span) / (unit)) * (unit) +        \
     (lane) % (unit) + VEC_DEALT_GROUP(lane, unit, span, odd) / ((span) / (unit)) * LANES)
#define VEC_DEALT_2(lane, ...) VEC_DEALT_LANE(lane, __VA_ARGS__), VEC_DEALT_LANE((lane) + 1, __VA_ARGS__)
#define VEC_DEALT_4(lane, ...) VEC_DEALT_2(lane, __VA_ARGS__), VEC_DEALT_2((lane) + 2, __VA_ARGS__)
#define VEC_DEALT_8(lane, ...) VEC_DEALT_4(lane, __VA_ARGS__), VEC_DEALT_4((lane) + 4, __VA_ARGS__)
#if LANES == 2
#define VEC_DEALT(a, b, ...) __builtin_shufflevector(a, b, VEC_DEALT_2(0, __VA_ARGS__))
#elif LANES == 4
#define VEC_DEALT(a, b, ...) __builtin_shufflevector(a, b, VEC_DEALT_4(0, __VA_ARGS__))
#elif LANES == 8
#define VEC_DEALT(a, b, ...) __builtin_shufflevector(a, b, VEC_DEALT_8(0, __VA_ARGS__))
#else
#define VEC_DEALT(a, b, ...)                                                                                 \
    __builtin_shufflevector(a, b, VEC_DEALT_8(0, __VA_ARGS__), VEC_DEALT_8(8, __VA_ARGS__))
#endif

// Of each pair of rows `half` apart, the even groups become the one, the odd groups the other.
#define VEC_TRANSPOSE_STEP(rows, half, unit, span)                                                           \
    do {                                                                                                     \
        UNROLL(16)                                                                                           \
        for (int row = 0; row < LANES; row++) {                                                              \
            if (row & (half)) continue;                                                                      \
            const vec a = (rows)[row], b = (rows)[row + (half)];                                             \
            (rows)[row] = VEC_DEALT(a, b, unit, span, 0);                                                    \
            (rows)[row + (half)] = VEC_DEALT(a, b, unit, span, 1);                                           \
        }                                                                                                    \
    } while (0)

// rows[i] lane j <-> rows[j] lane i.
VEC_INLINE void vec_transpose(vec rows[LANES]) {
    VEC_TRANSPOSE_STEP(rows, 1, 1, VEC_PART);
#ifndef REAL_F64
    VEC_TRANSPOSE_STEP(rows, 2, 1, VEC_PART);
#endif
#if VEC_BYTES > 16
    VEC_TRANSPOSE_STEP(rows, LANES * 16 / VEC_BYTES, VEC_PART, LANES);
#endif
#if VEC_BYTES > 32
    VEC_TRANSPOSE_STEP(rows, LANES * 32 / VEC_BYTES, VEC_PART, LANES);
#endif
}

#endif
