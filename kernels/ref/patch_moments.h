// patch_moments: merges one image's patches into moments [PATCH + 2][PATCH]: rows of sums of products of
// differences from the mean, the mean, and in every place of the last row how many patches there are, 0 to
// begin with. A patch is the PATCH = WINDOW_HEIGHT x WINDOW_WIDTH x CHANNELS numbers under a window, in this
// order, padding being zeros. Constants: conv.h, FILTERS and GROUPS being 1. No epilogue.
//   KERNEL(moments, input, scratch, slots)
#include "patch_merge.h"

#define PATCH ((ptrdiff_t)KERNEL_WINDOW_HEIGHT * KERNEL_WINDOW_WIDTH * KERNEL_CHANNELS)

// Number `i` of the patch at output pixel (row, column).
static inline real KERNEL_PART(number)(const real *input, ptrdiff_t row, ptrdiff_t column, ptrdiff_t i) {
    const ptrdiff_t tap = i / KERNEL_CHANNELS;
    const ptrdiff_t y =
        row * KERNEL_STRIDE_Y + tap / KERNEL_WINDOW_WIDTH * KERNEL_DILATION_Y - KERNEL_PAD_TOP;
    const ptrdiff_t x =
        column * KERNEL_STRIDE_X + tap % KERNEL_WINDOW_WIDTH * KERNEL_DILATION_X - KERNEL_PAD_LEFT;
    if (y < 0 || y >= KERNEL_HEIGHT || x < 0 || x >= KERNEL_WIDTH) return 0;
    return input[(y * KERNEL_WIDTH + x) * KERNEL_CHANNELS + i % KERNEL_CHANNELS];
}

// The sum over all patches of the products of numbers i and j, less a and b; of number i alone if j < 0.
static inline real KERNEL_PART(sum)(const real *input, ptrdiff_t i, ptrdiff_t j, real a, real b) {
    real sum = 0;
    for (ptrdiff_t row = 0; row < KERNEL_OUTPUT_HEIGHT; row++)
        for (ptrdiff_t column = 0; column < KERNEL_OUTPUT_WIDTH; column++) {
            const real first = KERNEL_PART(number)(input, row, column, i) - a;
            sum += j < 0 ? first : first * (KERNEL_PART(number)(input, row, column, j) - b);
        }
    return sum;
}

KERNEL_LINKAGE void KERNEL(real *restrict moments, const real *restrict input, void *restrict scratch,
                           const void *const *slots) {
    const ptrdiff_t patches = (ptrdiff_t)KERNEL_OUTPUT_HEIGHT * KERNEL_OUTPUT_WIDTH;
    real mean[PATCH], products[PATCH * PATCH];
    (void)scratch, (void)slots;
    for (ptrdiff_t i = 0; i < PATCH; i++) mean[i] = KERNEL_PART(sum)(input, i, -1, 0, 0) / (real)patches;
    for (ptrdiff_t i = 0; i < PATCH; i++)
        for (ptrdiff_t j = i; j < PATCH; j++)
            products[i * PATCH + j] = KERNEL_PART(sum)(input, i, j, mean[i], mean[j]);
    patch_merge(moments, PATCH, mean, products, patches);
}

#undef PATCH
#include "kernel_end.h"
