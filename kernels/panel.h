// Packed weights: the columns of a matrix in panels, [panel][row][PANEL_COLUMNS], so that a kernel reads a
// panel's numbers one after the other.
#ifndef KERNELS_PANEL_H
#define KERNELS_PANEL_H

#include "kernel.h"

// Two vectors: as wide as the tiles of cpu/gemm.h.
enum { PANEL_COLUMNS = 2 * LANES };

// A row of a panel from as many of the matrix's columns as there are, and zeros for the others.
VEC_INLINE void panel_fill_row(real *restrict row, const real *restrict from, ptrdiff_t columns) {
    UNROLL(2)
    for (ptrdiff_t i = 0; i < PANEL_COLUMNS; i += LANES)
        vec_store(row + i,
                  i < columns ? vec_select(vec_first(columns - i), vec_load(from + i), (vec){0}) : (vec){0});
}

#endif
