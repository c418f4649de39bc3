// dropout_mask: bytes 1 (kept) and 0 (dropped with probability `rate`, to 1/65536). Constant: ELEMENTS.
//   KERNEL(mask, rate, sample, site, seed, epoch)
// Decision i takes half i / 8 % 2 (0: the low 16 bits) of word i / 16 % 4 of block i / 64 * 8 + i % 8, so
// that vectors of eight blocks are used without moving lanes. A block's counter is (sample, epoch, site,
// block), the key the seed; `site` is a hash of the layer's path, its top bit is set here. The emitter adds
// seed and epoch (RANDOM in kernels.def): lowering passes the first four operands.
#include "kernel.h"
#include "philox.h"
#include <stddef.h>

KERNEL_LINKAGE void KERNEL(uint8_t *restrict mask, real rate, ptrdiff_t sample, ptrdiff_t site, uint64_t seed,
                           uint32_t epoch) {
    const uint32_t threshold = (uint32_t)(rate * 65536 + (real)0.5);
    const uint32_t key[2] = {(uint32_t)seed, (uint32_t)(seed >> 32)};
    for (ptrdiff_t i = 0; i < KERNEL_ELEMENTS; i++) {
        const uint32_t counter[4] = {(uint32_t)sample, epoch, (uint32_t)site | 0x80000000u,
                                     (uint32_t)(i / 64 * 8 + i % 8)};
        uint32_t words[4];
        philox4x32(counter, key, words);
        mask[i] = (words[i / 16 % 4] >> (i / 8 % 2 * 16) & 0xffff) >= threshold;
    }
}

#include "kernel_end.h"
