// The gradient of some rows of a convolution's weights over some images, by packed matrices
// (cpu/gemm_weights.h). For one group.
#ifndef KERNELS_CPU_CONV_WEIGHTS_GEMM_H
#define KERNELS_CPU_CONV_WEIGHTS_GEMM_H

#include "cpu/conv_images.h"
#include "cpu/gemm_weights.h"

// Adds to gradient [rows][filters] what rows first .. first + rows - 1 of [window][channels] get. Scratch:
// places of all images' pixels and of the rows, the packed matrices, images between zeros.
static inline void conv_weights_gemm(real *restrict gradient, const real *restrict input,
                                     const real *restrict output_gradient, ptrdiff_t images, ptrdiff_t first,
                                     ptrdiff_t rows, void *restrict scratch, const KernelSizes *sizes) {
    const ptrdiff_t pixels = images * sizes->output_height * sizes->output_width;
    ptrdiff_t *place = scratch, *offset = place + pixels;
    real *packed = gemm_aligned(offset + rows);
    const ConvImages padded = conv_images(input, images, packed + GEMM_PACKED_WEIGHTS, sizes);
    // Windows of single pixels, which lie one after the other.
    const bool is_pixels = padded.numbers == input && sizes->window_height * sizes->window_width == 1 &&
                           sizes->stride_y * sizes->stride_x == 1;
    conv_places(place, &padded, images, sizes);
    for (ptrdiff_t row = 0; row < rows; row++) {
        const ptrdiff_t tap = (first + row) / sizes->channels, channel = (first + row) % sizes->channels;
        offset[row] = tap / sizes->window_width * sizes->dilation_y * padded.row +
                      tap % sizes->window_width * sizes->dilation_x * sizes->channels + channel;
    }
    gemm_weights(&(GemmWeights){.gradient = gradient,
                                .inputs = padded.numbers,
                                .place = place,
                                .offset = offset,
                                .columns_at = output_gradient,
                                .step = is_pixels ? sizes->channels : 0,
                                .packed = packed,
                                .row_count = rows,
                                .columns = sizes->filters,
                                .depth = pixels});
}

#endif
