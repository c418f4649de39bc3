// conv_backward_rows (ref/conv_backward_rows.h) of all rows, by Winograd's transforms of tiles of 4x4
// numbers.
#include "cpu/winograd_shared.h"

KERNEL_LINKAGE void KERNEL(real *restrict rows_gradient, const real *restrict input,
                           const real *restrict output_gradient, ptrdiff_t images, ptrdiff_t first,
                           void *restrict scratch, const void *const *slots, const KernelSizes *sizes) {
    (void)first, (void)slots;
    conv_weights_winograd(4, rows_gradient, input, output_gradient, winograd_whole(sizes->channels, images),
                          scratch, sizes);
}

#include "kernel_end.h"
