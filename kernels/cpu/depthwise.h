// What the CPU's depthwise convolutions share, for the constants of ref/conv.h. Included by each of them, and
// again for each use.
//
// Vectors run over channels. A tile is some neighbouring pixels of a row x some vectors of channels; every
// column that its windows reach is loaded once and multiplied by the weights of all windows that hold it. The
// first and the last tile of a row stand at places known when this is compiled, so what they leave out as
// padding costs nothing; rows that are padding are skipped.
//
// Where there are several filters a channel, all three work on FILTERS channels, an image in scratch having
// each of its channels repeated.

#include "cpu/tile.h"

#define DEPTHWISE_MULTIPLIER          (KERNEL_FILTERS / KERNEL_CHANNELS)
#define DEPTHWISE_INPUTS              (KERNEL_HEIGHT * KERNEL_WIDTH * KERNEL_FILTERS)
#define DEPTHWISE_VECTORS             TILE_ROUND_UP(KERNEL_FILTERS, LANES)
#define DEPTHWISE_INSIDE(place, size) ((place) >= 0 && (place) < (size))

// A tile's most pixels: their sums, the weights of a window's row, a number and a product fit the registers.
// Wide windows take what they need.
#define DEPTHWISE_FITTING (VEC_REGISTERS - 2 - KERNEL_WINDOW_WIDTH)
#define DEPTHWISE_MOST    TILE_MOST(TILE_LEAST(DEPTHWISE_FITTING, TILE_MOST_ROWS), 4)
// Pixels of a tile, for a row of `width` and tiles that must begin at multiples of `step`: as even as can be.
#define DEPTHWISE_STEPS(step)         TILE_MOST(DEPTHWISE_MOST / (step), 1)
#define DEPTHWISE_PIXELS(width, step) (TILE_LARGE(TILE_ROUND_UP(width, step), DEPTHWISE_STEPS(step)) * (step))
// Vectors of a tile: more than one where a row has too few pixels to hide the latency of the multiply-adds.
#define DEPTHWISE_FITTING_VECTORS(pixels)                                                                    \
    TILE_LEAST((VEC_REGISTERS - 2) / ((pixels) + KERNEL_WINDOW_WIDTH), TILE_MOST_VECTORS)
#define DEPTHWISE_WIDTH(pixels)                                                                              \
    TILE_LEAST(DEPTHWISE_VECTORS,                                                                            \
               TILE_LEAST(TILE_ROUND_UP(8, pixels), TILE_MOST(DEPTHWISE_FITTING_VECTORS(pixels), 1)))
// The first pixel of a row's last tile.
#define DEPTHWISE_LAST(width, pixels) (((width)-1) / (pixels) * (pixels))
// Runs `call(first pixel, pixels, edge)` for all tiles of a row: `edge` where part of the windows may lie
// outside. The first and the last tile's places are constants; of those between, `far` says whether any is at
// an edge.
#define DEPTHWISE_ROW(width, pixels, far, call)                                                              \
    do {                                                                                                     \
        if (DEPTHWISE_LAST(width, pixels) == 0) {                                                            \
            call((ptrdiff_t)0, width, true);                                                                 \
            break;                                                                                           \
        }                                                                                                    \
        call((ptrdiff_t)0, pixels, true);                                                                    \
        for (ptrdiff_t depthwise_x = pixels; depthwise_x < DEPTHWISE_LAST(width, pixels);                    \
             depthwise_x += (pixels))                                                                        \
            call(depthwise_x, pixels, far);                                                                  \
        call((ptrdiff_t)DEPTHWISE_LAST(width, pixels), (width)-DEPTHWISE_LAST(width, pixels), true);         \
    } while (0)

// Of a tile of output pixels: the columns from the first that the first pixel's window holds to the last of
// the last's.
#define DEPTHWISE_COLUMNS(pixels)                                                                            \
    (((pixels)-1) * KERNEL_STRIDE_X + (KERNEL_WINDOW_WIDTH - 1) * KERNEL_DILATION_X + 1)
// Whether windows of pixels of other tiles than a row's first and last reach outside.
#define DEPTHWISE_FAR(pixels)                                                                                \
    ((pixels)*KERNEL_STRIDE_X < KERNEL_PAD_LEFT ||                                                           \
     (DEPTHWISE_LAST(KERNEL_OUTPUT_WIDTH, pixels) - 1) * KERNEL_STRIDE_X - KERNEL_PAD_LEFT +                 \
             DEPTHWISE_COLUMNS(1) >                                                                          \
         KERNEL_WIDTH)

#ifndef KERNELS_CPU_DEPTHWISE_H
#define KERNELS_CPU_DEPTHWISE_H

// repeated[pixel][channel][i] = image[pixel][channel] for i < times.
VEC_INLINE void depthwise_repeat(real *restrict repeated, const real *restrict image, const ptrdiff_t count,
                                 const ptrdiff_t times) {
    for (ptrdiff_t i = 0; i < count; i++)
        for (ptrdiff_t k = 0; k < times; k++) repeated[i * times + k] = image[i];
}

#endif

// The weights of a window's row.
VEC_INLINE void KERNEL_PART(load_weights)(vec weight[][TILE_MOST_VECTORS], const real *weights,
                                          const int vectors) {
    UNROLL(64)
    for (int kx = 0; kx < KERNEL_WINDOW_WIDTH; kx++) {
        UNROLL(6)
        for (int v = 0; v < vectors; v++) weight[kx][v] = vec_load(weights + kx * KERNEL_FILTERS + v * LANES);
    }
}

// The input to work on: itself, or with its channels repeated.
VEC_INLINE const real *KERNEL_PART(input)(const real *input, real *scratch) {
    if (DEPTHWISE_MULTIPLIER == 1) return input;
    depthwise_repeat(scratch, input, (ptrdiff_t)KERNEL_HEIGHT * KERNEL_WIDTH * KERNEL_CHANNELS,
                     DEPTHWISE_MULTIPLIER);
    return scratch;
}
