// Images between zeros.
#ifndef KERNELS_CPU_PAD_H
#define KERNELS_CPU_PAD_H

#include "kernel.h"

// So many numbers of each pixel; those of the image lie `pixel` apart.
VEC_INLINE void conv_copy_row(real *restrict row, const real *restrict image, ptrdiff_t pixels,
                              ptrdiff_t channels, ptrdiff_t pixel) {
    if (pixel == channels)
        __builtin_memcpy(row, image, (size_t)(pixels * channels) * sizeof(real));
    else
        for (ptrdiff_t x = 0; x < pixels; x++)
            __builtin_memcpy(row + x * channels, image + x * pixel, (size_t)channels * sizeof(real));
}

// Copies `channels` of the numbers of each pixel of an image, which lie `pixel` apart, between zeros: rows x
// columns pixels of padded, of which (top, left) is the image's first. Image pixels that lie outside are left
// out.
VEC_INLINE void conv_pad(real *restrict padded, const real *restrict image, const ptrdiff_t rows,
                         const ptrdiff_t columns, const ptrdiff_t height, const ptrdiff_t width,
                         const ptrdiff_t channels, const ptrdiff_t pixel, const ptrdiff_t top,
                         const ptrdiff_t left) {
    const ptrdiff_t copied = width < columns - left ? width : columns - left;
    for (ptrdiff_t y = 0; y < rows; y++) {
        real *row = padded + y * columns * channels;
        if (y < top || y >= top + height || copied <= 0) {
            __builtin_memset(row, 0, (size_t)(columns * channels) * sizeof(real));
            continue;
        }
        __builtin_memset(row, 0, (size_t)(left * channels) * sizeof(real));
        conv_copy_row(row + left * channels, image + (y - top) * width * pixel, copied, channels, pixel);
        __builtin_memset(row + (left + copied) * channels, 0,
                         (size_t)((columns - left - copied) * channels) * sizeof(real));
    }
}

#endif
