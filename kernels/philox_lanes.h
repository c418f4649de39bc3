// Eight blocks of philox.h at once, in the lanes of vectors.
#ifndef KERNELS_PHILOX_LANES_H
#define KERNELS_PHILOX_LANES_H

#include "philox.h"

enum { PHILOX_LANES = 8 };
typedef uint32_t philox_words __attribute__((vector_size(4 * PHILOX_LANES)));
typedef uint64_t philox_products __attribute__((vector_size(4 * PHILOX_LANES)));

// The whole products of the even lanes' words. GCC would multiply all 64 bits, in several instructions.
#if defined(__AVX2__) && !defined(__clang__)
typedef int philox_operands __attribute__((vector_size(4 * PHILOX_LANES)));
#define PHILOX_EVEN_PRODUCTS(a, b)                                                                           \
    ((philox_products)__builtin_ia32_pmuludq256((philox_operands)(a), (philox_operands)(b)))
#else
#define PHILOX_EVEN_PRODUCTS(a, b) (((philox_products)(a)&0xffffffffu) * ((philox_products)(b)&0xffffffffu))
#endif

// The upper halves of all lanes' products. (Vectors are passed by their addresses: how they are passed
// themselves depends on the processor.)
static inline void philox_upper(const philox_words *a, const philox_words *factor, philox_words *upper) {
    const philox_products upper_half = (philox_products){0} + 0xffffffff00000000u;
    const philox_products even = PHILOX_EVEN_PRODUCTS(*a, *factor);
    const philox_products odd = PHILOX_EVEN_PRODUCTS((philox_products)*a >> 32, *factor);
    *upper = (philox_words)((even >> 32) | (odd & upper_half));
}

// Eight blocks at once: block i is that of counter (c0, c1, c2, first_block + i), its word w is out[w][i].
static inline void philox4x32_8(const uint32_t counter[3], uint32_t first_block, const uint32_t key[2],
                                philox_words out[4]) {
    const philox_words multiplier_0 = (philox_words){0} + PHILOX_MULTIPLIER_0;
    const philox_words multiplier_1 = (philox_words){0} + PHILOX_MULTIPLIER_1;
    philox_words c0 = (philox_words){0} + counter[0], c1 = (philox_words){0} + counter[1];
    philox_words c2 = (philox_words){0} + counter[2];
    philox_words c3 = (philox_words){0, 1, 2, 3, 4, 5, 6, 7} + first_block;
    uint32_t k0 = key[0], k1 = key[1];
    for (int round = 0; round < PHILOX_ROUNDS; round++) {
        const philox_words lower_0 = c0 * multiplier_0, lower_1 = c2 * multiplier_1;
        philox_words upper_0, upper_1;
        philox_upper(&c0, &multiplier_0, &upper_0);
        philox_upper(&c2, &multiplier_1, &upper_1);
        c0 = upper_1 ^ c1 ^ k0;
        c1 = lower_1;
        c2 = upper_0 ^ c3 ^ k1;
        c3 = lower_0;
        k0 += PHILOX_WEYL_0;
        k1 += PHILOX_WEYL_1;
    }
    out[0] = c0;
    out[1] = c1;
    out[2] = c2;
    out[3] = c3;
}

#endif
