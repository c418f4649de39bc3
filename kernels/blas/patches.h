// A convolution as a matrix product: the matrix of patches has a row for each output pixel, with what the
// window sees there, [WINDOW_HEIGHT][WINDOW_WIDTH][CHANNELS]; its other factor are the weights as they lie in
// memory. Constants: ref/conv.h, one group. Chellapilla, Puri, Simard: High performance convolutional neural
// networks for document processing (2006).
#include "blas/gemm.h"

#define PATCHES_PIXELS (KERNEL_OUTPUT_HEIGHT * KERNEL_OUTPUT_WIDTH)
#define PATCHES_LENGTH (KERNEL_WINDOW_HEIGHT * KERNEL_WINDOW_WIDTH * KERNEL_CHANNELS)
// The image is the matrix already.
#define PATCHES_ARE_PIXELS                                                                                   \
    (KERNEL_WINDOW_HEIGHT == 1 && KERNEL_WINDOW_WIDTH == 1 && KERNEL_OUTPUT_HEIGHT == KERNEL_HEIGHT &&       \
     KERNEL_OUTPUT_WIDTH == KERNEL_WIDTH && KERNEL_STRIDE_Y == 1 && KERNEL_STRIDE_X == 1)

#ifndef KERNELS_BLAS_PATCHES_H
#define KERNELS_BLAS_PATCHES_H

// One pixel of one patch: where it lies in the image, or outside of it (channels of padding).
typedef void PatchVisit(real *patch, real *pixel, ptrdiff_t channels);

VEC_INLINE void patch_gather(real *patch, real *pixel, ptrdiff_t channels) {
    if (pixel)
        __builtin_memcpy(patch, pixel, (size_t)channels * sizeof(real));
    else
        __builtin_memset(patch, 0, (size_t)channels * sizeof(real));
}

VEC_INLINE void patch_scatter(real *patch, real *pixel, ptrdiff_t channels) {
    for (ptrdiff_t c = 0; pixel && c < channels; c++) pixel[c] += patch[c];
}

#endif

VEC_INLINE void KERNEL_PART(visit_patches)(real *patches, real *image, PatchVisit *visit) {
    for (ptrdiff_t oy = 0; oy < KERNEL_OUTPUT_HEIGHT; oy++)
        for (ptrdiff_t ox = 0; ox < KERNEL_OUTPUT_WIDTH; ox++)
            for (ptrdiff_t ky = 0; ky < KERNEL_WINDOW_HEIGHT; ky++)
                for (ptrdiff_t kx = 0; kx < KERNEL_WINDOW_WIDTH; kx++, patches += KERNEL_CHANNELS) {
                    const ptrdiff_t y = oy * KERNEL_STRIDE_Y + ky * KERNEL_DILATION_Y - KERNEL_PAD_TOP;
                    const ptrdiff_t x = ox * KERNEL_STRIDE_X + kx * KERNEL_DILATION_X - KERNEL_PAD_LEFT;
                    const bool inside = y >= 0 && y < KERNEL_HEIGHT && x >= 0 && x < KERNEL_WIDTH;
                    visit(patches, inside ? image + (y * KERNEL_WIDTH + x) * KERNEL_CHANNELS : NULL,
                          KERNEL_CHANNELS);
                }
}

// The matrix of the image's patches: in scratch, or the image itself.
VEC_INLINE const real *KERNEL_PART(patches)(const real *image, real *scratch) {
    if (PATCHES_ARE_PIXELS) return image;
    KERNEL_PART(visit_patches)(scratch, (real *)image, patch_gather); // which only reads the image
    return scratch;
}
