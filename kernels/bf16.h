// bfloat16: the upper half of a float, rounded to nearest, ties to even. As the instruction VCVTNEPS2BF16
// does it: a NaN keeps its upper half and becomes quiet, numbers below the smallest normal one become zero of
// their sign, and what rounds beyond the largest number becomes infinite. In whole numbers, so that every
// machine makes the same bits.
#ifndef KERNELS_BF16_H
#define KERNELS_BF16_H

#include "kernel.h"

#ifdef REAL_F64
#error "products of rounded numbers are summed in float: there are no kernels in bf16 for double"
#endif

typedef uint16_t bf16;
typedef uint16_t bf16_vec __attribute__((vector_size(VEC_BYTES / 2)));
typedef uint32_t bf16_words __attribute__((vector_size(VEC_BYTES)));
typedef uint32_t bf16_words_unaligned __attribute__((vector_size(VEC_BYTES), aligned(2), may_alias));

// Each lane's bf16, in the lower half of a word.
VEC_INLINE bf16_words bf16_of(vec v) {
    const bf16_words bits = (bf16_words)v, upper = bits >> 16, size = bits & 0x7fffffffu;
    const bf16_words rounded = (bits + (upper & 1) + 0x7fffu) >> 16;
    const bf16_words nan = (bf16_words)(size > 0x7f800000u), tiny = (bf16_words)(size < 0x00800000u);
    return (rounded & ~nan & ~tiny) | ((upper | 0x40u) & nan) | (upper & 0x8000u & tiny);
}

// The floats of words' upper halves, and of their lower ones.
VEC_INLINE vec bf16_upper(bf16_words words) {
    return (vec)(words & 0xffff0000u);
}

VEC_INLINE vec bf16_lower(bf16_words words) {
    return (vec)(words << 16);
}

VEC_INLINE void bf16_store_part(bf16 *to, vec v, ptrdiff_t count) {
    const bf16_vec rounded = __builtin_convertvector(bf16_of(v), bf16_vec);
    if (count >= LANES)
        __builtin_memcpy(to, &rounded, sizeof rounded);
    else
        __builtin_memcpy(to, &rounded, (size_t)count * sizeof(bf16));
}

static __attribute__((noinline, unused)) void bf16_round(bf16 *restrict to, const real *restrict from,
                                                         ptrdiff_t count) {
    for (ptrdiff_t i = 0; i < count; i += LANES) bf16_store_part(to + i, vec_load(from + i), count - i);
}

// --- pairs of rows, as the second operand of products has them (amx.h) ---

enum { BF16_PAIRS = 16, BF16_PANEL = 32 }; // pairs of rows of a tile; columns of a panel: two tiles

// Where pair `pair` of a panel's rows has its column `column`: tiles of [pair][column][2], two side by side
// for each 16 pairs.
VEC_INLINE ptrdiff_t bf16_panel_place(ptrdiff_t pair, ptrdiff_t column) {
    const ptrdiff_t tile = pair / BF16_PAIRS * 2 + column / 16;
    return (tile * BF16_PAIRS + pair % BF16_PAIRS) * 32 + column % 16 * 2;
}

// Pair `pair` of a panel, from the two rows of numbers that it is made of; the second may be NULL: zeros.
// Zeros beyond the last of `columns` columns.
static inline void bf16_pack_pair(bf16 *panel, ptrdiff_t pair, const real *first, const real *second,
                                  ptrdiff_t columns) {
    for (ptrdiff_t i = 0; i < BF16_PANEL; i += LANES) {
        bf16_words words = {0};
        if (i < columns) {
            const vec_mask inside = vec_first(columns - i);
            words = bf16_of(vec_select(inside, vec_load(first + i), (vec){0}));
            if (second) words |= bf16_of(vec_select(inside, vec_load(second + i), (vec){0})) << 16;
        }
        *(bf16_words_unaligned *)(panel + bf16_panel_place(pair, i)) = words;
    }
}

#endif
