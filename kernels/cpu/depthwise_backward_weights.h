// depthwise_backward_weights (ref/depthwise_backward_weights.h): the sums of some of the window's rows stay
// in registers while the pixels of a band of output rows pass, so many that they stay in the first-level
// cache from one vector of channels to the next, which lies on the same cache lines.
#include "cpu/depthwise.h"

// Rows of the window at a time: their sums take two thirds of the registers (eight sums hide the latency of
// the multiply-adds), a tile's output gradients, a number and a product the rest.
#define DEPTHWISE_FITTING_ROWS (VEC_REGISTERS * 2 / 3 / KERNEL_WINDOW_WIDTH)
#define DEPTHWISE_KY           TILE_LEAST(KERNEL_WINDOW_HEIGHT, TILE_MOST(DEPTHWISE_FITTING_ROWS, 1))
#define DEPTHWISE_FREE         (VEC_REGISTERS - 3 - DEPTHWISE_KY * KERNEL_WINDOW_WIDTH)
#define DEPTHWISE_TILE                                                                                       \
    TILE_LARGE(KERNEL_OUTPUT_WIDTH, TILE_LEAST(TILE_MOST(DEPTHWISE_FREE, 4), TILE_MOST_ROWS))
// Output rows of a band: what one vector of channels reads in them, a line each of input and output gradient,
// takes three quarters of the cache's 512 lines, or of those that pixels at a power of two from each other
// share.
#define DEPTHWISE_PIXEL_LINES                                                                                \
    (KERNEL_FILTERS * (int)sizeof(real) % 64 ? 1 : KERNEL_FILTERS * (int)sizeof(real) / 64)
#define DEPTHWISE_SHARING TILE_LEAST(DEPTHWISE_PIXEL_LINES & -DEPTHWISE_PIXEL_LINES, 64)
#define DEPTHWISE_BAND    (1 + 384 / DEPTHWISE_SHARING / (KERNEL_OUTPUT_WIDTH + KERNEL_STRIDE_Y * KERNEL_WIDTH))

// Adds to the sums of `rows` rows of the window, the first of which is `ky`, the products of a tile of output
// gradients.
VEC_INLINE void KERNEL_PART(tile)(vec sum[][KERNEL_WINDOW_WIDTH], const real *input,
                                  const real *output_gradient, ptrdiff_t ky, const int rows, ptrdiff_t y,
                                  ptrdiff_t x, const int pixels, const bool edge, ptrdiff_t channel) {
    const ptrdiff_t first = x * KERNEL_STRIDE_X - KERNEL_PAD_LEFT;
    vec gradient[TILE_MOST_ROWS];
    UNROLL(14)
    for (int p = 0; p < pixels; p++)
        gradient[p] =
            vec_load(output_gradient + (y * KERNEL_OUTPUT_WIDTH + x + p) * KERNEL_FILTERS + channel);
    UNROLL(64)
    for (int r = 0; r < rows; r++) {
        const ptrdiff_t from = y * KERNEL_STRIDE_Y + (ky + r) * KERNEL_DILATION_Y - KERNEL_PAD_TOP;
        if (!DEPTHWISE_INSIDE(from, KERNEL_HEIGHT)) continue;
        const real *row = input + (from * KERNEL_WIDTH + first) * KERNEL_FILTERS + channel;
        UNROLL(256)
        for (int column = 0; column < DEPTHWISE_COLUMNS(pixels); column++) {
            if (edge && !DEPTHWISE_INSIDE(first + column, KERNEL_WIDTH)) continue;
            const vec number = vec_load(row + column * KERNEL_FILTERS);
            UNROLL(64)
            for (int kx = 0; kx < KERNEL_WINDOW_WIDTH; kx++) {
                const int place = column - kx * KERNEL_DILATION_X, pixel = place / KERNEL_STRIDE_X;
                if (place >= 0 && place % KERNEL_STRIDE_X == 0 && pixel < pixels)
                    sum[r][kx] += number * gradient[pixel];
            }
        }
    }
}

// What output rows y .. end - 1 add to the gradient of some of the window's rows.
VEC_INLINE void KERNEL_PART(of_rows)(real *gradient, const real *input, const real *output_gradient,
                                     ptrdiff_t ky, const int rows, ptrdiff_t y, ptrdiff_t end,
                                     ptrdiff_t channel, const int channels) {
    vec sum[DEPTHWISE_KY][KERNEL_WINDOW_WIDTH];
    real *to = gradient + ky * KERNEL_WINDOW_WIDTH * KERNEL_FILTERS + channel;
    UNROLL(64)
    for (int r = 0; r < rows; r++) {
        UNROLL(64)
        for (int kx = 0; kx < KERNEL_WINDOW_WIDTH; kx++)
            sum[r][kx] = vec_load(to + (r * KERNEL_WINDOW_WIDTH + kx) * KERNEL_FILTERS);
    }
    for (; y < end; y++) {
#define DEPTHWISE_CALL(x, pixels, edge)                                                                      \
    KERNEL_PART(tile)(sum, input, output_gradient, ky, rows, y, x, pixels, edge, channel)
        DEPTHWISE_ROW(KERNEL_OUTPUT_WIDTH, DEPTHWISE_TILE, DEPTHWISE_FAR(DEPTHWISE_TILE), DEPTHWISE_CALL);
#undef DEPTHWISE_CALL
    }
    UNROLL(64)
    for (int r = 0; r < rows; r++) {
        UNROLL(64)
        for (int kx = 0; kx < KERNEL_WINDOW_WIDTH; kx++)
            vec_store_part(to + (r * KERNEL_WINDOW_WIDTH + kx) * KERNEL_FILTERS, sum[r][kx], channels);
    }
}

VEC_INLINE void KERNEL_PART(of_channels)(real *gradient, const real *input, const real *output_gradient,
                                         ptrdiff_t y, ptrdiff_t end, ptrdiff_t channel, const int channels) {
#define DEPTHWISE_ROWS(ky, rows)                                                                             \
    KERNEL_PART(of_rows)(gradient, input, output_gradient, ky, rows, y, end, channel, channels)
    TILE_ROWS(KERNEL_WINDOW_HEIGHT, DEPTHWISE_KY, DEPTHWISE_ROWS);
#undef DEPTHWISE_ROWS
}

KERNEL_LINKAGE void KERNEL(real *restrict weights_gradient, const real *restrict input,
                           const real *restrict output_gradient, void *restrict scratch,
                           const void *const *slots) {
    (void)slots;
    const real *from = KERNEL_PART(input)(input, scratch);
    for (ptrdiff_t y = 0; y < KERNEL_OUTPUT_HEIGHT; y += DEPTHWISE_BAND) {
        const ptrdiff_t end =
            y + DEPTHWISE_BAND < KERNEL_OUTPUT_HEIGHT ? y + DEPTHWISE_BAND : KERNEL_OUTPUT_HEIGHT;
#define DEPTHWISE_CHANNELS(channel, vectors, channels)                                                       \
    KERNEL_PART(of_channels)(weights_gradient, from, output_gradient, y, end, channel, channels)
        TILE_COLUMNS(KERNEL_FILTERS, 1, DEPTHWISE_CHANNELS);
#undef DEPTHWISE_CHANNELS
    }
}

#undef DEPTHWISE_FITTING_ROWS
#undef DEPTHWISE_KY
#undef DEPTHWISE_FREE
#undef DEPTHWISE_TILE
#undef DEPTHWISE_PIXEL_LINES
#undef DEPTHWISE_SHARING
#undef DEPTHWISE_BAND
#include "cpu/depthwise_end.h"
#include "kernel_end.h"
