// conv_backward_weights (ref/conv_backward_weights.h) for few filters, which would leave lanes empty: a row
// of the window, all its columns and channels, is one run of numbers in the input, and these are the lanes.
// Tiles: filters x vectors of a run, summed over the pixels of a band of output rows; the sums, filter by
// filter, are turned at the end.
#include "cpu/conv.h"
#include "vec_transpose.h"

#define CONV_POSITIONS (KERNEL_WINDOW_HEIGHT * CONV_RUN)
#define CONV_WIDTH     tile_width(KERNEL_FILTERS, TILE_ROUND_UP(CONV_RUN, LANES))
// Output rows whose gradients take about 16 KB.
#define CONV_BAND (1 + 16384 / ((int)sizeof(real) * KERNEL_OUTPUT_WIDTH * KERNEL_FILTERS))

// Of some filters and a row of the window, the columns of a run from `column` on.
VEC_INLINE void KERNEL_PART(tile)(real *sums, const real *input, const real *output_gradient, ptrdiff_t rows,
                                  ptrdiff_t filter, const int filters, const int vectors, const int columns) {
    Tile tile;
    real *to = sums + filter * CONV_POSITIONS;
    tile_load(&tile, filters, vectors, to, CONV_POSITIONS);
    for (ptrdiff_t row = 0; row < rows; row++)
        tile_multiply(&tile, filters, vectors,
                      output_gradient + row * KERNEL_OUTPUT_WIDTH * KERNEL_FILTERS + filter, 1,
                      KERNEL_FILTERS, input + row * KERNEL_STRIDE_Y * CONV_ROW,
                      KERNEL_STRIDE_X * KERNEL_CHANNELS, KERNEL_OUTPUT_WIDTH);
    tile_store(&tile, filters, vectors, columns, to, CONV_POSITIONS);
}

VEC_INLINE void KERNEL_PART(of_columns)(real *sums, const real *input, const real *output_gradient,
                                        ptrdiff_t rows, const int vectors, const int columns) {
#define CONV_TILE(filter, filters)                                                                           \
    KERNEL_PART(tile)(sums, input, output_gradient, rows, filter, filters, vectors, columns)
    TILE_ROWS(KERNEL_FILTERS, TILE_HEIGHT(vectors), CONV_TILE);
#undef CONV_TILE
}

// Adds the sums, [filter][position], to the gradient, [position][filter].
VEC_INLINE void KERNEL_PART(add_turned)(real *gradient, const real *sums) {
    for (ptrdiff_t filter = 0; filter < KERNEL_FILTERS; filter += LANES)
        for (ptrdiff_t position = 0; position < CONV_POSITIONS; position += LANES) {
            vec square[LANES];
            UNROLL(16)
            for (int i = 0; i < LANES; i++)
                square[i] =
                    vec_load(sums + TILE_LEAST(filter + i, KERNEL_FILTERS - 1) * CONV_POSITIONS + position);
            vec_transpose(square);
            UNROLL(16)
            for (int i = 0; i < LANES; i++) {
                if (position + i >= CONV_POSITIONS) break;
                real *to = gradient + (position + i) * KERNEL_FILTERS + filter;
                vec_store_part(to, vec_load(to) + square[i], KERNEL_FILTERS - filter);
            }
        }
}

KERNEL_LINKAGE void KERNEL(real *restrict weights_gradient, const real *restrict input,
                           const real *restrict output_gradient, void *restrict scratch,
                           const void *const *slots) {
    // Vectors are loaded past the end of the sums, and of the image.
    real *sums = scratch;
    const real *from = KERNEL_PART(input)(input, sums + KERNEL_FILTERS * CONV_POSITIONS + LANES);
    (void)slots;
    __builtin_memset(sums, 0, KERNEL_FILTERS * CONV_POSITIONS * sizeof(real));
    for (ptrdiff_t y = 0; y < KERNEL_OUTPUT_HEIGHT; y += CONV_BAND)
        for (ptrdiff_t row = 0; row < KERNEL_WINDOW_HEIGHT; row++) {
            const real *of_row = from + (y * KERNEL_STRIDE_Y + row * KERNEL_DILATION_Y) * CONV_ROW;
            const real *of_band = output_gradient + y * KERNEL_OUTPUT_WIDTH * KERNEL_FILTERS;
            const ptrdiff_t rows = TILE_LEAST((ptrdiff_t)CONV_BAND, KERNEL_OUTPUT_HEIGHT - y);
#define CONV_COLUMNS(column, vectors, columns)                                                               \
    KERNEL_PART(of_columns)(sums + row * CONV_RUN + column, of_row + column, of_band, rows, vectors, columns)
            TILE_COLUMNS(CONV_RUN, CONV_WIDTH, CONV_COLUMNS);
#undef CONV_COLUMNS
        }
    KERNEL_PART(add_turned)(weights_gradient, sums);
}

#undef CONV_POSITIONS
#undef CONV_WIDTH
#undef CONV_BAND
#include "cpu/conv_end.h"
#include "kernel_end.h"
