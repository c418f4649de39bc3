// conv_forward (ref/conv_forward.h), direct: tiles of neighbouring output pixels of a row x filters; the sums
// run over the window's rows and along each row over columns and channels.
#include "cpu/conv.h"

#define CONV_WIDTH tile_width(KERNEL_OUTPUT_WIDTH, TILE_ROUND_UP(CONV_GROUP_FILTERS, LANES))

// `first`: pixel number of the tile's first pixel; `from`: the input at its window's corner; `filter`: among
// all.
VEC_INLINE void KERNEL_PART(tile)(real *output, const real *from, const real *weights,
                                  const void *const *slots, ptrdiff_t first, const int pixels,
                                  ptrdiff_t filter, const int vectors, const int filters) {
    Tile tile;
    tile_clear(&tile, pixels, vectors);
    for (ptrdiff_t ky = 0; ky < KERNEL_WINDOW_HEIGHT; ky++)
        for (ptrdiff_t run = 0; run < CONV_RUNS; run++)
            tile_multiply(&tile, pixels, vectors,
                          from + ky * KERNEL_DILATION_Y * CONV_ROW +
                              run * KERNEL_DILATION_X * KERNEL_CHANNELS,
                          KERNEL_STRIDE_X * KERNEL_CHANNELS, 1,
                          weights + (ky * CONV_RUNS + run) * CONV_RUN * KERNEL_FILTERS + filter,
                          KERNEL_FILTERS, CONV_RUN);
#ifdef KERNEL_EPILOGUE
    UNROLL(14)
    for (int p = 0; p < pixels; p++) {
        UNROLL(6)
        for (int v = 0; v < vectors; v++)
            tile.sum[p][v] = KERNEL_EPILOGUE(
                tile.sum[p][v], (first + p) * KERNEL_FILTERS + filter + v * LANES, filter + v * LANES);
    }
#endif
    (void)slots;
    tile_store(&tile, pixels, vectors, filters, output + first * KERNEL_FILTERS + filter, KERNEL_FILTERS);
}

VEC_INLINE void KERNEL_PART(of_filters)(real *output, const real *input, const real *weights,
                                        const void *const *slots, ptrdiff_t group, ptrdiff_t column,
                                        const int vectors, const int filters) {
    for (ptrdiff_t y = 0; y < KERNEL_OUTPUT_HEIGHT; y++) {
        const real *row = input + y * KERNEL_STRIDE_Y * CONV_ROW + group * CONV_GROUP_INPUTS;
#define CONV_TILE(x, pixels)                                                                                 \
    KERNEL_PART(tile)                                                                                        \
    (output, row + (x)*KERNEL_STRIDE_X * KERNEL_CHANNELS, weights, slots, y * KERNEL_OUTPUT_WIDTH + (x),     \
     pixels, group * CONV_GROUP_FILTERS + column, vectors, filters)
        TILE_ROWS(KERNEL_OUTPUT_WIDTH, TILE_HEIGHT(vectors), CONV_TILE);
#undef CONV_TILE
    }
}

KERNEL_LINKAGE void KERNEL(real *restrict output, const real *restrict input, const real *restrict weights,
                           void *restrict scratch, const void *const *slots) {
    const real *from = KERNEL_PART(input)(input, scratch);
    for (ptrdiff_t group = 0; group < KERNEL_GROUPS; group++) {
#define CONV_FILTERS(column, vectors, filters)                                                               \
    KERNEL_PART(of_filters)                                                                                  \
    (output, from, weights, slots, group, column, vectors, filters)
        TILE_COLUMNS(CONV_GROUP_FILTERS, CONV_WIDTH, CONV_FILTERS);
#undef CONV_FILTERS
    }
}

#undef CONV_WIDTH
#include "cpu/conv_end.h"
#include "kernel_end.h"
