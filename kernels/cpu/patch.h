// What the kernels for patch_moments share, for the constants of ref/patch_moments.h. Included by each of
// them, and again for each use. All numbers are taken less the image's first of their channel, so that a
// large mean costs no digits.
#include "patch_merge.h"

#define PATCH             ((ptrdiff_t)KERNEL_WINDOW_HEIGHT * KERNEL_WINDOW_WIDTH * KERNEL_CHANNELS)
#define PATCH_LEAST(a, b) ((a) < (b) ? (a) : (b))
// The part of the zero-padded input that windows reach.
#define PATCH_HEIGHT                                                                                         \
    ((KERNEL_OUTPUT_HEIGHT - 1) * KERNEL_STRIDE_Y + (KERNEL_WINDOW_HEIGHT - 1) * KERNEL_DILATION_Y + 1)
#define PATCH_WIDTH                                                                                          \
    ((KERNEL_OUTPUT_WIDTH - 1) * KERNEL_STRIDE_X + (KERNEL_WINDOW_WIDTH - 1) * KERNEL_DILATION_X + 1)
// Numbers from one row of it to the next, zeros behind its pixels: whole vectors can be loaded at every tap.
#define PATCH_COLUMNS ((PATCH_WIDTH + LANES - 1) / LANES * LANES)
#define PATCH_ROW     (PATCH_COLUMNS + KERNEL_WINDOW_WIDTH - 1)

// One row of the padded input: pixels `left` .. `left + width` are the image's. Whole vectors may be written,
// as what lies behind them is written later.
VEC_INLINE void KERNEL_PART(padded_row)(real *restrict to, const real *restrict from, const real origin,
                                        const ptrdiff_t left, const ptrdiff_t width) {
    for (ptrdiff_t x = 0; x < left; x++) to[x] = -origin;
    if (KERNEL_CHANNELS == 1)
        for (ptrdiff_t x = 0; x < width; x += LANES) vec_store(to + left + x, vec_load(from + x) - origin);
    else
        for (ptrdiff_t x = 0; x < width; x++) to[left + x] = from[x * KERNEL_CHANNELS] - origin;
    for (ptrdiff_t x = left + width; x < PATCH_WIDTH; x++) to[x] = -origin;
    for (ptrdiff_t x = PATCH_WIDTH; x < PATCH_ROW; x++) to[x] = 0;
}

// The padded input channel by channel: [CHANNELS][PATCH_HEIGHT][PATCH_ROW].
VEC_INLINE void KERNEL_PART(spread)(real *restrict padded, const real *restrict input) {
    const ptrdiff_t reached = PATCH_WIDTH - KERNEL_PAD_LEFT;
    const ptrdiff_t width = reached < 0 ? 0 : PATCH_LEAST(reached, KERNEL_WIDTH);
    for (ptrdiff_t channel = 0; channel < KERNEL_CHANNELS; channel++)
        for (ptrdiff_t row = 0; row < PATCH_HEIGHT; row++) {
            const ptrdiff_t y = row - KERNEL_PAD_TOP;
            const bool inside = y >= 0 && y < KERNEL_HEIGHT;
            const ptrdiff_t first = inside ? y * KERNEL_WIDTH * KERNEL_CHANNELS + channel : 0;
            KERNEL_PART(padded_row)
            (padded + (channel * PATCH_HEIGHT + row) * PATCH_ROW, input + first, input[channel],
             PATCH_LEAST(KERNEL_PAD_LEFT, PATCH_WIDTH), inside ? width : 0);
        }
}

// From the sums over an image's patches, of numbers and of products i <= j, both less the first pixel.
VEC_INLINE void KERNEL_PART(merge)(real *restrict moments, real *restrict sums, real *restrict products,
                                   const real *input) {
    const ptrdiff_t patches = (ptrdiff_t)KERNEL_OUTPUT_HEIGHT * KERNEL_OUTPUT_WIDTH;
    for (ptrdiff_t i = 0; i < PATCH; i++) {
        const real mean = sums[i] / (real)patches;
        for (ptrdiff_t j = i; j < PATCH; j++) products[i * PATCH + j] -= mean * sums[j];
    }
    for (ptrdiff_t i = 0; i < PATCH; i++) sums[i] = sums[i] / (real)patches + input[i % KERNEL_CHANNELS];
    patch_merge(moments, PATCH, sums, products, patches);
}
