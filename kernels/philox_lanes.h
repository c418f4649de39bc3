// Blocks of philox.h in the lanes of vectors. A lane has 64 bits: of each number in it a round reads the
// lower 32, so that whole products can stay where they are.
#ifndef KERNELS_PHILOX_LANES_H
#define KERNELS_PHILOX_LANES_H

#include "philox.h"
#include "vec.h"

#if defined(__AVX512F__)
#define PHILOX_BYTES 64
#else
#define PHILOX_BYTES 32
#endif

// A round waits for the one before it, so four sets of lanes go on together. Two of them have the blocks with
// even and with odd numbers, whose 32 bits then lie side by side.
enum { PHILOX_SETS = 4, PHILOX_PAIRS = PHILOX_SETS / 2, PHILOX_PAIR_BLOCKS = PHILOX_BYTES / 4 };
typedef uint32_t philox_words __attribute__((vector_size(PHILOX_BYTES))); // a word of each block of a pair
typedef uint64_t philox_products __attribute__((vector_size(PHILOX_BYTES)));

// The products of the lanes' lower halves. GCC would multiply all 64 bits, in several instructions.
#if defined(__AVX512F__) && !defined(__clang__)
typedef int philox_operands __attribute__((vector_size(PHILOX_BYTES)));
typedef long long philox_result __attribute__((vector_size(PHILOX_BYTES)));
#define PHILOX_PRODUCTS(a, b)                                                                                \
    ((philox_products)__builtin_ia32_pmuludq512_mask((philox_operands)(a), (philox_operands)(b),             \
                                                     (philox_result){0}, (uint8_t)-1))
#elif defined(__AVX2__) && !defined(__clang__)
typedef int philox_operands __attribute__((vector_size(PHILOX_BYTES)));
#define PHILOX_PRODUCTS(a, b)                                                                                \
    ((philox_products)__builtin_ia32_pmuludq256((philox_operands)(a), (philox_operands)(b)))
#else
#define PHILOX_PRODUCTS(a, b) (((a)&0xffffffffu) * ((b)&0xffffffffu))
#endif

// (Vectors are passed by their addresses: how they are passed themselves depends on the processor.)
VEC_INLINE void philox_round(philox_products word[4], const philox_products key[2]) {
    const philox_products first = PHILOX_PRODUCTS(word[0], (philox_products){0} + PHILOX_MULTIPLIER_0);
    const philox_products second = PHILOX_PRODUCTS(word[2], (philox_products){0} + PHILOX_MULTIPLIER_1);
    word[0] = second >> 32 ^ word[1] ^ key[0];
    word[1] = second;
    word[2] = first >> 32 ^ word[3] ^ key[1];
    word[3] = first;
}

// Block i of pair p is that of counter (c0, c1, c2, first_block + p * PHILOX_PAIR_BLOCKS + i), its word w is
// out[p][w][i].
VEC_INLINE void philox4x32_pairs(const uint32_t counter[3], uint32_t first_block, const uint32_t key[2],
                                 philox_words out[PHILOX_PAIRS][4]) {
    philox_products word[PHILOX_SETS][4],
        keys[2] = {(philox_products){0} + key[0], (philox_products){0} + key[1]};
    UNROLL(PHILOX_SETS)
    for (uint32_t set = 0; set < PHILOX_SETS; set++) {
        for (int w = 0; w < 3; w++) word[set][w] = (philox_products){0} + counter[w];
        for (int lane = 0; lane < PHILOX_PAIR_BLOCKS / 2; lane++) word[set][3][lane] = (uint64_t)(2 * lane);
        word[set][3] += first_block + set / 2 * PHILOX_PAIR_BLOCKS + set % 2;
    }
    UNROLL(10)
    for (int round = 0; round < PHILOX_ROUNDS; round++) {
        UNROLL(4)
        for (int set = 0; set < PHILOX_SETS; set++) philox_round(word[set], keys);
        keys[0] += PHILOX_WEYL_0;
        keys[1] += PHILOX_WEYL_1;
    }
    UNROLL(2)
    for (int pair = 0; pair < PHILOX_PAIRS; pair++) UNROLL(4)
    for (int w = 0; w < 4; w++)
        out[pair][w] = (philox_words)((word[2 * pair][w] & 0xffffffffu) | word[2 * pair + 1][w] << 32);
}

#endif
