// Images between zeros.
#ifndef KERNELS_CPU_PAD_H
#define KERNELS_CPU_PAD_H

#include "kernel.h"

// Copies an image between zeros: rows x columns pixels of padded, of which (top, left) is the image's first.
// Image pixels that lie outside are left out.
VEC_INLINE void conv_pad(real *restrict padded, const real *restrict image, const ptrdiff_t rows,
                         const ptrdiff_t columns, const ptrdiff_t height, const ptrdiff_t width,
                         const ptrdiff_t channels, const ptrdiff_t top, const ptrdiff_t left) {
    const ptrdiff_t copied = width < columns - left ? width : columns - left;
    for (ptrdiff_t y = 0; y < rows; y++) {
        real *row = padded + y * columns * channels;
        if (y < top || y >= top + height || copied <= 0) {
            __builtin_memset(row, 0, (size_t)(columns * channels) * sizeof(real));
            continue;
        }
        __builtin_memset(row, 0, (size_t)(left * channels) * sizeof(real));
        __builtin_memcpy(row + left * channels, image + (y - top) * width * channels,
                         (size_t)(copied * channels) * sizeof(real));
        __builtin_memset(row + (left + copied) * channels, 0,
                         (size_t)((columns - left - copied) * channels) * sizeof(real));
    }
}

#endif
