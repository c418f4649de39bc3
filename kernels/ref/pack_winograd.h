// pack_winograd: a convolution's weights [WINDOW_HEIGHT][WINDOW_WIDTH][CHANNELS][FILTERS], transformed for
// tiles of side x side numbers (cpu/winograd_transform.h): U = G g G' of every channel and filter, in panels
// of columns, [panel][side * side][row][PANEL_COLUMNS], with zeros where there are no more columns. Rows are
// channels and columns filters; `turned`: rows filters and columns channels. `flipped`: of the window turned
// round. Writes rows first .. first + count - 1 of all panels and positions.
//   KERNEL(packed, weights, first, count, side, turned, flipped, scratch, slots, sizes)
#ifndef KERNELS_REF_PACK_WINOGRAD_H
#define KERNELS_REF_PACK_WINOGRAD_H

#include "panel.h"
#include "vec_transpose.h"

enum { WINOGRAD_PACK_SIDE = 6, WINOGRAD_PACK_WINDOW = 3 }; // at most

// G: row i < side - 1 is scale[i] * (1, point[i], point[i]^2), and the last one, of infinity, (0, ..., 1).
static inline void winograd_pack_matrix(real matrix[][WINOGRAD_PACK_WINDOW], ptrdiff_t side,
                                        ptrdiff_t window) {
    static const double points[] = {0, 1, -1, 0.5, -2}, points_of_5[] = {0, -1, 0.5, 2};
    const double *point = side == 5 ? points_of_5 : points;
    static const double of_4[] = {1, 1. / 2, 1. / 2}, of_5[] = {1, -2. / 9, -8. / 9, 1. / 9},
                        of_6[] = {1, 1. / 3, -1. / 3, -16. / 15, 1. / 15};
    for (ptrdiff_t i = 0; i < side - 1; i++) {
        double number = side == 4 ? of_4[i] : side == 5 ? of_5[i] : of_6[i];
        for (ptrdiff_t k = 0; k < window; k++, number *= point[i]) matrix[i][k] = (real)number;
    }
    for (ptrdiff_t k = 0; k < window; k++) matrix[side - 1][k] = k == window - 1;
}

// A square of weights, rows `row` and on of the transform's matrix by columns `column` and on, at a place of
// the window; zeros where there are no more columns, anything where there are no more rows.
static inline void winograd_pack_load(vec square[LANES], const real *weights, ptrdiff_t tap, ptrdiff_t row,
                                      ptrdiff_t column, ptrdiff_t turned, const KernelSizes *sizes) {
    const ptrdiff_t columns = (turned ? sizes->channels : sizes->filters) - column;
    if (turned) {
        const real *from = weights + (tap * sizes->channels + column) * sizes->filters + row;
        UNROLL(16)
        for (ptrdiff_t i = 0; i < LANES; i++)
            square[i] = i < columns ? vec_load(from + i * sizes->filters) : (vec){0};
        vec_transpose(square);
        return;
    }
    const real *from = weights + (tap * sizes->channels + row) * sizes->filters + column;
    const ptrdiff_t rows = sizes->channels - row;
    UNROLL(16)
    for (ptrdiff_t i = 0; i < LANES; i++)
        square[i] = i < rows && columns > 0
                        ? vec_select(vec_first(columns), vec_load(from + i * sizes->filters), (vec){0})
                        : (vec){0};
}

// The positions of row `i` of the transformed window, of `count` rows that lie side by side in `taps`: at
// `to` and every `step` numbers further. So a row of positions is written at a time, and not all: numbers of
// positions, which are a large power of two apart, compete for few places in the cache.
VEC_INLINE void winograd_pack_positions(real *to, ptrdiff_t step, vec taps[][LANES], ptrdiff_t count,
                                        ptrdiff_t i, real matrix[][WINOGRAD_PACK_WINDOW], const int side,
                                        const int window) {
    for (ptrdiff_t row = 0; row < count; row++, to += PANEL_COLUMNS) {
        vec half[WINOGRAD_PACK_WINDOW] = {{0}};
        UNROLL(9)
        for (int tap = 0; tap < window * window; tap++)
            half[tap % window] += matrix[i][tap / window] * taps[tap][row];
        UNROLL(6)
        for (int k = 0; k < side; k++) {
            vec sum = {0};
            UNROLL(3)
            for (int x = 0; x < window; x++) sum += matrix[k][x] * half[x];
            vec_store(to + k * step, sum);
        }
    }
}

// The transforms of `count` rows.
static inline void winograd_pack_rows(real *to, ptrdiff_t step, vec taps[][LANES], ptrdiff_t count,
                                      real matrix[][WINOGRAD_PACK_WINDOW], ptrdiff_t side, ptrdiff_t window) {
    for (ptrdiff_t i = 0; i < side; i++, to += side * step) {
        if (side == 6)
            winograd_pack_positions(to, step, taps, count, i, matrix, 6, 3);
        else if (side == 5 && window == 3)
            winograd_pack_positions(to, step, taps, count, i, matrix, 5, 3);
        else if (side == 5)
            winograd_pack_positions(to, step, taps, count, i, matrix, 5, 2);
        else if (window == 3)
            winograd_pack_positions(to, step, taps, count, i, matrix, 4, 3);
        else
            winograd_pack_positions(to, step, taps, count, i, matrix, 4, 2);
    }
}

#endif

KERNEL_LINKAGE void KERNEL(real *restrict packed, const real *restrict weights, ptrdiff_t first,
                           ptrdiff_t count, ptrdiff_t side, ptrdiff_t turned, ptrdiff_t flipped,
                           void *restrict scratch, const void *const *slots, const KernelSizes *sizes) {
    const ptrdiff_t window = sizes->window_height, last = window * window - 1;
    const ptrdiff_t rows = turned ? sizes->filters : sizes->channels,
                    columns = turned ? sizes->channels : sizes->filters;
    real matrix[WINOGRAD_PACK_SIDE][WINOGRAD_PACK_WINDOW];
    (void)scratch, (void)slots;
    winograd_pack_matrix(matrix, side, window);
    for (ptrdiff_t row = first; row < first + count; row += LANES)
        for (ptrdiff_t column = 0; column < (columns + PANEL_COLUMNS - 1) / PANEL_COLUMNS * PANEL_COLUMNS;
             column += LANES) {
            vec taps[WINOGRAD_PACK_WINDOW * WINOGRAD_PACK_WINDOW][LANES];
            for (ptrdiff_t tap = 0; tap < window * window; tap++)
                winograd_pack_load(taps[tap], weights, flipped ? last - tap : tap, row, column, turned,
                                   sizes);
            const ptrdiff_t begin = column / PANEL_COLUMNS * PANEL_COLUMNS;
            real *to = packed + side * side * begin * rows + row * PANEL_COLUMNS + (column - begin);
            const ptrdiff_t left = first + count - row;
            winograd_pack_rows(to, rows * PANEL_COLUMNS, taps, left < LANES ? left : LANES, matrix, side,
                               window);
        }
}

#include "kernel_end.h"
