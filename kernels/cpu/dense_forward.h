// dense_forward (ref/dense_forward.h): tiles of rows x outputs, the inputs in blocks whose weights stay in
// the first-level cache while all rows pass.
#include "cpu/tile.h"

#define DENSE_BLOCK 256
#define DENSE_WIDTH tile_width(KERNEL_ROWS, TILE_ROUND_UP(KERNEL_OUTPUTS, LANES))

// One tile's outputs from inputs first .. first + count - 1.
VEC_INLINE void KERNEL_PART(tile)(real *output, const real *input, const real *weights,
                                  const void *const *slots, ptrdiff_t row, const int rows, ptrdiff_t column,
                                  const int vectors, const int columns, ptrdiff_t first, ptrdiff_t count) {
    Tile tile;
    real *to = output + row * KERNEL_OUTPUT_STRIDE + column;
    if (first == 0)
        tile_clear(&tile, rows, vectors);
    else
        tile_load(&tile, rows, vectors, to, KERNEL_OUTPUT_STRIDE);
    tile_multiply(&tile, rows, vectors, input + row * KERNEL_INPUTS + first, KERNEL_INPUTS, 1,
                  weights + first * KERNEL_OUTPUTS + column, KERNEL_OUTPUTS, count);
#ifdef KERNEL_EPILOGUE
    if (first + count == KERNEL_INPUTS) {
        UNROLL(14)
        for (int r = 0; r < rows; r++) {
            UNROLL(6)
            for (int v = 0; v < vectors; v++)
                tile.sum[r][v] =
                    KERNEL_EPILOGUE(tile.sum[r][v], (row + r) * KERNEL_OUTPUT_STRIDE + column + v * LANES,
                                    column + v * LANES);
        }
    }
#endif
    (void)slots;
    tile_store(&tile, rows, vectors, columns, to, KERNEL_OUTPUT_STRIDE);
}

VEC_INLINE void KERNEL_PART(of_columns)(real *output, const real *input, const real *weights,
                                        const void *const *slots, ptrdiff_t column, const int vectors,
                                        const int columns, ptrdiff_t first, ptrdiff_t count) {
#define DENSE_TILE(row, rows)                                                                                \
    KERNEL_PART(tile)                                                                                        \
    (output, input, weights, slots, row, rows, column, vectors, columns, first, count)
    TILE_ROWS(KERNEL_ROWS, TILE_HEIGHT(vectors), DENSE_TILE);
#undef DENSE_TILE
}

KERNEL_LINKAGE void KERNEL(real *restrict output, const real *restrict input, const real *restrict weights,
                           void *restrict scratch, const void *const *slots) {
    (void)scratch;
    for (ptrdiff_t first = 0; first < KERNEL_INPUTS; first += DENSE_BLOCK) {
        const ptrdiff_t left = KERNEL_INPUTS - first, count = left < DENSE_BLOCK ? left : DENSE_BLOCK;
#define DENSE_COLUMNS(column, vectors, columns)                                                              \
    KERNEL_PART(of_columns)                                                                                  \
    (output, input, weights, slots, column, vectors, columns, first, count)
        TILE_COLUMNS(KERNEL_OUTPUTS, DENSE_WIDTH, DENSE_COLUMNS);
#undef DENSE_COLUMNS
    }
}

#undef DENSE_BLOCK
#undef DENSE_WIDTH
#include "kernel_end.h"
