// conv_backward_weights (ref/conv_backward_weights.h) by packed matrices.
#include "cpu/conv_weights_gemm.h"

KERNEL_LINKAGE void KERNEL(real *restrict weights_gradient, const real *restrict input,
                           const real *restrict output_gradient, void *restrict scratch,
                           const void *const *slots, const KernelSizes *sizes) {
    (void)slots;
    conv_weights_gemm(weights_gradient, input, output_gradient, 1, 0,
                      sizes->window_height * sizes->window_width * sizes->channels, scratch, sizes);
}

#include "kernel_end.h"
