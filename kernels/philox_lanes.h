// Blocks of philox.h in the lanes of vectors, eight in each.
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

// Eight blocks after some rounds: word w of each.
typedef struct PhiloxLanes {
    philox_words word[4];
} PhiloxLanes;

// The upper and lower halves of all lanes' products. (Vectors are passed by their addresses: how they are
// passed themselves depends on the processor.)
static inline void philox_multiply(const philox_words *a, uint32_t factor, philox_words *upper,
                                   philox_words *lower) {
    const philox_words factors = (philox_words){0} + factor;
    const philox_products even = PHILOX_EVEN_PRODUCTS(*a, factors);
    const philox_products odd = PHILOX_EVEN_PRODUCTS((philox_products)*a >> 32, factors);
    *upper =
        __builtin_shufflevector((philox_words)(even >> 32), (philox_words)odd, 0, 9, 2, 11, 4, 13, 6, 15);
    *lower = *a * factors;
}

static inline void philox_round(PhiloxLanes *lanes, uint32_t k0, uint32_t k1) {
    philox_words upper_0, lower_0, upper_1, lower_1, *word = lanes->word;
    philox_multiply(&word[0], PHILOX_MULTIPLIER_0, &upper_0, &lower_0);
    philox_multiply(&word[2], PHILOX_MULTIPLIER_1, &upper_1, &lower_1);
    word[0] = upper_1 ^ word[1] ^ k0;
    word[1] = lower_1;
    word[2] = upper_0 ^ word[3] ^ k1;
    word[3] = lower_0;
}

// Twice eight blocks: block i is that of counter (c0, c1, c2, first_block + i), its word w is
// out[i / 8].word[w][i % 8]. A round waits for the one before it, so two sets of lanes go on together.
static inline void philox4x32_16(const uint32_t counter[3], uint32_t first_block, const uint32_t key[2],
                                 PhiloxLanes out[2]) {
    uint32_t k0 = key[0], k1 = key[1];
    for (uint32_t i = 0; i < 2; i++) {
        for (int w = 0; w < 3; w++) out[i].word[w] = (philox_words){0} + counter[w];
        out[i].word[3] = (philox_words){0, 1, 2, 3, 4, 5, 6, 7} + (first_block + i * PHILOX_LANES);
    }
    for (int round = 0; round < PHILOX_ROUNDS; round++) {
        philox_round(&out[0], k0, k1);
        philox_round(&out[1], k0, k1);
        k0 += PHILOX_WEYL_0;
        k1 += PHILOX_WEYL_1;
    }
}

#endif
