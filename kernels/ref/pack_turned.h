// pack_turned: as ref/pack.h, of a convolution's weights turned round: what [WINDOW][CHANNELS][FILTERS] holds
// at (window, channel, filter) is in row (WINDOW - 1 - window) * FILTERS + filter, column channel.
//   KERNEL(packed, weights, first, count, scratch, slots, sizes)
#include "panel.h"

KERNEL_LINKAGE void KERNEL(real *restrict packed, const real *restrict weights, ptrdiff_t first,
                           ptrdiff_t count, void *restrict scratch, const void *const *slots,
                           const KernelSizes *sizes) {
    enum { BLOCK = 16 }; // rows at a time, a cache line or two of the weights
    const ptrdiff_t window = sizes->window_height * sizes->window_width, rows = window * sizes->filters;
    (void)scratch, (void)slots;
    for (ptrdiff_t k = first, next; k < first + count; k = next) {
        const ptrdiff_t tap = window - 1 - k / sizes->filters, filter = k % sizes->filters;
        next = k + BLOCK;
        if (next > first + count) next = first + count;
        if (next - k > sizes->filters - filter) next = k + sizes->filters - filter;
        for (ptrdiff_t column = 0;
             column < (sizes->channels + PANEL_COLUMNS - 1) / PANEL_COLUMNS * PANEL_COLUMNS; column++) {
            real *to = packed + column / PANEL_COLUMNS * rows * PANEL_COLUMNS + column % PANEL_COLUMNS;
            const real *from = weights + (tap * sizes->channels + column) * sizes->filters + filter;
            for (ptrdiff_t i = 0; i < next - k; i++)
                to[(k + i) * PANEL_COLUMNS] = column < sizes->channels ? from[i] : 0;
        }
    }
}

#include "kernel_end.h"
