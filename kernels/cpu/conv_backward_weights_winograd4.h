// conv_backward_weights (ref/conv_backward_weights.h) by Winograd's transforms of tiles of 4x4 numbers.
#include "cpu/winograd_shared.h"

KERNEL_LINKAGE void KERNEL(real *restrict weights_gradient, const real *restrict input,
                           const real *restrict output_gradient, void *restrict scratch,
                           const void *const *slots, const KernelSizes *sizes) {
    (void)slots;
    conv_weights_winograd(4, weights_gradient, input, output_gradient, winograd_whole(sizes->channels, 1),
                          scratch, sizes);
}

#include "kernel_end.h"
