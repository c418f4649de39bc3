// dropout_mask (ref/dropout_mask.h): eight blocks at a time, 64 decisions.
#include "kernel.h"
#include "philox.h"

KERNEL_LINKAGE void KERNEL(uint8_t *restrict mask, real rate, ptrdiff_t sample, ptrdiff_t site, uint64_t seed,
                           uint32_t epoch) {
    const uint32_t threshold = (uint32_t)(rate * 65536 + (real)0.5);
    const uint32_t key[2] = {(uint32_t)seed, (uint32_t)(seed >> 32)};
    const uint32_t counter[3] = {(uint32_t)sample, epoch, (uint32_t)site | 0x80000000u};
    for (ptrdiff_t first = 0; first < KERNEL_ELEMENTS; first += 64) {
        uint32_t words[4][PHILOX_LANES];
        uint8_t decisions[64];
        philox4x32_8(counter, (uint32_t)(first / 8), key, words);
        for (int word = 0; word < 4; word++)
            for (int lane = 0; lane < PHILOX_LANES; lane++) {
                decisions[word * 16 + lane] = (words[word][lane] & 0xffff) >= threshold;
                decisions[word * 16 + 8 + lane] = words[word][lane] >> 16 >= threshold;
            }
        const ptrdiff_t left = KERNEL_ELEMENTS - first;
        __builtin_memcpy(mask + first, decisions, left < 64 ? (size_t)left : 64);
    }
}

#include "kernel_end.h"
