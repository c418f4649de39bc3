// pack_winograd: a convolution's weights [WINDOW_HEIGHT][WINDOW_WIDTH][CHANNELS][FILTERS], transformed for
// tiles of side x side numbers (cpu/winograd_transform.h): U = G g G' of every channel and filter, in panels
// of columns, [panel][side * side][row][PANEL_COLUMNS], with zeros where there are no more columns. Rows are
// channels and columns filters; `turned`: the window turned round, rows filters and columns channels. Writes
// rows first .. first + count - 1 of all panels and positions.
//   KERNEL(packed, weights, first, count, side, turned, scratch, slots, sizes)
#ifndef KERNELS_REF_PACK_WINOGRAD_H
#define KERNELS_REF_PACK_WINOGRAD_H

#include "panel.h"

enum { WINOGRAD_PACK_SIDE = 6, WINOGRAD_PACK_WINDOW = 3 }; // at most

// G: row i < side - 1 is scale[i] * (1, point[i], point[i]^2), and the last one, of infinity, (0, ..., 1).
static inline void winograd_pack_matrix(real matrix[][WINOGRAD_PACK_WINDOW], ptrdiff_t side,
                                        ptrdiff_t window) {
    static const double point[] = {0, 1, -1, 0.5, -2};
    static const double of_4[] = {1, 1. / 2, 1. / 2}, of_6[] = {1, 1. / 3, -1. / 3, -16. / 15, 1. / 15};
    for (ptrdiff_t i = 0; i < side - 1; i++) {
        double number = side == 4 ? of_4[i] : of_6[i];
        for (ptrdiff_t k = 0; k < window; k++, number *= point[i]) matrix[i][k] = (real)number;
    }
    for (ptrdiff_t k = 0; k < window; k++) matrix[side - 1][k] = k == window - 1;
}

// The weights of a row and of the columns from `column` on, at a place of the window.
static inline vec winograd_pack_load(const real *weights, ptrdiff_t tap, ptrdiff_t row, ptrdiff_t column,
                                     ptrdiff_t turned, const KernelSizes *sizes) {
    const ptrdiff_t left = (turned ? sizes->channels : sizes->filters) - column;
    const ptrdiff_t columns = left < LANES ? left : LANES;
    vec loaded = {0};
    if (turned) {
        const ptrdiff_t last = sizes->window_height * sizes->window_width - 1;
        const real *from = weights + ((last - tap) * sizes->channels + column) * sizes->filters + row;
        for (ptrdiff_t i = 0; i < columns; i++) loaded[i] = from[i * sizes->filters];
    } else if (columns > 0) {
        loaded = vec_load(weights + (tap * sizes->channels + row) * sizes->filters + column);
        loaded = vec_select(vec_first(columns), loaded, (vec){0});
    }
    return loaded;
}

#endif

KERNEL_LINKAGE void KERNEL(real *restrict packed, const real *restrict weights, ptrdiff_t first,
                           ptrdiff_t count, ptrdiff_t side, ptrdiff_t turned, void *restrict scratch,
                           const void *const *slots, const KernelSizes *sizes) {
    const ptrdiff_t window = sizes->window_height;
    const ptrdiff_t rows = turned ? sizes->filters : sizes->channels,
                    columns = turned ? sizes->channels : sizes->filters;
    real matrix[WINOGRAD_PACK_SIDE][WINOGRAD_PACK_WINDOW];
    (void)scratch, (void)slots;
    winograd_pack_matrix(matrix, side, window);
    for (ptrdiff_t row = first; row < first + count; row++)
        for (ptrdiff_t column = 0; column < (columns + PANEL_COLUMNS - 1) / PANEL_COLUMNS * PANEL_COLUMNS;
             column += LANES) {
            vec half[WINOGRAD_PACK_SIDE][WINOGRAD_PACK_WINDOW] = {{{0}}};
            for (ptrdiff_t tap = 0; tap < window * window; tap++) {
                const vec loaded = winograd_pack_load(weights, tap, row, column, turned, sizes);
                for (ptrdiff_t i = 0; i < side; i++)
                    half[i][tap % window] += matrix[i][tap / window] * loaded;
            }
            const ptrdiff_t begin = column / PANEL_COLUMNS * PANEL_COLUMNS;
            real *to = packed + side * side * begin * rows + row * PANEL_COLUMNS + (column - begin);
            for (ptrdiff_t position = 0; position < side * side; position++, to += rows * PANEL_COLUMNS) {
                vec sum = {0};
                for (ptrdiff_t k = 0; k < window; k++)
                    sum += matrix[position % side][k] * half[position / side][k];
                vec_store(to, sum);
            }
        }
}

#include "kernel_end.h"
