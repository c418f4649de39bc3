// dense_backward_weights (ref/dense_backward_weights.h) for any sizes.
#include "cpu/panels.h"

KERNEL_LINKAGE void KERNEL(real *restrict weights_gradient, const real *restrict input,
                           const real *restrict output_gradient, ptrdiff_t rows, void *restrict scratch,
                           const void *const *slots, const KernelSizes *sizes) {
    (void)scratch, (void)slots;
    dense_weights(weights_gradient, input, output_gradient, rows, sizes);
}

#include "kernel_end.h"
