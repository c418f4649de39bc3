// conv_backward_channels (ref/conv_backward_channels.h) by Winograd's transforms of tiles of 5x5 numbers.
#include "cpu/winograd_shared.h"

KERNEL_LINKAGE void KERNEL(real *restrict channels_gradient, const real *restrict input,
                           const real *restrict output_gradient, ptrdiff_t images, ptrdiff_t first,
                           ptrdiff_t apart, void *restrict scratch, const void *const *slots,
                           const KernelSizes *sizes) {
    (void)slots;
    conv_weights_winograd(5, channels_gradient, input, output_gradient,
                          winograd_channels(sizes, images, first, apart), scratch, sizes);
}

#include "kernel_end.h"
