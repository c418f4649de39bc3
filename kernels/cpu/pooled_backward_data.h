// pooled_backward_data (ref/pooled_backward_data.h). Where filters are few, cpu/pooled_fields.h. Else, of
// each window, the filters that chose the same position are taken together: the patch of the padded input
// gradient at that position, strip by strip, takes the sum of their weights in registers. Which filters they
// are, but those whose gradient is 0, is found first, as bits of a word.
#include "cpu/conv.h"
#include "cpu/conv_gradient.h"

#define POOLED_WORD     64 // filters
#define POOLED_TOGETHER TILE_LEAST(KERNEL_FILTERS, POOLED_WORD)
// A strip's weights stay in the first-level cache, or nearly: a few more from the second level cost less than
// many short strips, which look up all filters again.
#define POOLED_CACHE  (40 << 10)
#define POOLED_WIDEST (POOLED_CACHE / (POOLED_TOGETHER * KERNEL_WINDOW_HEIGHT * LANES * (int)sizeof(real)))
#include "cpu/pooled.h"

#define POOLED_WINDOWS ((ptrdiff_t)POOLED_HEIGHT * POOLED_WIDTH)
// Numbers of the scratch's parts: the packed weights and the padded gradients, in whole vectors.
#define POOLED_PACKED (POOLED_TOGETHER * KERNEL_WINDOW_HEIGHT * POOLED_STRIP * LANES)
#define POOLED_PADDED (TILE_ROUND_UP(KERNEL_IMAGES * CONV_GRADIENT_SIZE, LANES) * LANES)

#include "cpu/pooled_fields.h"

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
    for (ptrdiff_t window = 0; window < KERNEL_IMAGES * POOLED_WINDOWS; window++)
        for (ptrdiff_t position = 0; position < POOLED_AREA; position++)
            *mask++ = KERNEL_PART(chosen)(gradient + window * KERNEL_FILTERS,
                                          positions + window * KERNEL_FILTERS, position, filters);
}

// What a strip reads of `filters` filters' weights, [filter][row of the window][vectors], so that it stays in
// the first-level cache: filters lie at powers of two from each other and would compete for few places in it.
// Behind the last of `columns` numbers of a row come zeros, which change nothing in the pixels that whole
// vectors reach beyond.
VEC_INLINE void KERNEL_PART(pack)(real *restrict packed, const real *restrict weights, ptrdiff_t filters,
                                  const int vectors, const int columns) {
    for (ptrdiff_t row = 0; row < filters * KERNEL_WINDOW_HEIGHT; row++, weights += POOLED_RUN)
        for (int v = 0; v < vectors; v++, packed += LANES) {
            const vec_mask inside = vec_first(columns - v * LANES);
            vec_store(packed, vec_select(inside, vec_load(weights + v * LANES), vec_all(0)));
        }
}

// A strip of the patch of one position of one window; mask: not 0.
VEC_INLINE void KERNEL_PART(patch_strip)(real *to, const real *gradient, const real *packed, uint64_t mask,
                                         const int vectors) {
    const ptrdiff_t row = KERNEL_DILATION_Y * CONV_PADDED_ROW;
    Tile tile;
    tile_load(&tile, KERNEL_WINDOW_HEIGHT, vectors, to, row);
    do {
        const ptrdiff_t filter = __builtin_ctzll(mask);
        KERNEL_PART(add)
        (&tile, vectors, gradient[filter], packed + filter * KERNEL_WINDOW_HEIGHT * vectors * LANES,
         vectors * LANES);
        mask &= mask - 1;
    } while (mask);
    tile_store(&tile, KERNEL_WINDOW_HEIGHT, vectors, vectors * LANES, to, row);
}

// All windows of an image, for a strip.
VEC_INLINE void KERNEL_PART(image_strip)(real *to, const real *gradient, const real *packed,
                                         const uint64_t *mask, const int vectors) {
    for (ptrdiff_t y = 0; y < POOLED_HEIGHT; y++)
        for (ptrdiff_t x = 0; x < POOLED_WIDTH; x++, gradient += KERNEL_FILTERS)
            for (ptrdiff_t position = 0; position < POOLED_AREA; position++, mask++) {
                const ptrdiff_t at = KERNEL_PART(patch)(y, x, CONV_PADDED_ROW, KERNEL_CHANNELS) +
                                     KERNEL_PART(step)(position, CONV_PADDED_ROW, KERNEL_CHANNELS);
                if (*mask) KERNEL_PART(patch_strip)(to + at, gradient, packed, *mask, vectors);
            }
}

// All images, for `filters` filters and a strip from `column` on.
VEC_INLINE void KERNEL_PART(strip)(real *padded, const real *gradient, const real *weights, real *packed,
                                   const uint64_t *masks, ptrdiff_t filters, ptrdiff_t column,
                                   const int vectors, const int columns) {
    KERNEL_PART(pack)(packed, weights + column, filters, vectors, columns);
    for (ptrdiff_t image = 0; image < KERNEL_IMAGES; image++) KERNEL_PART(image_strip)
    (padded + image * CONV_GRADIENT_SIZE + column, gradient + image * POOLED_WINDOWS * KERNEL_FILTERS, packed,
     masks + image * POOLED_WINDOWS * POOLED_AREA, vectors);
}

VEC_INLINE void KERNEL_PART(positions)(real *padded, const real *gradient, const uint8_t *positions,
                                       const real *weights, real *packed, uint64_t *masks) {
    for (ptrdiff_t first = 0; first < KERNEL_FILTERS; first += POOLED_WORD) {
        const ptrdiff_t filters = TILE_LEAST(KERNEL_FILTERS - first, (ptrdiff_t)POOLED_WORD);
        KERNEL_PART(masks)(masks, gradient + first, positions + first, (int)filters);
#define POOLED_CALL(column, vectors, columns)                                                                \
    KERNEL_PART(strip)                                                                                       \
    (padded, gradient + first, weights + first * POOLED_WEIGHTS, packed, masks, filters, column, vectors,    \
     columns)
        POOLED_STRIPS(POOLED_CALL);
#undef POOLED_CALL
    }
}

KERNEL_LINKAGE void KERNEL(real *restrict input_gradient, const real *restrict gradient,
                           const uint8_t *restrict positions, const real *restrict weights,
                           void *restrict scratch, const void *const *slots) {
    // Vectors of weights, and of whole pixels, cross no cache line.
    real *packed = scratch, *padded = packed + (FIELD_IS_BETTER ? FIELD_PACKED : POOLED_PACKED);
    __builtin_memset(padded, 0, KERNEL_IMAGES * CONV_GRADIENT_SIZE * sizeof(real));
    if (FIELD_IS_BETTER)
        KERNEL_PART(fields)(padded, gradient, positions, weights, packed);
    else
        KERNEL_PART(positions)
    (padded, gradient, positions, weights, packed, (uint64_t *)(padded + POOLED_PADDED));
    for (ptrdiff_t image = 0; image < KERNEL_IMAGES; image++)
        KERNEL_PART(copy)(input_gradient, padded + image * CONV_GRADIENT_SIZE, image, slots);
}

#undef POOLED_WORD
#undef POOLED_TOGETHER
#undef POOLED_CACHE
#undef POOLED_WINDOWS
#undef POOLED_PACKED
#undef POOLED_PADDED
#undef FIELD_ZEROS
#undef FIELD_HEIGHT
#undef FIELD_ROWS
#undef FIELD_RUN
#undef FIELD_VECTORS
#undef FIELD_COPIES
#undef FIELD_CACHED
#undef FIELD_FITTING
#undef FIELD_MOST
#undef FIELD_STRIP
#undef FIELD_PACKED
#undef FIELD_STEP
#undef FIELD_TIME
#undef FIELD_IS_BETTER
#include "cpu/conv_end.h"
#include "cpu/conv_gradient_end.h"
#include "cpu/pooled_end.h"
#include "kernel_end.h"
