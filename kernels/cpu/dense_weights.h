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
    UNROLL(14)
    for (int r = 0; r < inputs; r++) {
        UNROLL(6)
        for (int v = 0; v < GEMM_VECTORS; v++) {
            const ptrdiff_t left = columns - v * LANES;
            if (left > 0) vec_store_part(gradient + r * outputs + v * LANES, tile.sum[r][v], left);
        }
    }
}

static __attribute__((noinline, unused)) void dense_weights_tall(real *restrict gradient, const real *input,
                                                                 const real *output_gradient, ptrdiff_t rows,
                                                                 ptrdiff_t step, ptrdiff_t outputs,
                                                                 ptrdiff_t columns) {
    dense_weights_tile(GEMM_ROWS, gradient, input, output_gradient, rows, step, outputs, columns);
}

static __attribute__((noinline, unused)) void dense_weights_single(real *restrict gradient, const real *input,
                                                                   const real *output_gradient,
                                                                   ptrdiff_t rows, ptrdiff_t step,
                                                                   ptrdiff_t outputs, ptrdiff_t columns) {
    dense_weights_tile(1, gradient, input, output_gradient, rows, step, outputs, columns);
}

KERNEL_SHARED void dense_weights(real *restrict gradient, const real *restrict input,
                                 const real *restrict output_gradient, ptrdiff_t rows,
                                 const KernelSizes *sizes) {
    const ptrdiff_t outputs = sizes->outputs, step = sizes->input_stride;
    for (ptrdiff_t column = 0; column < outputs; column += PANEL_COLUMNS) {
        const ptrdiff_t columns = gemm_least(PANEL_COLUMNS, outputs - column);
        const real *of_columns = output_gradient + column;
        real *to = gradient + column;
        ptrdiff_t i = 0;
        for (; i + GEMM_ROWS <= sizes->inputs; i += GEMM_ROWS)
            dense_weights_tall(to + i * outputs, input + i, of_columns, rows, step, outputs, columns);
        for (; i < sizes->inputs; i++)
            dense_weights_single(to + i * outputs, input + i, of_columns, rows, step, outputs, columns);
    }
}

#endif
