// conv_backward_weights (ref/conv_backward_weights.h) in bf16 (cpu/conv_weights_bf16.h).
#include "cpu/panels_bf16.h"

KERNEL_LINKAGE void KERNEL(real *restrict weights_gradient, const real *restrict input,
                           const real *restrict output_gradient, void *restrict scratch,
                           const void *const *slots, const KernelSizes *sizes) {
    (void)slots;
    conv_weights_bf16(weights_gradient, input, output_gradient, 1, 0,
                      sizes->window_height * sizes->window_width * sizes->channels, scratch, sizes);
}

#include "kernel_end.h"
