// pack_turned: as ref/pack.h, of a convolution's weights turned round: what [WINDOW][CHANNELS][FILTERS] holds
// at (window, channel, filter) is in row (WINDOW - 1 - window) * FILTERS + filter, column channel. Writes the
// panels that begin in columns first .. first + count - 1; `first` is a multiple of PANEL_COLUMNS.
//   KERNEL(packed, weights, first, count, scratch, slots, sizes)
#include "panel.h"

KERNEL_LINKAGE void KERNEL(real *restrict packed, const real *restrict weights, ptrdiff_t first,
                           ptrdiff_t count, void *restrict scratch, const void *const *slots,
                           const KernelSizes *sizes) {
    enum { BLOCK = 16 }; // rows at a time, a cache line or two of the weights
    const ptrdiff_t window = sizes->window_height * sizes->window_width, filters = sizes->filters;
    const ptrdiff_t end = first + count < sizes->channels ? first + count : sizes->channels;
    (void)scratch, (void)slots;
    for (ptrdiff_t column = first; column < end; column += PANEL_COLUMNS)
        for (ptrdiff_t k = 0, next; k < window * filters; k = next) {
            const ptrdiff_t tap = window - 1 - k / filters, filter = k % filters;
            const ptrdiff_t rows = filters - filter < BLOCK ? filters - filter : BLOCK;
            real *to = packed + column * window * filters + k * PANEL_COLUMNS;
            const real *from = weights + (tap * sizes->channels + column) * filters + filter;
            for (ptrdiff_t i = 0; i < PANEL_COLUMNS; i++)
                for (ptrdiff_t r = 0; r < rows; r++)
                    to[r * PANEL_COLUMNS + i] = column + i < sizes->channels ? from[i * filters + r] : 0;
            next = k + rows;
        }
}

#include "kernel_end.h"
