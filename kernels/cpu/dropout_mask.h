// dropout_mask (ref/dropout_mask.h): as many blocks at a time as philox_lanes.h has, eight decisions of each.
#include "kernel.h"
#include "philox_lanes.h"

#ifndef KERNELS_CPU_DROPOUT_MASK_H
#define KERNELS_CPU_DROPOUT_MASK_H

typedef uint16_t dropout_halves __attribute__((vector_size(PHILOX_BYTES)));
typedef uint8_t dropout_bytes __attribute__((vector_size(PHILOX_BYTES)));
enum { DROPOUT_DECISIONS = PHILOX_PAIRS * PHILOX_PAIR_BLOCKS * 8 };

// The decisions of two words of each block, in its four bytes: of the lower half of the first and the second
// word, then of their upper halves.
VEC_INLINE void dropout_decisions(dropout_bytes *decisions, const philox_words words[2], uint16_t threshold) {
    const dropout_halves first = (dropout_halves)((dropout_halves)words[0] >= threshold),
                         second = (dropout_halves)((dropout_halves)words[1] >= threshold);
    *decisions = (dropout_bytes)((first & 0x1) | (second & 0x100));
}

// Those of eight blocks, from byte `b` on, in the mask's order: by word, then by half, then by block.
#define DROPOUT_EIGHT(b) (b), (b) + 4, (b) + 8, (b) + 12, (b) + 16, (b) + 20, (b) + 24, (b) + 28
#define DROPOUT_ORDER(b)                                                                                     \
    DROPOUT_EIGHT(b), DROPOUT_EIGHT((b) + 2), DROPOUT_EIGHT((b) + 1), DROPOUT_EIGHT((b) + 3)

// The mask that a pair's words give.
VEC_INLINE void dropout_pair(dropout_bytes mask[2], const philox_words words[4], uint16_t threshold) {
    dropout_bytes a, b;
    dropout_decisions(&a, words, threshold);
    dropout_decisions(&b, words + 2, threshold);
#if PHILOX_BYTES == 64
    mask[0] = __builtin_shufflevector(a, b, DROPOUT_ORDER(0), DROPOUT_ORDER(64));
    mask[1] = __builtin_shufflevector(a, b, DROPOUT_ORDER(32), DROPOUT_ORDER(96));
#else
    mask[0] = __builtin_shufflevector(a, a, DROPOUT_ORDER(0));
    mask[1] = __builtin_shufflevector(b, b, DROPOUT_ORDER(0));
#endif
}

#endif

KERNEL_LINKAGE void KERNEL(uint8_t *restrict mask, real rate, ptrdiff_t sample, ptrdiff_t site, uint64_t seed,
                           uint32_t epoch) {
    const uint16_t threshold = (uint16_t)(rate * 65536 + (real)0.5);
    const uint32_t key[2] = {(uint32_t)seed, (uint32_t)(seed >> 32)};
    const uint32_t counter[3] = {(uint32_t)sample, epoch, (uint32_t)site | 0x80000000u};
    for (ptrdiff_t first = 0; first < KERNEL_ELEMENTS; first += DROPOUT_DECISIONS) {
        philox_words words[PHILOX_PAIRS][4];
        dropout_bytes decisions[PHILOX_PAIRS][2];
        philox4x32_pairs(counter, (uint32_t)(first / 8), key, words);
        UNROLL(2)
        for (int pair = 0; pair < PHILOX_PAIRS; pair++) dropout_pair(decisions[pair], words[pair], threshold);
        if (first + DROPOUT_DECISIONS <= KERNEL_ELEMENTS) // either count is a constant
            __builtin_memcpy(mask + first, decisions, DROPOUT_DECISIONS);
        else
            __builtin_memcpy(mask + first, decisions, KERNEL_ELEMENTS % DROPOUT_DECISIONS);
    }
}

#include "kernel_end.h"
