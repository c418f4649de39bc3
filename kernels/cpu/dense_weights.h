// The gradient of a dense layer's weights for any sizes: tiles of inputs x outputs, added to in place.
#ifndef KERNELS_CPU_DENSE_WEIGHTS_H
#define KERNELS_CPU_DENSE_WEIGHTS_H

#include "cpu/gemm.h"

// `columns` of a panel are stored. The numbers of the inputs are `step` apart from row to row.
VEC_INLINE void dense_weights_tile(const int inputs, real *restrict gradient, const real *input,
                                   const real *output_gradient, ptrdiff_t rows, ptrdiff_t step,
                                   ptrdiff_t outputs, ptrdiff_t columns) {
    Tile tile;
    tile_load(&tile, inputs, GEMM_VECTORS, gradient, outputs);
    tile_multiply(&tile, inputs, GEMM_VECTORS, input, 1, step, output_gradient, outputs, rows);
    // GCC would keep the rows' addresses until then, on the stack.
    __asm__("" : "+r"(gradient));
    if (columns >= PANEL_COLUMNS) {
        tile_store(&tile, inputs, GEMM_VECTORS, PANEL_COLUMNS, gradient, outputs);
        return;
    }
    UNROLL(14)
    for (int r = 0; r < inputs; r++) {
        UNROLL(6)
        for (int v = 0; v < GEMM_VECTORS; v++) {
            const ptrdiff_t left = columns - v * LANES;
            if (left > 0) vec_store_part(gradient + r * outputs + v * LANES, tile.sum[r][v], left);
        }
    }
}

// Tiles of the heights that are compiled.
#define DENSE_WEIGHTS_TILE(name, height)                                                                     \
    static __attribute__((noinline, unused)) void name(                                                      \
        real *restrict gradient, const real *input, const real *output_gradient, ptrdiff_t rows,             \
        ptrdiff_t step, ptrdiff_t outputs, ptrdiff_t columns) {                                              \
        dense_weights_tile(height, gradient, input, output_gradient, rows, step, outputs, columns);          \
    }
DENSE_WEIGHTS_TILE(dense_weights_tall, GEMM_ROWS)
DENSE_WEIGHTS_TILE(dense_weights_short, GEMM_SHORT)
DENSE_WEIGHTS_TILE(dense_weights_low, GEMM_LOW)
DENSE_WEIGHTS_TILE(dense_weights_single, 1)
#undef DENSE_WEIGHTS_TILE

// The height of the next tile where so many inputs are left. It adds to what is there, so tiles can't
// overlap.
VEC_INLINE ptrdiff_t dense_weights_height(ptrdiff_t left) {
    if (left < GEMM_SHORT) return left < GEMM_LOW ? 1 : GEMM_LOW;
    return left < GEMM_ROWS || left == 2 * GEMM_SHORT ? GEMM_SHORT : GEMM_ROWS;
}

KERNEL_SHARED void dense_weights(real *restrict gradient, const real *restrict input,
                                 const real *restrict output_gradient, ptrdiff_t rows,
                                 const KernelSizes *sizes) {
    const ptrdiff_t outputs = sizes->outputs, step = sizes->input_stride;
    for (ptrdiff_t column = 0; column < outputs; column += PANEL_COLUMNS) {
        const ptrdiff_t columns = gemm_least(PANEL_COLUMNS, outputs - column);
        const real *of_columns = output_gradient + column;
        real *to = gradient + column;
        for (ptrdiff_t i = 0, height; i < sizes->inputs; i += height) {
            height = dense_weights_height(sizes->inputs - i);
            real *block = to + i * outputs;
            (height == GEMM_ROWS    ? dense_weights_tall
             : height == GEMM_SHORT ? dense_weights_short
             : height == GEMM_LOW
                 ? dense_weights_low
                 : dense_weights_single)(block, input + i, of_columns, rows, step, outputs, columns);
        }
    }
}

#endif
