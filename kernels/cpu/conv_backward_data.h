// conv_backward_data (ref/conv_backward_data.h): every window position scatters its part, a product of output
// gradients and transposed weights, into a padded input gradient, so that no work is done for what padding or
// strides leave out. Tiles: neighbouring output pixels of a row x input channels.
#include "cpu/conv.h"
#include "cpu/conv_gradient.h"

#define CONV_WIDTH  tile_width(KERNEL_OUTPUT_WIDTH, TILE_ROUND_UP(CONV_GROUP_INPUTS, LANES))
#define CONV_WINDOW (KERNEL_WINDOW_HEIGHT * KERNEL_WINDOW_WIDTH)
// Scratch: the padded gradient, then the weights [window][filter][channel of the group]; vectors are loaded
// past the end of both.

VEC_INLINE void KERNEL_PART(transpose)(real *restrict transposed, const real *restrict weights) {
    for (ptrdiff_t window = 0; window < CONV_WINDOW; window++)
        for (ptrdiff_t channel = 0; channel < CONV_GROUP_INPUTS; channel++)
            for (ptrdiff_t filter = 0; filter < KERNEL_FILTERS; filter++)
                transposed[(window * KERNEL_FILTERS + filter) * CONV_GROUP_INPUTS + channel] =
                    weights[(window * CONV_GROUP_INPUTS + channel) * KERNEL_FILTERS + filter];
}

VEC_INLINE void KERNEL_PART(tile)(real *to, const real *output_gradient, const real *transposed,
                                  const int pixels, const int vectors, const int channels) {
    Tile tile;
    tile_load(&tile, pixels, vectors, to, KERNEL_STRIDE_X * KERNEL_CHANNELS);
    tile_multiply(&tile, pixels, vectors, output_gradient, KERNEL_FILTERS, 1, transposed, CONV_GROUP_INPUTS,
                  CONV_GROUP_FILTERS);
    tile_store(&tile, pixels, vectors, channels, to, KERNEL_STRIDE_X * KERNEL_CHANNELS);
}

// One row of output gradients through one window position, for a block of a group's channels.
VEC_INLINE void KERNEL_PART(row)(real *to, const real *output_gradient, const real *transposed,
                                 const int vectors, const int channels) {
#define CONV_TILE(x, pixels)                                                                                 \
    KERNEL_PART(tile)                                                                                        \
    (to + (x)*KERNEL_STRIDE_X * KERNEL_CHANNELS, output_gradient + (x)*KERNEL_FILTERS, transposed, pixels,   \
     vectors, channels)
    TILE_ROWS(KERNEL_OUTPUT_WIDTH, TILE_HEIGHT(vectors), CONV_TILE);
#undef CONV_TILE
}

VEC_INLINE void KERNEL_PART(of_channels)(real *padded, const real *output_gradient, const real *transposed,
                                         ptrdiff_t group, ptrdiff_t column, const int vectors,
                                         const int channels) {
    for (ptrdiff_t y = 0; y < KERNEL_OUTPUT_HEIGHT; y++)
        for (ptrdiff_t window = 0; window < CONV_WINDOW; window++) {
            const ptrdiff_t ky = window / KERNEL_WINDOW_WIDTH, kx = window % KERNEL_WINDOW_WIDTH;
            real *to = padded + (y * KERNEL_STRIDE_Y + ky * KERNEL_DILATION_Y) * CONV_PADDED_ROW +
                       kx * KERNEL_DILATION_X * KERNEL_CHANNELS + group * CONV_GROUP_INPUTS + column;
            const ptrdiff_t filter = group * CONV_GROUP_FILTERS;
            KERNEL_PART(row)
            (to, output_gradient + y * KERNEL_OUTPUT_WIDTH * KERNEL_FILTERS + filter,
             transposed + (window * KERNEL_FILTERS + filter) * CONV_GROUP_INPUTS + column, vectors, channels);
        }
}

KERNEL_LINKAGE void KERNEL(real *restrict input_gradient, const real *restrict output_gradient,
                           const real *restrict weights, void *restrict scratch, const void *const *slots) {
    real *padded = scratch, *transposed = padded + CONV_GRADIENT_SIZE;
    KERNEL_PART(transpose)(transposed, weights);
    __builtin_memset(padded, 0, CONV_GRADIENT_SIZE * sizeof(real));
    for (ptrdiff_t group = 0; group < KERNEL_GROUPS; group++) {
#define CONV_CHANNELS(column, vectors, channels)                                                             \
    KERNEL_PART(of_channels)                                                                                 \
    (padded, output_gradient, transposed, group, column, vectors, channels)
        TILE_COLUMNS(CONV_GROUP_INPUTS, CONV_WIDTH, CONV_CHANNELS);
#undef CONV_CHANNELS
    }
    KERNEL_PART(copy)(input_gradient, padded, 0, slots);
}

#undef CONV_WIDTH
#undef CONV_WINDOW
#include "cpu/conv_end.h"
#include "cpu/conv_gradient_end.h"
#include "kernel_end.h"
