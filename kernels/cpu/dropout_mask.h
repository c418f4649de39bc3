// dropout_mask (ref/dropout_mask.h): sixteen blocks at a time, 128 decisions.
#include "kernel.h"
#include "philox_lanes.h"

#ifndef KERNELS_CPU_DROPOUT_MASK_H
#define KERNELS_CPU_DROPOUT_MASK_H

typedef int32_t dropout_lanes __attribute__((vector_size(4 * PHILOX_LANES)));
typedef uint8_t dropout_bytes __attribute__((vector_size(4 * PHILOX_LANES)));

// The decisions of two words, the lower half's of a word before the upper's: 4 x PHILOX_LANES bytes of 0
// and 1.
static inline void dropout_decisions(const philox_words words[2], int32_t threshold,
                                     dropout_bytes *decisions) {
    const dropout_lanes first = (dropout_lanes)(words[0] & 0xffff) >= threshold;
    const dropout_lanes second = (dropout_lanes)(words[0] >> 16) >= threshold;
    const dropout_lanes third = (dropout_lanes)(words[1] & 0xffff) >= threshold;
    const dropout_lanes fourth = (dropout_lanes)(words[1] >> 16) >= threshold;
    // Each lane's four side by side, then all lanes of each.
    const dropout_bytes lane =
        (dropout_bytes)((first & 1) | (second & 0x100) | (third & 0x10000) | (fourth & 0x1000000));
    *decisions = __builtin_shufflevector(lane, lane, 0, 4, 8, 12, 16, 20, 24, 28, 1, 5, 9, 13, 17, 21, 25, 29,
                                         2, 6, 10, 14, 18, 22, 26, 30, 3, 7, 11, 15, 19, 23, 27, 31);
}

#endif

KERNEL_LINKAGE void KERNEL(uint8_t *restrict mask, real rate, ptrdiff_t sample, ptrdiff_t site, uint64_t seed,
                           uint32_t epoch) {
    const int32_t threshold = (int32_t)(rate * 65536 + (real)0.5);
    const uint32_t key[2] = {(uint32_t)seed, (uint32_t)(seed >> 32)};
    const uint32_t counter[3] = {(uint32_t)sample, epoch, (uint32_t)site | 0x80000000u};
    for (ptrdiff_t first = 0; first < KERNEL_ELEMENTS; first += 128) {
        PhiloxLanes lanes[2];
        philox4x32_16(counter, (uint32_t)(first / 8), key, lanes);
        dropout_bytes decisions[4];
        for (int i = 0; i < 4; i++)
            dropout_decisions(&lanes[i / 2].word[i % 2 * 2], threshold, &decisions[i]);
        const ptrdiff_t left = KERNEL_ELEMENTS - first;
        __builtin_memcpy(mask + first, decisions, left < 128 ? (size_t)left : 128);
    }
}

#include "kernel_end.h"
