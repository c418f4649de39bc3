// pack: a matrix [INPUTS][OUTPUTS] in panels of columns, [panel][INPUTS][PANEL_COLUMNS], with zeros where
// there are no more columns: what kernels over panels (cpu/gemm.h) read. Writes rows first .. first + count -
// 1 of all panels.
//   KERNEL(packed, weights, first, count, scratch, slots, sizes)
#include "panel.h"

KERNEL_LINKAGE void KERNEL(real *restrict packed, const real *restrict weights, ptrdiff_t first,
                           ptrdiff_t count, void *restrict scratch, const void *const *slots,
                           const KernelSizes *sizes) {
    (void)scratch, (void)slots;
    for (ptrdiff_t column = 0; column < sizes->outputs; column += PANEL_COLUMNS) {
        real *panel = packed + column * sizes->inputs;
        const ptrdiff_t left = sizes->outputs - column, columns = left < PANEL_COLUMNS ? left : PANEL_COLUMNS;
        for (ptrdiff_t k = first; k < first + count; k++)
            for (ptrdiff_t i = 0; i < PANEL_COLUMNS; i++)
                panel[k * PANEL_COLUMNS + i] = i < columns ? weights[k * sizes->outputs + column + i] : 0;
    }
}

#include "kernel_end.h"
