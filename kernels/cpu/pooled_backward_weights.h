// pooled_backward_weights (ref/pooled_backward_weights.h): the gradients of a filter that are not 0 are
// listed, with the places of the patches that they meet; then the filter's weights, strip by strip, take the
// sum of these patches in registers.
#include "cpu/conv.h"
#include "cpu/pooled.h"

// Rows of windows that are listed at a time: some 32 windows, whose patches mostly stay in the first-level
// cache and whose products outweigh loading and storing the tile. kernels.def knows how many entries that
// makes.
#define POOLED_BAND TILE_LEAST(POOLED_HEIGHT, 1 + 32 / POOLED_WIDTH)
// Images with very few windows are listed together.
#define POOLED_MANY    (1 + 8 / (POOLED_HEIGHT * POOLED_WIDTH))
#define POOLED_IMAGES  TILE_LEAST(POOLED_MANY, KERNEL_IMAGES)
#define POOLED_ENTRIES (POOLED_IMAGES * POOLED_BAND * POOLED_WIDTH * KERNEL_ROWS)

// Pixels of 64 channels and multiples lie a cache line further from each other in a copy of the input: else
// the parts of them that a strip reads would compete for few places in the cache.
#define POOLED_GAP   (POOLED_IS_WIDE ? 16 : 0)
#define POOLED_PIXEL (KERNEL_CHANNELS + POOLED_GAP)
#define POOLED_ROW   (POOLED_IS_WIDE ? CONV_PADDED_WIDTH * POOLED_PIXEL : CONV_ROW)
// Numbers of an image: of the input, of what is read, of the pool's output.
#define POOLED_IS_COPIED (POOLED_IS_WIDE || CONV_IS_PADDED)
#define POOLED_INPUT     ((ptrdiff_t)KERNEL_HEIGHT * KERNEL_WIDTH * KERNEL_CHANNELS)
#define POOLED_IMAGE     (POOLED_IS_COPIED ? CONV_PADDED_HEIGHT * POOLED_ROW : POOLED_INPUT)
#define POOLED_COPIES    (POOLED_IS_COPIED ? POOLED_IMAGES * POOLED_IMAGE : 0)
#define POOLED_OUTPUT    ((ptrdiff_t)POOLED_HEIGHT * POOLED_WIDTH * KERNEL_FILTERS)

#ifndef KERNELS_CPU_POOLED_ENTRY
#define KERNELS_CPU_POOLED_ENTRY
typedef struct PooledEntry {
    int32_t at; // where the patch begins
    real number;
} PooledEntry;
#endif

// The images to read: themselves, or copies.
VEC_INLINE const real *KERNEL_PART(sources)(const real *input, real *copy, ptrdiff_t images) {
    if (!POOLED_IS_COPIED) return input;
    for (ptrdiff_t image = 0; image < images; image++, input += POOLED_INPUT, copy += POOLED_IMAGE) {
        if (!POOLED_IS_WIDE) {
            KERNEL_PART(input)(input, copy);
            continue;
        }
        for (ptrdiff_t y = 0; y < CONV_PADDED_HEIGHT; y++)
            for (ptrdiff_t x = 0; x < CONV_PADDED_WIDTH; x++) {
                real *pixel = copy + y * POOLED_ROW + x * POOLED_PIXEL;
                const ptrdiff_t row = y - KERNEL_PAD_TOP, column = x - KERNEL_PAD_LEFT;
                if (row < 0 || row >= KERNEL_HEIGHT || column < 0 || column >= KERNEL_WIDTH)
                    __builtin_memset(pixel, 0, KERNEL_CHANNELS * sizeof(real));
                else
                    __builtin_memcpy(pixel, input + (row * KERNEL_WIDTH + column) * KERNEL_CHANNELS,
                                     KERNEL_CHANNELS * sizeof(real));
            }
    }
    return copy - images * POOLED_IMAGE;
}

// Lists a filter's windows of rows first .. end - 1 of some images; returns the end of the list.
VEC_INLINE PooledEntry *KERNEL_PART(list)(PooledEntry *entry, const real *gradient, const uint8_t *positions,
                                          ptrdiff_t images, const int32_t *steps, ptrdiff_t first,
                                          ptrdiff_t end) {
    for (ptrdiff_t image = 0; image < images; image++)
        for (ptrdiff_t y = first; y < end; y++)
            for (ptrdiff_t x = 0; x < POOLED_WIDTH; x++) {
                const ptrdiff_t element = image * POOLED_OUTPUT + (y * POOLED_WIDTH + x) * KERNEL_FILTERS;
                const ptrdiff_t at = KERNEL_PART(patch)(y, x, POOLED_ROW, POOLED_PIXEL);
                entry->at = (int32_t)(image * POOLED_IMAGE + at) + steps[positions[element]];
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

VEC_INLINE void KERNEL_PART(images)(real *rows_gradient, const real *input, const real *gradient,
                                    const uint8_t *positions, ptrdiff_t images, PooledEntry *entries,
                                    int32_t *counts) {
    int32_t steps[POOLED_AREA];
    for (ptrdiff_t i = 0; i < POOLED_AREA; i++)
        steps[i] = (int32_t)KERNEL_PART(step)(i, POOLED_ROW, POOLED_PIXEL);
    for (ptrdiff_t y = 0; y < POOLED_HEIGHT; y += POOLED_BAND) {
        PooledEntry *entry = entries;
        for (ptrdiff_t row = 0; row < KERNEL_ROWS; row++) {
            PooledEntry *end = KERNEL_PART(list)(entry, gradient + row, positions + row, images, steps, y,
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
    // The copies come first: scratch begins with a cache line, and vectors of whole pixels cross none. They
    // are loaded past the copies' end, too. A list's last entry may be written and not count.
    real *copies = scratch;
    PooledEntry *entries = (PooledEntry *)(copies + POOLED_COPIES);
    int32_t *counts = (int32_t *)(entries + POOLED_ENTRIES + 1);
    (void)slots;
    for (ptrdiff_t image = 0; image < images; image += POOLED_IMAGES) {
        const ptrdiff_t together = TILE_LEAST(images - image, (ptrdiff_t)POOLED_IMAGES);
        const real *from = KERNEL_PART(sources)(input + image * POOLED_INPUT, copies, together);
        const ptrdiff_t pooled = image * POOLED_OUTPUT + first;
        KERNEL_PART(images)
        (rows_gradient, from, gradient + pooled, positions + pooled, together, entries, counts);
    }
}

#undef POOLED_BAND
#undef POOLED_ENTRIES
#undef POOLED_GAP
#undef POOLED_PIXEL
#undef POOLED_ROW
#undef POOLED_IMAGE
#undef POOLED_INPUT
#undef POOLED_OUTPUT
#undef POOLED_IS_COPIED
#undef POOLED_COPIES
#undef POOLED_MANY
#undef POOLED_IMAGES
#include "cpu/conv_end.h"
#include "cpu/pooled_end.h"
#include "kernel_end.h"
