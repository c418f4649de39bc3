// transpose: matrices [CHANNELS][FILTERS] that lie one after the other become [FILTERS][CHANNELS], in the
// same order or, with `last_first`, the last one first; WINDOW is how many there are. By squares in
// registers: each cache line of the matrices is used up at once, however far apart their rows lie.
//   KERNEL(transposed, matrices, last_first, scratch, slots, sizes)
#ifndef KERNELS_REF_TRANSPOSE_H
#define KERNELS_REF_TRANSPOSE_H

#include "kernel.h"
#include "vec_transpose.h"

// to[row][column] = from[column][row] in one square, of which so many rows and columns are there.
VEC_INLINE void transpose_square(real *restrict to, ptrdiff_t to_step, const real *restrict from,
                                 ptrdiff_t from_step, ptrdiff_t rows, ptrdiff_t columns) {
    vec square[LANES];
    UNROLL(16)
    for (ptrdiff_t i = 0; i < LANES; i++) square[i] = i < columns ? vec_load(from + i * from_step) : (vec){0};
    vec_transpose(square);
    UNROLL(16)
    for (ptrdiff_t i = 0; i < LANES; i++)
        if (i < rows) vec_store_part(to + i * to_step, square[i], columns);
}

static inline void transpose_matrix(real *restrict to, const real *restrict from, ptrdiff_t rows,
                                    ptrdiff_t columns) {
    for (ptrdiff_t column = 0; column < columns; column += LANES)
        for (ptrdiff_t row = 0; row < rows; row += LANES)
            transpose_square(to + row * columns + column, columns, from + column * rows + row, rows,
                             rows - row, columns - column);
}

#endif

KERNEL_LINKAGE void KERNEL(real *restrict transposed, const real *restrict matrices, ptrdiff_t last_first,
                           void *restrict scratch, const void *const *slots, const KernelSizes *sizes) {
    const ptrdiff_t count = sizes->window_height * sizes->window_width, rows = sizes->filters,
                    columns = sizes->channels;
    (void)scratch, (void)slots;
    for (ptrdiff_t i = 0; i < count; i++)
        transpose_matrix(transposed + i * rows * columns,
                         matrices + (last_first ? count - 1 - i : i) * rows * columns, rows, columns);
}

#include "kernel_end.h"
