// dense_backward_weights (ref/dense_backward_weights.h): tiles of inputs x outputs, added to in place.
#include "cpu/tile.h"

#define DENSE_WIDTH tile_width(KERNEL_INPUTS, TILE_ROUND_UP(KERNEL_OUTPUTS, LANES))

VEC_INLINE void KERNEL_PART(tile)(real *gradient, const real *input, const real *output_gradient,
                                  ptrdiff_t rows, ptrdiff_t first, const int inputs, ptrdiff_t column,
                                  const int vectors, const int columns) {
    Tile tile;
    real *to = gradient + first * KERNEL_OUTPUTS + column;
    tile_load(&tile, inputs, vectors, to, KERNEL_OUTPUTS);
    tile_multiply(&tile, inputs, vectors, input + first, 1, KERNEL_INPUT_STRIDE, output_gradient + column,
                  KERNEL_OUTPUT_STRIDE, rows);
    tile_store(&tile, inputs, vectors, columns, to, KERNEL_OUTPUTS);
}

VEC_INLINE void KERNEL_PART(of_columns)(real *gradient, const real *input, const real *output_gradient,
                                        ptrdiff_t rows, ptrdiff_t column, const int vectors,
                                        const int columns) {
#define DENSE_TILE(first, inputs)                                                                            \
    KERNEL_PART(tile)                                                                                        \
    (gradient, input, output_gradient, rows, first, inputs, column, vectors, columns)
    TILE_ROWS(KERNEL_INPUTS, TILE_HEIGHT(vectors), DENSE_TILE);
#undef DENSE_TILE
}

KERNEL_LINKAGE void KERNEL(real *restrict weights_gradient, const real *restrict input,
                           const real *restrict output_gradient, ptrdiff_t rows, void *restrict scratch,
                           const void *const *slots) {
    (void)scratch, (void)slots;
#define DENSE_COLUMNS(column, vectors, columns)                                                              \
    KERNEL_PART(of_columns)                                                                                  \
    (weights_gradient, input, output_gradient, rows, column, vectors, columns)
    TILE_COLUMNS(KERNEL_OUTPUTS, DENSE_WIDTH, DENSE_COLUMNS);
#undef DENSE_COLUMNS
}

#undef DENSE_WIDTH
#include "kernel_end.h"
