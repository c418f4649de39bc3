// depthwise_backward_data (ref/depthwise_backward_data.h): tiles of input pixels of a row, each the sum over
// the windows that hold it. A tile begins at a multiple of the stride, so it is known when this is compiled
// which weight joins which output pixel to which of its pixels.
#include "cpu/depthwise.h"

#define DEPTHWISE_TILE DEPTHWISE_PIXELS(KERNEL_WIDTH, KERNEL_STRIDE_X)
// Output pixels whose windows can hold pixels of the tile at x: from x / STRIDE_X + BEFORE on, so many.
#define DEPTHWISE_SPAN            ((KERNEL_WINDOW_WIDTH - 1) * KERNEL_DILATION_X)
#define DEPTHWISE_BEFORE          (-(DEPTHWISE_SPAN / KERNEL_STRIDE_X) + KERNEL_PAD_LEFT / KERNEL_STRIDE_X)
#define DEPTHWISE_REACHED(pixels) (((pixels)-1 + KERNEL_PAD_LEFT) / KERNEL_STRIDE_X - DEPTHWISE_BEFORE + 1)
// Whether other tiles than a row's first and last are reached by windows that there are not.
#define DEPTHWISE_FAR_REACHED                                                                                \
    (DEPTHWISE_TILE / KERNEL_STRIDE_X + DEPTHWISE_BEFORE < 0 ||                                              \
     DEPTHWISE_LAST(KERNEL_WIDTH, DEPTHWISE_TILE) / KERNEL_STRIDE_X + DEPTHWISE_BEFORE - 1 +                 \
             DEPTHWISE_REACHED(DEPTHWISE_TILE) - DEPTHWISE_TILE / KERNEL_STRIDE_X >=                         \
         KERNEL_OUTPUT_WIDTH)

// Adds to the sums what one row of output gradients gives: `row` is where the output's column `first` is.
VEC_INLINE void KERNEL_PART(add_row)(vec sum[][TILE_MOST_VECTORS], const real *row, ptrdiff_t first,
                                     const real *weights, const int pixels, const int vectors,
                                     const bool edge) {
    vec weight[KERNEL_WINDOW_WIDTH][TILE_MOST_VECTORS];
    KERNEL_PART(load_weights)(weight, weights, vectors);
    UNROLL(256)
    for (int column = 0; column < DEPTHWISE_REACHED(pixels); column++) {
        if (edge && !DEPTHWISE_INSIDE(first + column, KERNEL_OUTPUT_WIDTH)) continue;
        UNROLL(6)
        for (int v = 0; v < vectors; v++) {
            const vec number = vec_load(row + column * KERNEL_FILTERS + v * LANES);
            UNROLL(64)
            for (int kx = 0; kx < KERNEL_WINDOW_WIDTH; kx++) {
                const int pixel =
                    (column + DEPTHWISE_BEFORE) * KERNEL_STRIDE_X + kx * KERNEL_DILATION_X - KERNEL_PAD_LEFT;
                if (pixel >= 0 && pixel < pixels) sum[pixel][v] += number * weight[kx][v];
            }
        }
    }
}

// Pixels of a gradient with FILTERS channels. The epilogue waits where several of them are one channel.
VEC_INLINE void KERNEL_PART(tile)(real *gradient, const real *output_gradient, const real *weights,
                                  const void *const *slots, ptrdiff_t y, ptrdiff_t x, const int pixels,
                                  const bool edge, ptrdiff_t channel, const int vectors, const int channels) {
    vec sum[TILE_MOST_ROWS][TILE_MOST_VECTORS] = {{{0}}};
    const ptrdiff_t first = x / KERNEL_STRIDE_X + DEPTHWISE_BEFORE;
    for (ptrdiff_t ky = 0; ky < KERNEL_WINDOW_HEIGHT; ky++) {
        const ptrdiff_t reached = y + KERNEL_PAD_TOP - ky * KERNEL_DILATION_Y,
                        from = reached / KERNEL_STRIDE_Y;
        if (reached < 0 || reached % KERNEL_STRIDE_Y != 0 || from >= KERNEL_OUTPUT_HEIGHT) continue;
        KERNEL_PART(add_row)
        (sum, output_gradient + (from * KERNEL_OUTPUT_WIDTH + first) * KERNEL_FILTERS + channel, first,
         weights + ky * KERNEL_WINDOW_WIDTH * KERNEL_FILTERS + channel, pixels, vectors, edge);
    }
    UNROLL(14)
    for (int p = 0; p < pixels; p++) {
        const ptrdiff_t element = (y * KERNEL_WIDTH + x + p) * KERNEL_FILTERS + channel;
        UNROLL(6)
        for (int v = 0; v < vectors; v++) {
#ifdef KERNEL_EPILOGUE
            if (DEPTHWISE_MULTIPLIER == 1)
                sum[p][v] = KERNEL_EPILOGUE(sum[p][v], element + v * LANES, channel + v * LANES);
#endif
            vec_store_part(gradient + element + v * LANES, sum[p][v], channels - v * LANES);
        }
    }
    (void)slots;
}

VEC_INLINE void KERNEL_PART(of_pixels)(real *gradient, const real *output_gradient, const real *weights,
                                       const void *const *slots, ptrdiff_t y, ptrdiff_t x, const int pixels,
                                       const bool edge) {
#define DEPTHWISE_CHANNELS(channel, vectors, channels)                                                       \
    KERNEL_PART(tile)                                                                                        \
    (gradient, output_gradient, weights, slots, y, x, pixels, edge, channel, vectors, channels)
    TILE_COLUMNS(KERNEL_FILTERS, DEPTHWISE_WIDTH(DEPTHWISE_TILE), DEPTHWISE_CHANNELS);
#undef DEPTHWISE_CHANNELS
}

// A channel's gradient is the sum of its filters'.
VEC_INLINE void KERNEL_PART(sum_filters)(real *restrict input_gradient, const real *restrict repeated,
                                         const void *const *slots) {
    for (ptrdiff_t i = 0; i < KERNEL_HEIGHT * KERNEL_WIDTH * KERNEL_CHANNELS; i++) {
        real sum = 0;
        for (ptrdiff_t k = 0; k < DEPTHWISE_MULTIPLIER; k++) sum += repeated[i * DEPTHWISE_MULTIPLIER + k];
        input_gradient[i] = sum;
    }
#ifdef KERNEL_EPILOGUE
    for (ptrdiff_t pixel = 0; pixel < KERNEL_HEIGHT * KERNEL_WIDTH; pixel++)
        for (ptrdiff_t channel = 0; channel < KERNEL_CHANNELS; channel += LANES) {
            const ptrdiff_t element = pixel * KERNEL_CHANNELS + channel;
            vec_store_part(input_gradient + element,
                           KERNEL_EPILOGUE(vec_load(input_gradient + element), element, channel),
                           KERNEL_CHANNELS - channel);
        }
#endif
    (void)slots;
}

KERNEL_LINKAGE void KERNEL(real *restrict input_gradient, const real *restrict output_gradient,
                           const real *restrict weights, void *restrict scratch, const void *const *slots) {
    real *gradient = DEPTHWISE_MULTIPLIER == 1 ? input_gradient : scratch;
    for (ptrdiff_t y = 0; y < KERNEL_HEIGHT; y++) {
#define DEPTHWISE_CALL(x, pixels, edge)                                                                      \
    KERNEL_PART(of_pixels)(gradient, output_gradient, weights, slots, y, x, pixels, edge)
        DEPTHWISE_ROW(KERNEL_WIDTH, DEPTHWISE_TILE, DEPTHWISE_FAR_REACHED, DEPTHWISE_CALL);
#undef DEPTHWISE_CALL
    }
    if (DEPTHWISE_MULTIPLIER > 1) KERNEL_PART(sum_filters)(input_gradient, gradient, slots);
}

#undef DEPTHWISE_TILE
#undef DEPTHWISE_SPAN
#undef DEPTHWISE_BEFORE
#undef DEPTHWISE_REACHED
#undef DEPTHWISE_FAR_REACHED
#include "cpu/depthwise_end.h"
#include "kernel_end.h"
