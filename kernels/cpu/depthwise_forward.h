// depthwise_forward (ref/depthwise_forward.h): tiles of output pixels of a row.
#include "cpu/depthwise.h"

#define DEPTHWISE_TILE DEPTHWISE_PIXELS(KERNEL_OUTPUT_WIDTH, 1)
// Adds to the sums what one row of the windows gives: `row` is where the first pixel's window has its first
// column, which is column `first` of the input.
VEC_INLINE void KERNEL_PART(add_row)(vec sum[][TILE_MOST_VECTORS], const real *row, ptrdiff_t first,
                                     const real *weights, const int pixels, const int vectors,
                                     const bool edge) {
    vec weight[KERNEL_WINDOW_WIDTH][TILE_MOST_VECTORS];
    KERNEL_PART(load_weights)(weight, weights, vectors);
    UNROLL(256)
    for (int column = 0; column < DEPTHWISE_COLUMNS(pixels); column++) {
        if (edge && !DEPTHWISE_INSIDE(first + column, KERNEL_WIDTH)) continue;
        UNROLL(6)
        for (int v = 0; v < vectors; v++) {
            const vec number = vec_load(row + column * KERNEL_FILTERS + v * LANES);
            UNROLL(64)
            for (int kx = 0; kx < KERNEL_WINDOW_WIDTH; kx++) {
                const int place = column - kx * KERNEL_DILATION_X, pixel = place / KERNEL_STRIDE_X;
                if (place >= 0 && place % KERNEL_STRIDE_X == 0 && pixel < pixels)
                    sum[pixel][v] += number * weight[kx][v];
            }
        }
    }
}

VEC_INLINE void KERNEL_PART(tile)(real *output, const real *input, const real *weights,
                                  const void *const *slots, ptrdiff_t y, ptrdiff_t x, const int pixels,
                                  const bool edge, ptrdiff_t channel, const int vectors, const int channels) {
    vec sum[TILE_MOST_ROWS][TILE_MOST_VECTORS] = {{{0}}};
    const ptrdiff_t first = x * KERNEL_STRIDE_X - KERNEL_PAD_LEFT;
    for (ptrdiff_t ky = 0; ky < KERNEL_WINDOW_HEIGHT; ky++) {
        const ptrdiff_t from = y * KERNEL_STRIDE_Y + ky * KERNEL_DILATION_Y - KERNEL_PAD_TOP;
        if (!DEPTHWISE_INSIDE(from, KERNEL_HEIGHT)) continue;
        KERNEL_PART(add_row)
        (sum, input + (from * KERNEL_WIDTH + first) * KERNEL_FILTERS + channel, first,
         weights + ky * KERNEL_WINDOW_WIDTH * KERNEL_FILTERS + channel, pixels, vectors, edge);
    }
    UNROLL(14)
    for (int p = 0; p < pixels; p++) {
        const ptrdiff_t element = (y * KERNEL_OUTPUT_WIDTH + x + p) * KERNEL_FILTERS + channel;
        UNROLL(6)
        for (int v = 0; v < vectors; v++) {
#ifdef KERNEL_EPILOGUE
            sum[p][v] = KERNEL_EPILOGUE(sum[p][v], element + v * LANES, channel + v * LANES);
#endif
            vec_store_part(output + element + v * LANES, sum[p][v], channels - v * LANES);
        }
    }
    (void)slots;
}

VEC_INLINE void KERNEL_PART(of_channels)(real *output, const real *input, const real *weights,
                                         const void *const *slots, ptrdiff_t y, ptrdiff_t channel,
                                         const int vectors, const int channels) {
#define DEPTHWISE_CALL(x, pixels, edge)                                                                      \
    KERNEL_PART(tile)(output, input, weights, slots, y, x, pixels, edge, channel, vectors, channels)
    DEPTHWISE_ROW(KERNEL_OUTPUT_WIDTH, DEPTHWISE_TILE, DEPTHWISE_FAR(DEPTHWISE_TILE), DEPTHWISE_CALL);
#undef DEPTHWISE_CALL
}

KERNEL_LINKAGE void KERNEL(real *restrict output, const real *restrict input, const real *restrict weights,
                           void *restrict scratch, const void *const *slots) {
    const real *from = KERNEL_PART(input)(input, scratch);
    for (ptrdiff_t y = 0; y < KERNEL_OUTPUT_HEIGHT; y++) {
#define DEPTHWISE_CHANNELS(channel, vectors, channels)                                                       \
    KERNEL_PART(of_channels)(output, from, weights, slots, y, channel, vectors, channels)
        TILE_COLUMNS(KERNEL_FILTERS, DEPTHWISE_WIDTH(DEPTHWISE_TILE), DEPTHWISE_CHANNELS);
#undef DEPTHWISE_CHANNELS
    }
}

#undef DEPTHWISE_TILE
#include "cpu/depthwise_end.h"
#include "kernel_end.h"
