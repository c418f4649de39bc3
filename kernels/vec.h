// Vectors of `real` in the compilers' own vector types: as many lanes as the target's registers hold.
// Operators work lane by lane, also between a vector and a `real`. Every operation gives the same bits in a
// lane whatever its place, so a remainder computed with other vectors or lane by lane equals the main part.
#ifndef KERNELS_VEC_H
#define KERNELS_VEC_H

#include "real.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__AVX512F__)
#define VEC_BYTES     64
#define VEC_REGISTERS 32
#elif defined(__AVX__)
#define VEC_BYTES     32
#define VEC_REGISTERS 16
#elif defined(__aarch64__)
#define VEC_BYTES     16
#define VEC_REGISTERS 32
#else
#define VEC_BYTES     16
#define VEC_REGISTERS 16
#endif

#ifdef REAL_F64
#define LANES (VEC_BYTES / 8)
typedef int64_t lane_int;
#else
#define LANES (VEC_BYTES / 4)
typedef int32_t lane_int;
#endif

typedef real vec __attribute__((vector_size(VEC_BYTES)));
typedef lane_int vec_mask __attribute__((vector_size(VEC_BYTES))); // a lane: 0 or -1
typedef real vec_unaligned __attribute__((vector_size(VEC_BYTES), aligned(sizeof(real)), may_alias));
typedef uint8_t vec_bytes __attribute__((vector_size(LANES)));
typedef int32_t vec_ints __attribute__((vector_size(LANES * 4)));

#define VEC_INLINE static inline __attribute__((always_inline, unused))
// Only full unrolling lets arrays of vectors live in registers.
#define VEC_PRAGMA(text) _Pragma(#text)
// UNROLL_BY: of a loop whose count is not known, so many turns at a time; 1: none, though the count is known.
#ifdef __clang__
#define UNROLL(times)    VEC_PRAGMA(unroll)
#define UNROLL_BY(times) VEC_PRAGMA(clang loop unroll_count(times))
#else
#define UNROLL(times)    VEC_PRAGMA(GCC unroll times)
#define UNROLL_BY(times) VEC_PRAGMA(GCC unroll times)
#endif

VEC_INLINE vec vec_all(real number) {
    return number - (vec){0};
}

// Keeps v in a register: GCC would load it again wherever it is used, if that is an operand of an
// instruction.
#if defined(__AVX512F__)
#define VEC_KEEP(v) __asm__("" : "+v"(v))
#elif defined(__x86_64__)
#define VEC_KEEP(v) __asm__("" : "+x"(v))
#else
#define VEC_KEEP(v) ((void)0)
#endif

VEC_INLINE vec vec_load(const real *from) {
    return *(const vec_unaligned *)from;
}

VEC_INLINE void vec_store(real *to, vec v) {
    *(vec_unaligned *)to = v;
}

// The first `count` lanes, 0 <= count < LANES, which is no constant.
VEC_INLINE void vec_store_first(real *to, vec v, ptrdiff_t count);

// The first `count` lanes only. Where that is a constant, lane by lane: by way of memory, GCC would have v
// itself there, and add to it there before.
VEC_INLINE void vec_store_part(real *to, vec v, ptrdiff_t count) {
    if (count >= LANES) {
        vec_store(to, v);
    } else if (__builtin_constant_p(count)) {
        UNROLL(16)
        for (int lane = 0; lane < LANES; lane++)
            if (lane < count) to[lane] = v[lane];
    } else {
        vec_store_first(to, v, count);
    }
}

// Lane l from from[l * stride].
VEC_INLINE vec vec_gather(const real *from, ptrdiff_t stride) {
    vec v = {0};
    for (int lane = 0; lane < LANES; lane++) v[lane] = from[lane * stride];
    return v;
}

VEC_INLINE void vec_scatter(real *to, ptrdiff_t stride, vec v) {
    for (int lane = 0; lane < LANES; lane++) to[lane * stride] = v[lane];
}

VEC_INLINE vec_ints vec_ints_of_bytes(const uint8_t *from);
VEC_INLINE vec_bytes vec_bytes_of_ints(vec_ints ints); // of 0 .. 255

VEC_INLINE vec vec_load_bytes(const uint8_t *from) {
    return __builtin_convertvector(vec_ints_of_bytes(from), vec);
}

VEC_INLINE vec vec_load_ints(const int32_t *from) {
    vec_ints ints;
    __builtin_memcpy(&ints, from, sizeof ints);
    return __builtin_convertvector(ints, vec);
}

// Lanes that are whole numbers 0 .. 255.
VEC_INLINE void vec_store_bytes_part(uint8_t *to, vec v, ptrdiff_t count) {
    vec_bytes bytes = vec_bytes_of_ints(__builtin_convertvector(v, vec_ints));
    __builtin_memcpy(to, &bytes, (size_t)count);
}

VEC_INLINE void vec_store_bytes(uint8_t *to, vec v) {
    vec_store_bytes_part(to, v, LANES);
}

// start, start + step, start + 2 step, ...
VEC_INLINE vec vec_ramp(real start, real step) {
    vec v = {0};
    for (int lane = 0; lane < LANES; lane++) v[lane] = (real)lane;
    return v * step + start;
}

// True in the first `count` lanes.
VEC_INLINE vec_mask vec_first(ptrdiff_t count) {
    return vec_ramp(0, 1) < (real)count;
}

VEC_INLINE vec vec_select(vec_mask mask, vec yes, vec no) {
    return (vec)((mask & (vec_mask)yes) | (~mask & (vec_mask)no));
}

// a > b ? a : b, so that b is the result where either is NaN; likewise the minimum.
VEC_INLINE vec vec_maximum(vec a, vec b);
VEC_INLINE vec vec_minimum(vec a, vec b);
VEC_INLINE vec vec_square_root(vec v);
// Lane l's truth is bit l.
VEC_INLINE uint32_t vec_bits(vec_mask mask);

VEC_INLINE vec vec_absolute(vec v) {
    const vec_mask sign = (vec_mask)vec_all((real)-0.0);
    return (vec)((vec_mask)v & ~sign);
}

// Lanes exchanged with those `half` lanes away, within pairs of such groups.
#if LANES == 2
#define VEC_EXCHANGED(v, half) __builtin_shufflevector(v, v, 0 ^ (half), 1 ^ (half))
#elif LANES == 4
#define VEC_EXCHANGED(v, half) __builtin_shufflevector(v, v, 0 ^ (half), 1 ^ (half), 2 ^ (half), 3 ^ (half))
#elif LANES == 8
#define VEC_EXCHANGED(v, half)                                                                               \
    __builtin_shufflevector(v, v, 0 ^ (half), 1 ^ (half), 2 ^ (half), 3 ^ (half), 4 ^ (half), 5 ^ (half),    \
                            6 ^ (half), 7 ^ (half))
#else
#define VEC_EXCHANGED(v, half)                                                                               \
    __builtin_shufflevector(v, v, 0 ^ (half), 1 ^ (half), 2 ^ (half), 3 ^ (half), 4 ^ (half), 5 ^ (half),    \
                            6 ^ (half), 7 ^ (half), 8 ^ (half), 9 ^ (half), 10 ^ (half), 11 ^ (half),        \
                            12 ^ (half), 13 ^ (half), 14 ^ (half), 15 ^ (half))
#endif

// The sum and the maximum of all lanes, halves first: the order is fixed.
VEC_INLINE real vec_sum(vec v) {
#if LANES > 8
    v += VEC_EXCHANGED(v, 8);
#endif
#if LANES > 4
    v += VEC_EXCHANGED(v, 4);
#endif
#if LANES > 2
    v += VEC_EXCHANGED(v, 2);
#endif
    v += VEC_EXCHANGED(v, 1);
    return v[0];
}

VEC_INLINE real vec_largest(vec v) {
#if LANES > 8
    v = vec_maximum(v, VEC_EXCHANGED(v, 8));
#endif
#if LANES > 4
    v = vec_maximum(v, VEC_EXCHANGED(v, 4));
#endif
#if LANES > 2
    v = vec_maximum(v, VEC_EXCHANGED(v, 2));
#endif
    v = vec_maximum(v, VEC_EXCHANGED(v, 1));
    return v[0];
}

#include "vec_native.h"
// Functions that need the operations above.
#include "vec_math.h"

#endif
