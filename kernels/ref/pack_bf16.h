// pack_bf16: a matrix in bf16, in panels of 32 columns as products of rounded numbers read them (amx.h), with
// zeros up to whole steps and panels: [panel][tiles of pairs of rows] (bf16.h). The matrix is
// [WINDOW][CHANNELS][FILTERS] with rows (window, channel), or, turned round, with rows (last - window,
// filter) and columns channel. Writes pairs of rows first .. first + count - 1 of all panels.
//   KERNEL(packed, weights, first, count, turned, scratch, slots, sizes)
#include "bf16.h"

VEC_INLINE void KERNEL_PART(pair)(bf16 *panel, const real *weights, ptrdiff_t pair, ptrdiff_t column,
                                  const KernelSizes *sizes) {
    const ptrdiff_t rows = sizes->window_height * sizes->window_width * sizes->channels;
    const real *from = weights + 2 * pair * sizes->filters + column;
    bf16_pack_pair(panel, pair, from, 2 * pair + 1 < rows ? from + sizes->filters : NULL,
                   2 * pair < rows ? sizes->filters - column : 0);
}

// Of a matrix turned round the numbers of a row lie apart.
VEC_INLINE void KERNEL_PART(turned_pair)(bf16 *panel, const real *weights, ptrdiff_t pair, ptrdiff_t column,
                                         const KernelSizes *sizes) {
    const ptrdiff_t window = sizes->window_height * sizes->window_width, rows = window * sizes->filters;
    real numbers[2][BF16_PANEL + LANES] = {{0}};
    for (ptrdiff_t half = 0; half < 2 && 2 * pair + half < rows; half++) {
        const ptrdiff_t row = 2 * pair + half, tap = window - 1 - row / sizes->filters;
        const real *from = weights + (tap * sizes->channels + column) * sizes->filters + row % sizes->filters;
        for (ptrdiff_t i = 0; i < BF16_PANEL && column + i < sizes->channels; i++)
            numbers[half][i] = from[i * sizes->filters];
    }
    bf16_pack_pair(panel, pair, numbers[0], numbers[1], BF16_PANEL);
}

KERNEL_LINKAGE void KERNEL(real *restrict packed, const real *restrict weights, ptrdiff_t first,
                           ptrdiff_t count, ptrdiff_t turned, void *restrict scratch,
                           const void *const *slots, const KernelSizes *sizes) {
    const ptrdiff_t window = sizes->window_height * sizes->window_width;
    const ptrdiff_t rows = window * (turned ? sizes->filters : sizes->channels),
                    columns = turned ? sizes->channels : sizes->filters;
    const ptrdiff_t panel = (rows + 2 * BF16_PAIRS - 1) / (2 * BF16_PAIRS) * (2 * BF16_PAIRS) * BF16_PANEL;
    bf16 *to = (bf16 *)(void *)packed;
    (void)scratch, (void)slots;
    for (ptrdiff_t column = 0; column < columns; column += BF16_PANEL, to += panel)
        for (ptrdiff_t pair = first; pair < first + count; pair++)
            if (turned)
                KERNEL_PART(turned_pair)(to, weights, pair, column, sizes);
            else
                KERNEL_PART(pair)(to, weights, pair, column, sizes);
}

#include "kernel_end.h"
