// pooled_backward_data (ref/pooled_backward_data.h): of each window the filters that chose the same position
// are taken together: the patch of the padded input gradient at that position, strip by strip, takes the sum
// of their weights in registers. Which filters they are, but those whose gradient is 0, is found first, as
// bits of a word.
#include "cpu/conv.h"
#include "cpu/conv_gradient.h"
#include "cpu/pooled.h"

#define POOLED_WORD  64 // filters
#define POOLED_WORDS TILE_ROUND_UP(KERNEL_FILTERS, POOLED_WORD)
#define POOLED_MASKS (POOLED_HEIGHT * POOLED_WIDTH * POOLED_AREA)

// Of `filters` filters those that chose the position.
VEC_INLINE uint64_t KERNEL_PART(chosen)(const real *gradient, const uint8_t *positions, ptrdiff_t position,
                                        const int filters) {
    uint64_t bits = 0;
    for (int filter = 0; filter < filters; filter += LANES) {
        const vec_mask chose = vec_load_bytes(positions + filter) == vec_all((real)position);
        const vec_mask counts = vec_load(gradient + filter) != vec_all(0);
        bits |= (uint64_t)vec_bits(chose & counts) << filter;
    }
    return bits & ~UINT64_C(0) >> (POOLED_WORD - filters);
}

VEC_INLINE void KERNEL_PART(masks)(uint64_t *mask, const real *gradient, const uint8_t *positions,
                                   const int filters) {
    for (ptrdiff_t window = 0; window < POOLED_HEIGHT * POOLED_WIDTH; window++)
        for (ptrdiff_t position = 0; position < POOLED_AREA; position++)
            *mask++ = KERNEL_PART(chosen)(gradient + window * KERNEL_FILTERS,
                                          positions + window * KERNEL_FILTERS, position, filters);
}

// Stores a tile of which `columns` numbers a row are meant: whole vectors, of which the rest is what was
// there, since the moves of a part would take longer.
VEC_INLINE void KERNEL_PART(store)(const Tile *tile, const int vectors, const int columns, real *to) {
    UNROLL(14)
    for (int r = 0; r < KERNEL_WINDOW_HEIGHT; r++, to += KERNEL_DILATION_Y * CONV_PADDED_ROW) {
        UNROLL(6)
        for (int v = 0; v < vectors; v++) {
            real *at = to + v * LANES;
            const int left = columns - v * LANES;
            vec_store(at, left >= LANES ? tile->sum[r][v]
                                        : vec_select(vec_first(left), tile->sum[r][v], vec_load(at)));
        }
    }
}

// A strip of the patch of one position of one window; mask: not 0.
VEC_INLINE void KERNEL_PART(patch_strip)(real *to, const real *gradient, const real *weights, uint64_t mask,
                                         const int vectors, const int columns) {
    Tile tile;
    tile_load(&tile, KERNEL_WINDOW_HEIGHT, vectors, to, KERNEL_DILATION_Y * CONV_PADDED_ROW);
    do {
        const ptrdiff_t filter = __builtin_ctzll(mask);
        KERNEL_PART(add)(&tile, vectors, gradient[filter], weights + filter * POOLED_WEIGHTS, POOLED_RUN);
        mask &= mask - 1;
    } while (mask);
    KERNEL_PART(store)(&tile, vectors, columns, to);
}

VEC_INLINE void KERNEL_PART(strip)(real *padded, const real *gradient, const real *weights,
                                   const uint64_t *mask, const int vectors, const int columns) {
    for (ptrdiff_t y = 0; y < POOLED_HEIGHT; y++)
        for (ptrdiff_t x = 0; x < POOLED_WIDTH; x++)
            for (ptrdiff_t position = 0; position < POOLED_AREA; position++, mask++) {
                const ptrdiff_t at =
                    KERNEL_PART(patch)(y, x, CONV_PADDED_ROW) + KERNEL_PART(step)(position, CONV_PADDED_ROW);
                if (*mask) KERNEL_PART(patch_strip)
                (padded + at, gradient + (y * POOLED_WIDTH + x) * KERNEL_FILTERS, weights, *mask, vectors,
                 columns);
            }
}

KERNEL_LINKAGE void KERNEL(real *restrict input_gradient, const real *restrict gradient,
                           const uint8_t *restrict positions, const real *restrict weights,
                           void *restrict scratch, const void *const *slots) {
    uint64_t *masks = scratch;
    real *padded = (real *)(masks + POOLED_MASKS);
    __builtin_memset(padded, 0, CONV_GRADIENT_SIZE * sizeof(real));
    // The weights of a word's filters that a strip needs stay in the first-level cache.
    for (ptrdiff_t word = 0; word < POOLED_WORDS; word++) {
        const ptrdiff_t first = word * POOLED_WORD;
        KERNEL_PART(masks)
        (masks, gradient + first, positions + first,
         (int)TILE_LEAST(KERNEL_FILTERS - first, (ptrdiff_t)POOLED_WORD));
#define POOLED_CALL(column, vectors, columns)                                                                \
    KERNEL_PART(strip)                                                                                       \
    (padded + (column), gradient + first, weights + first * POOLED_WEIGHTS + (column), masks, vectors,       \
     columns)
        POOLED_STRIPS(POOLED_CALL);
#undef POOLED_CALL
    }
    KERNEL_PART(copy)(input_gradient, padded, slots);
}

#undef POOLED_WORD
#undef POOLED_WORDS
#undef POOLED_MASKS
#include "cpu/conv_end.h"
#include "cpu/conv_gradient_end.h"
#include "cpu/pooled_end.h"
#include "kernel_end.h"
