// Maximum, minimum and square root: the vector types have no operator for them, targets have an instruction,
// and compilers find it only sometimes. Part of vec.h.
#ifndef KERNELS_VEC_NATIVE_H
#define KERNELS_VEC_NATIVE_H

#ifdef REAL_F64
#define VEC_SQUARE_ROOT_LANE __builtin_sqrt
#else
#define VEC_SQUARE_ROOT_LANE __builtin_sqrtf
#endif

#if defined(__AVX__) && !defined(__AVX512F__)
#ifdef REAL_F64
#define VEC_MAXIMUM     __builtin_ia32_maxpd256
#define VEC_MINIMUM     __builtin_ia32_minpd256
#define VEC_SQUARE_ROOT __builtin_ia32_sqrtpd256
#else
#define VEC_MAXIMUM     __builtin_ia32_maxps256
#define VEC_MINIMUM     __builtin_ia32_minps256
#define VEC_SQUARE_ROOT __builtin_ia32_sqrtps256
#endif
#elif defined(__SSE2__) && !defined(__AVX512F__)
#ifdef REAL_F64
#define VEC_MAXIMUM     __builtin_ia32_maxpd
#define VEC_MINIMUM     __builtin_ia32_minpd
#define VEC_SQUARE_ROOT __builtin_ia32_sqrtpd
#else
#define VEC_MAXIMUM     __builtin_ia32_maxps
#define VEC_MINIMUM     __builtin_ia32_minps
#define VEC_SQUARE_ROOT __builtin_ia32_sqrtps
#endif
#endif

#ifdef __AVX512F__
typedef real vec_half __attribute__((vector_size(VEC_BYTES / 2)));
#ifdef REAL_F64
#define VEC_HALF_SQUARE_ROOT __builtin_ia32_sqrtpd256
#else
#define VEC_HALF_SQUARE_ROOT __builtin_ia32_sqrtps256
#endif
#endif

VEC_INLINE vec vec_maximum(vec a, vec b) {
#ifdef VEC_MAXIMUM
    return VEC_MAXIMUM(a, b);
#else
    return vec_select(a > b, a, b);
#endif
}

VEC_INLINE vec vec_minimum(vec a, vec b) {
#ifdef VEC_MINIMUM
    return VEC_MINIMUM(a, b);
#else
    return vec_select(a < b, a, b);
#endif
}

VEC_INLINE vec vec_square_root(vec v) {
#if defined(VEC_SQUARE_ROOT)
    return VEC_SQUARE_ROOT(v);
#elif defined(__AVX512F__)
    // The builtins of full width differ between compilers; those of half the width do not.
    union {
        vec whole;
        vec_half half[2];
    } both = {v};
    for (int i = 0; i < 2; i++) both.half[i] = VEC_HALF_SQUARE_ROOT(both.half[i]);
    return both.whole;
#else
    for (int lane = 0; lane < LANES; lane++) v[lane] = VEC_SQUARE_ROOT_LANE(v[lane]);
    return v;
#endif
}

#endif
