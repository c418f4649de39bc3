// conv_backward_rows (ref/conv_backward_rows.h) in bf16 (cpu/conv_weights_bf16.h).
#include "cpu/panels_bf16.h"

KERNEL_LINKAGE void KERNEL(real *restrict rows_gradient, const real *restrict input,
                           const real *restrict output_gradient, ptrdiff_t images, ptrdiff_t first,
                           void *restrict scratch, const void *const *slots, const KernelSizes *sizes) {
    (void)slots;
    conv_weights_bf16(rows_gradient, input, output_gradient, images, first, sizes->rows, scratch, sizes);
}

#include "kernel_end.h"
