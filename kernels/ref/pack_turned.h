// pack_turned: as ref/pack.h, of a convolution's weights turned round: what [WINDOW][CHANNELS][FILTERS] holds
// at (window, channel, filter) is in row (WINDOW - 1 - window) * FILTERS + filter, column channel. Writes the
// panels that begin in columns first .. first + count - 1; `first` is a multiple of PANEL_COLUMNS.
//   KERNEL(packed, weights, first, count, scratch, slots, sizes)
#ifndef KERNELS_REF_PACK_TURNED_H
#define KERNELS_REF_PACK_TURNED_H

#include "panel.h"
#include "vec_transpose.h"

// A matrix from[columns][filters] into rows of a panel, [filters][PANEL_COLUMNS].
static inline void pack_turned_panel(real *to, const real *from, ptrdiff_t columns, ptrdiff_t filters) {
    for (ptrdiff_t begin = 0; begin < PANEL_COLUMNS; begin += LANES)
        for (ptrdiff_t filter = 0; filter < filters; filter += LANES) {
            const ptrdiff_t rows = filters - filter < LANES ? filters - filter : LANES;
            vec square[LANES];
            UNROLL(16)
            for (ptrdiff_t i = 0; i < LANES; i++)
                square[i] = begin + i < columns ? vec_load(from + (begin + i) * filters + filter) : (vec){0};
            vec_transpose(square);
            UNROLL(16)
            for (ptrdiff_t i = 0; i < LANES; i++)
                if (i < rows) vec_store(to + (filter + i) * PANEL_COLUMNS + begin, square[i]);
        }
}

#endif

KERNEL_LINKAGE void KERNEL(real *restrict packed, const real *restrict weights, ptrdiff_t first,
                           ptrdiff_t count, void *restrict scratch, const void *const *slots,
                           const KernelSizes *sizes) {
    const ptrdiff_t window = sizes->window_height * sizes->window_width, filters = sizes->filters;
    const ptrdiff_t end = first + count < sizes->channels ? first + count : sizes->channels;
    (void)scratch, (void)slots;
    for (ptrdiff_t column = first; column < end; column += PANEL_COLUMNS)
        for (ptrdiff_t tap = 0; tap < window; tap++)
            pack_turned_panel(packed + (column * window + (window - 1 - tap) * PANEL_COLUMNS) * filters,
                              weights + (tap * sizes->channels + column) * filters, sizes->channels - column,
                              filters);
}

#include "kernel_end.h"
