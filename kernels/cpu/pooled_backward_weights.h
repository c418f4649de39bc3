// pooled_backward_weights (ref/pooled_backward_weights.h): the gradients of a filter that are not 0 are
// listed, with the places of the patches that they meet; then the filter's weights, strip by strip, take the
// sum of these patches in registers.
#include "cpu/conv.h"
#include "cpu/pooled.h"

// Rows of windows that are listed at a time: some 32 windows, whose patches mostly stay in the first-level
// cache and whose products outweigh loading and storing the tile. kernels.def knows how many entries that
// makes.
#define POOLED_BAND    TILE_LEAST(POOLED_HEIGHT, 1 + 32 / POOLED_WIDTH)
#define POOLED_ENTRIES (POOLED_BAND * POOLED_WIDTH * KERNEL_ROWS)

// Pixels of 64 channels and multiples lie a cache line further from each other in a copy of the input: else
// the parts of them that a strip reads would compete for few places in the cache.
#define POOLED_GAP   (POOLED_IS_WIDE ? 16 : 0)
#define POOLED_PIXEL (KERNEL_CHANNELS + POOLED_GAP)
#define POOLED_ROW   (POOLED_IS_WIDE ? CONV_PADDED_WIDTH * POOLED_PIXEL : CONV_ROW)

#ifndef KERNELS_CPU_POOLED_ENTRY
#define KERNELS_CPU_POOLED_ENTRY
typedef struct PooledEntry {
    int32_t at; // where the patch begins
    real number;
} PooledEntry;
#endif

// The input to read: itself, or a copy.
VEC_INLINE const real *KERNEL_PART(source)(const real *input, real *copy) {
    if (!POOLED_IS_WIDE) return KERNEL_PART(input)(input, copy);
    for (ptrdiff_t y = -KERNEL_PAD_TOP; y < CONV_PADDED_HEIGHT - KERNEL_PAD_TOP; y++)
        for (ptrdiff_t x = -KERNEL_PAD_LEFT; x < CONV_PADDED_WIDTH - KERNEL_PAD_LEFT; x++) {
            real *pixel =
                copy + ((y + KERNEL_PAD_TOP) * CONV_PADDED_WIDTH + x + KERNEL_PAD_LEFT) * POOLED_PIXEL;
            if (y < 0 || y >= KERNEL_HEIGHT || x < 0 || x >= KERNEL_WIDTH)
                __builtin_memset(pixel, 0, KERNEL_CHANNELS * sizeof(real));
            else
                __builtin_memcpy(pixel, input + (y * KERNEL_WIDTH + x) * KERNEL_CHANNELS,
                                 KERNEL_CHANNELS * sizeof(real));
        }
    return copy;
}

// Lists a filter's windows of rows y .. end - 1; returns the end of the list.
VEC_INLINE PooledEntry *KERNEL_PART(list)(PooledEntry *entry, const real *gradient, const uint8_t *positions,
                                          const int32_t *steps, ptrdiff_t y, ptrdiff_t end) {
    for (; y < end; y++)
        for (ptrdiff_t x = 0; x < POOLED_WIDTH; x++) {
            const ptrdiff_t element = (y * POOLED_WIDTH + x) * KERNEL_FILTERS;
            entry->at =
                (int32_t)KERNEL_PART(patch)(y, x, POOLED_ROW, POOLED_PIXEL) + steps[positions[element]];
            entry->number = gradient[element];
            entry += gradient[element] != 0;
        }
    return entry;
}

// All filters' lists, one after the other, for one strip.
VEC_INLINE void KERNEL_PART(strip)(real *rows_gradient, const real *input, const PooledEntry *entry,
                                   const int32_t *counts, ptrdiff_t column, const int vectors,
                                   const int columns) {
    const real *from = input + column / KERNEL_CHANNELS * POOLED_PIXEL + column % KERNEL_CHANNELS;
    for (ptrdiff_t row = 0; row < KERNEL_ROWS; row++) {
        real *to = rows_gradient + row * POOLED_WEIGHTS + column;
        Tile tile;
        tile_load(&tile, KERNEL_WINDOW_HEIGHT, vectors, to, POOLED_RUN);
        for (const PooledEntry *end = entry + counts[row]; entry < end; entry++) KERNEL_PART(add)
        (&tile, vectors, entry->number, from + entry->at, KERNEL_DILATION_Y * POOLED_ROW);
        tile_store(&tile, KERNEL_WINDOW_HEIGHT, vectors, columns, to, POOLED_RUN);
    }
}

VEC_INLINE void KERNEL_PART(image)(real *rows_gradient, const real *input, const real *gradient,
                                   const uint8_t *positions, PooledEntry *entries, int32_t *counts) {
    int32_t steps[POOLED_AREA];
    for (ptrdiff_t i = 0; i < POOLED_AREA; i++)
        steps[i] = (int32_t)KERNEL_PART(step)(i, POOLED_ROW, POOLED_PIXEL);
    for (ptrdiff_t y = 0; y < POOLED_HEIGHT; y += POOLED_BAND) {
        PooledEntry *entry = entries;
        for (ptrdiff_t row = 0; row < KERNEL_ROWS; row++) {
            PooledEntry *end = KERNEL_PART(list)(entry, gradient + row, positions + row, steps, y,
                                                 TILE_LEAST(y + POOLED_BAND, POOLED_HEIGHT));
            counts[row] = (int32_t)(end - entry);
            entry = end;
        }
#define POOLED_CALL(column, vectors, columns)                                                                \
    KERNEL_PART(strip)(rows_gradient, input, entries, counts, column, vectors, columns)
        POOLED_STRIPS(POOLED_CALL);
#undef POOLED_CALL
    }
}

KERNEL_LINKAGE void KERNEL(real *restrict rows_gradient, const real *restrict input,
                           const real *restrict gradient, const uint8_t *restrict positions, ptrdiff_t images,
                           ptrdiff_t first, void *restrict scratch, const void *const *slots) {
    const ptrdiff_t pooled = POOLED_HEIGHT * POOLED_WIDTH * KERNEL_FILTERS;
    // A list's last entry may be written and not count. Vectors are loaded past the end of the padded input.
    PooledEntry *entries = scratch;
    int32_t *counts = (int32_t *)(entries + POOLED_ENTRIES + 1);
    real *padded = (real *)scratch + 2 * (POOLED_ENTRIES + 1) + KERNEL_ROWS;
    (void)slots;
    for (ptrdiff_t image = 0; image < images; image++) KERNEL_PART(image)
    (rows_gradient,
     KERNEL_PART(source)(input + image * KERNEL_HEIGHT * KERNEL_WIDTH * KERNEL_CHANNELS, padded),
     gradient + image * pooled + first, positions + image * pooled + first, entries, counts);
}

#undef POOLED_BAND
#undef POOLED_ENTRIES
#undef POOLED_GAP
#undef POOLED_PIXEL
#undef POOLED_ROW
#include "cpu/conv_end.h"
#include "cpu/pooled_end.h"
#include "kernel_end.h"
