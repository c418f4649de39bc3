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
        for (ptrdiff_t k = first; k < first + count; k++)
            panel_fill_row(panel + k * PANEL_COLUMNS, weights + k * sizes->outputs + column,
                           sizes->outputs - column);
    }
}

#include "kernel_end.h"
