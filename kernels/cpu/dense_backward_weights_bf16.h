// dense_backward_weights (ref/dense_backward_weights.h) in bf16 (cpu/conv_weights_bf16.h).
#include "cpu/panels_bf16.h"

KERNEL_LINKAGE void KERNEL(real *restrict weights_gradient, const real *restrict input,
                           const real *restrict output_gradient, ptrdiff_t rows, void *restrict scratch,
                           const void *const *slots, const KernelSizes *sizes) {
    (void)slots;
    dense_weights_bf16(weights_gradient, input, output_gradient, rows, scratch, sizes);
}

#include "kernel_end.h"
