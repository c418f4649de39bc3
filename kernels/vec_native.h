// Maximum, minimum, square root, stores of some lanes and masks as bits: the vector types have no operator
// for them, targets have an instruction, and compilers find it only sometimes. Bytes to whole numbers and
// back: GCC takes them apart lane by lane, unless it is told how to shuffle or which instruction it is. Part
// of vec.h.
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
#define VEC_BITS        __builtin_ia32_movmskpd256
#else
#define VEC_MAXIMUM     __builtin_ia32_maxps256
#define VEC_MINIMUM     __builtin_ia32_minps256
#define VEC_SQUARE_ROOT __builtin_ia32_sqrtps256
#define VEC_BITS        __builtin_ia32_movmskps256
#endif
#elif defined(__SSE2__) && !defined(__AVX512F__)
#ifdef REAL_F64
#define VEC_MAXIMUM     __builtin_ia32_maxpd
#define VEC_MINIMUM     __builtin_ia32_minpd
#define VEC_SQUARE_ROOT __builtin_ia32_sqrtpd
#define VEC_BITS        __builtin_ia32_movmskpd
#else
#define VEC_MAXIMUM     __builtin_ia32_maxps
#define VEC_MINIMUM     __builtin_ia32_minps
#define VEC_SQUARE_ROOT __builtin_ia32_sqrtps
#define VEC_BITS        __builtin_ia32_movmskps
#endif
#endif

// Those of full width differ between compilers: GCC's choose by a mask what is computed.
#ifdef __AVX512F__
#if defined(__clang__) && defined(REAL_F64)
#define VEC_MAXIMUM(a, b)  __builtin_ia32_maxpd512(a, b, VEC_CURRENT_ROUNDING)
#define VEC_MINIMUM(a, b)  __builtin_ia32_minpd512(a, b, VEC_CURRENT_ROUNDING)
#define VEC_SQUARE_ROOT(v) __builtin_ia32_sqrtpd512(v, VEC_CURRENT_ROUNDING)
#elif defined(__clang__)
#define VEC_MAXIMUM(a, b)  __builtin_ia32_maxps512(a, b, VEC_CURRENT_ROUNDING)
#define VEC_MINIMUM(a, b)  __builtin_ia32_minps512(a, b, VEC_CURRENT_ROUNDING)
#define VEC_SQUARE_ROOT(v) __builtin_ia32_sqrtps512(v, VEC_CURRENT_ROUNDING)
#elif defined(REAL_F64)
#define VEC_MAXIMUM(a, b)  __builtin_ia32_maxpd512_mask(a, b, b, (uint8_t)-1, VEC_CURRENT_ROUNDING)
#define VEC_MINIMUM(a, b)  __builtin_ia32_minpd512_mask(a, b, b, (uint8_t)-1, VEC_CURRENT_ROUNDING)
#define VEC_SQUARE_ROOT(v) __builtin_ia32_sqrtpd512_mask(v, v, (uint8_t)-1, VEC_CURRENT_ROUNDING)
#else
#define VEC_MAXIMUM(a, b)  __builtin_ia32_maxps512_mask(a, b, b, (uint16_t)-1, VEC_CURRENT_ROUNDING)
#define VEC_MINIMUM(a, b)  __builtin_ia32_minps512_mask(a, b, b, (uint16_t)-1, VEC_CURRENT_ROUNDING)
#define VEC_SQUARE_ROOT(v) __builtin_ia32_sqrtps512_mask(v, v, (uint16_t)-1, VEC_CURRENT_ROUNDING)
#endif
enum { VEC_CURRENT_ROUNDING = 4, VEC_LESS = 1 };
#ifdef REAL_F64
typedef long long vec_longs __attribute__((vector_size(VEC_BYTES)));
#define VEC_BITS(v)      __builtin_ia32_cmpq512_mask((vec_longs)(v), (vec_longs){0}, VEC_LESS, (uint8_t)-1)
#define VEC_STORE_MASKED __builtin_ia32_storeupd512_mask
#else
#define VEC_BITS(v)      __builtin_ia32_cmpd512_mask((vec_ints)(v), (vec_ints){0}, VEC_LESS, (uint16_t)-1)
#define VEC_STORE_MASKED __builtin_ia32_storeups512_mask
#endif
#endif

#if defined(__AVX512F__) && !defined(REAL_F64) && !defined(__clang__)
typedef char vec_chars __attribute__((vector_size(LANES)));

VEC_INLINE vec_ints vec_ints_of_bytes(const uint8_t *from) {
    vec_chars bytes;
    __builtin_memcpy(&bytes, from, sizeof bytes);
    return (vec_ints)__builtin_ia32_pmovzxbd512_mask(bytes, (vec_ints){0}, (uint16_t)-1);
}

VEC_INLINE vec_bytes vec_bytes_of_ints(vec_ints ints) {
    return __builtin_convertvector(ints, vec_bytes);
}
#elif defined(__AVX2__) && !defined(REAL_F64) && !defined(__clang__)
typedef uint8_t vec_shuffled __attribute__((vector_size(32)));
typedef uint64_t vec_repeated __attribute__((vector_size(32)));

// Both halves of a register hold the eight bytes: bytes do not cross halves in one instruction.
VEC_INLINE vec_ints vec_ints_of_bytes(const uint8_t *from) {
    uint64_t bytes;
    __builtin_memcpy(&bytes, from, sizeof bytes);
    const vec_shuffled both = (vec_shuffled)((vec_repeated){0} + bytes);
    return (vec_ints)__builtin_shufflevector(both, both, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 20,
                                             20, 20, 20, 21, 21, 21, 21, 22, 22, 22, 22, 23, 23, 23, 23) &
           255;
}

VEC_INLINE vec_bytes vec_bytes_of_ints(vec_ints ints) {
    const vec_shuffled bytes = (vec_shuffled)ints;
    return __builtin_shufflevector(bytes, bytes, 0, 4, 8, 12, 16, 20, 24, 28);
}
#else
VEC_INLINE vec_ints vec_ints_of_bytes(const uint8_t *from) {
    vec_bytes bytes;
    __builtin_memcpy(&bytes, from, sizeof bytes);
    return __builtin_convertvector(bytes, vec_ints);
}

VEC_INLINE vec_bytes vec_bytes_of_ints(vec_ints ints) {
    return __builtin_convertvector(ints, vec_bytes);
}
#endif

// Lane l is four[index[l]], of the four numbers, in which an index is 0 .. 3. Any other gives any of them.
#if defined(__AVX__) && !defined(REAL_F64)
typedef real vec_four __attribute__((vector_size(16)));
typedef real vec_four_unaligned __attribute__((vector_size(16), aligned(sizeof(real)), may_alias));

VEC_INLINE vec vec_choose(const real *four, vec_mask index) {
    const vec_four numbers = *(const vec_four_unaligned *)four;
#if !defined(__AVX512F__)
    const vec repeated = __builtin_shufflevector(numbers, numbers, 0, 1, 2, 3, 0, 1, 2, 3);
    return __builtin_ia32_vpermilvarps256(repeated, index);
#elif defined(__clang__)
    const vec repeated =
        __builtin_shufflevector(numbers, numbers, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3);
    return __builtin_ia32_vpermilvarps512(repeated, index);
#else
    const vec repeated = __builtin_ia32_broadcastf32x4_512(numbers, (vec){0}, (uint16_t)-1);
    return __builtin_ia32_vpermilvarps512_mask(repeated, index, repeated, (uint16_t)-1);
#endif
}
#else
VEC_INLINE vec vec_choose(const real *four, vec_mask index) {
    const vec_mask is_odd = (index & 1) != 0, is_upper = (index & 2) != 0;
    return vec_select(is_upper, vec_select(is_odd, vec_all(four[3]), vec_all(four[2])),
                      vec_select(is_odd, vec_all(four[1]), vec_all(four[0])));
}
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
#else
    for (int lane = 0; lane < LANES; lane++) v[lane] = VEC_SQUARE_ROOT_LANE(v[lane]);
    return v;
#endif
}

VEC_INLINE void vec_store_first(real *to, vec v, ptrdiff_t count) {
#ifdef VEC_STORE_MASKED
    VEC_STORE_MASKED(to, v, (1u << count) - 1);
#else
    __builtin_memcpy(to, &v, (size_t)count * sizeof(real));
#endif
}

VEC_INLINE uint32_t vec_bits(vec_mask mask) {
#if defined(VEC_BITS)
    return (uint32_t)VEC_BITS((vec)mask);
#else
    uint32_t bits = 0;
    for (int lane = 0; lane < LANES; lane++) bits |= (uint32_t)(mask[lane] & 1) << lane;
    return bits;
#endif
}

#endif
