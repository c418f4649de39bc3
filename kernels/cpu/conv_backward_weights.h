// conv_backward_weights (ref/conv_backward_weights.h): tiles of window positions x filters, summed over the
// pixels of a band of output rows that stays in the first-level cache.
#include "cpu/conv.h"

#define CONV_POSITIONS (KERNEL_WINDOW_HEIGHT * KERNEL_WINDOW_WIDTH * CONV_GROUP_INPUTS)
#define CONV_WIDTH     tile_width(CONV_POSITIONS, TILE_ROUND_UP(CONV_GROUP_FILTERS, LANES))
// Output rows whose gradients take about 16 KB.
#define CONV_BAND (1 + 16384 / ((int)sizeof(real) * KERNEL_OUTPUT_WIDTH * KERNEL_FILTERS))

// Where window position `position` (window row, column, channel) begins in the input worked on.
VEC_INLINE ptrdiff_t KERNEL_PART(place)(ptrdiff_t position) {
    const ptrdiff_t channel = position % CONV_GROUP_INPUTS, window = position / CONV_GROUP_INPUTS;
    return window / KERNEL_WINDOW_WIDTH * KERNEL_DILATION_Y * CONV_ROW +
           window % KERNEL_WINDOW_WIDTH * KERNEL_DILATION_X * KERNEL_CHANNELS + channel;
}

VEC_INLINE void KERNEL_PART(tile)(real *gradient, const real *input, const real *output_gradient, ptrdiff_t y,
                                  ptrdiff_t rows, ptrdiff_t first, const int positions, ptrdiff_t filter,
                                  const int vectors, const int filters) {
    Tile tile;
    ptrdiff_t place[TILE_MOST_ROWS] = {0};
    UNROLL(14)
    for (int p = 0; p < positions; p++) place[p] = KERNEL_PART(place)(first + p);
    real *to = gradient + first * KERNEL_FILTERS + filter;
    tile_load(&tile, positions, vectors, to, KERNEL_FILTERS);
    for (ptrdiff_t row = y; row < y + rows; row++)
        tile_multiply_places(&tile, positions, vectors, input + row * KERNEL_STRIDE_Y * CONV_ROW, place,
                             KERNEL_STRIDE_X * KERNEL_CHANNELS,
                             output_gradient + row * KERNEL_OUTPUT_WIDTH * KERNEL_FILTERS + filter,
                             KERNEL_FILTERS, KERNEL_OUTPUT_WIDTH);
    tile_store(&tile, positions, vectors, filters, to, KERNEL_FILTERS);
}

VEC_INLINE void KERNEL_PART(of_filters)(real *gradient, const real *input, const real *output_gradient,
                                        ptrdiff_t y, ptrdiff_t rows, ptrdiff_t group, ptrdiff_t column,
                                        const int vectors, const int filters) {
#define CONV_TILE(first, positions)                                                                          \
    KERNEL_PART(tile)                                                                                        \
    (gradient, input + group * CONV_GROUP_INPUTS, output_gradient, y, rows, first, positions,                \
     group * CONV_GROUP_FILTERS + column, vectors, filters)
    TILE_ROWS(CONV_POSITIONS, TILE_HEIGHT(vectors), CONV_TILE);
#undef CONV_TILE
}

KERNEL_LINKAGE void KERNEL(real *restrict weights_gradient, const real *restrict input,
                           const real *restrict output_gradient, void *restrict scratch,
                           const void *const *slots) {
    (void)slots;
    const real *from = KERNEL_PART(input)(input, scratch);
    for (ptrdiff_t y = 0; y < KERNEL_OUTPUT_HEIGHT; y += CONV_BAND) {
        const ptrdiff_t left = KERNEL_OUTPUT_HEIGHT - y, rows = left < CONV_BAND ? left : CONV_BAND;
        for (ptrdiff_t group = 0; group < KERNEL_GROUPS; group++) {
#define CONV_FILTERS(column, vectors, filters)                                                               \
    KERNEL_PART(of_filters)                                                                                  \
    (weights_gradient, from, output_gradient, y, rows, group, column, vectors, filters)
            TILE_COLUMNS(CONV_GROUP_FILTERS, CONV_WIDTH, CONV_FILTERS);
#undef CONV_FILTERS
        }
    }
}

#undef CONV_POSITIONS
#undef CONV_WIDTH
#undef CONV_BAND
#include "cpu/conv_end.h"
#include "kernel_end.h"
