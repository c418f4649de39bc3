// transpose: a convolution's weights turned round: what [WINDOW][CHANNELS][FILTERS] holds at (window,
// channel, filter) is in row (WINDOW - 1 - window) * FILTERS + filter, column channel. A matrix is a window
// of one number. Writes the rows first .. first + count - 1.
//   KERNEL(turned, weights, first, count, scratch, slots, sizes)
#ifndef KERNELS_REF_TRANSPOSE_H
#define KERNELS_REF_TRANSPOSE_H

#include "vec_transpose.h"

// Up to LANES columns from[channels][filters], of which `rows` are wanted, as rows to[rows][channels].
static inline void transpose_columns(real *to, const real *from, ptrdiff_t channels, ptrdiff_t filters,
                                     ptrdiff_t rows) {
    for (ptrdiff_t channel = 0; channel < channels; channel += LANES) {
        const ptrdiff_t left = channels - channel;
        vec square[LANES];
        UNROLL(16)
        for (ptrdiff_t i = 0; i < LANES; i++)
            square[i] = i < left ? vec_load(from + (channel + i) * filters) : (vec){0};
        vec_transpose(square);
        UNROLL(16)
        for (ptrdiff_t i = 0; i < LANES; i++) {
            if (i >= rows) continue;
            if (left < LANES)
                vec_store_part(to + i * channels + channel, square[i], (int)left);
            else
                vec_store(to + i * channels + channel, square[i]);
        }
    }
}

#endif

KERNEL_LINKAGE void KERNEL(real *restrict turned, const real *restrict weights, ptrdiff_t first,
                           ptrdiff_t count, void *restrict scratch, const void *const *slots,
                           const KernelSizes *sizes) {
    const ptrdiff_t window = sizes->window_height * sizes->window_width, filters = sizes->filters;
    const ptrdiff_t channels = sizes->channels, end = first + count;
    (void)scratch, (void)slots;
    for (ptrdiff_t row = first, rows; row < end; row += rows) {
        const ptrdiff_t tap = window - 1 - row / filters, filter = row % filters;
        rows = filters - filter < LANES ? filters - filter : LANES;
        if (rows > end - row) rows = end - row;
        transpose_columns(turned + row * channels, weights + tap * channels * filters + filter, channels,
                          filters, rows);
    }
}

#include "kernel_end.h"
