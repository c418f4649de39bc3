// conv_backward_data (ref/conv_backward_data.h): the output's gradient x the weights, transposed, are the
// gradients of the patches, which are added up.
#include "blas/patches.h"

KERNEL_LINKAGE void KERNEL(real *restrict input_gradient, const real *restrict output_gradient,
                           const real *restrict weights, void *restrict scratch, const void *const *slots) {
    real *const patches = PATCHES_ARE_PIXELS ? input_gradient : scratch;
    BLAS_GEMM(BLAS_ROW_MAJOR, BLAS_PLAIN, BLAS_TRANSPOSED, PATCHES_PIXELS, PATCHES_LENGTH, KERNEL_FILTERS, 1,
              output_gradient, KERNEL_FILTERS, weights, KERNEL_FILTERS, 0, patches, PATCHES_LENGTH);
    if (!PATCHES_ARE_PIXELS) {
        __builtin_memset(input_gradient, 0, sizeof(real) * KERNEL_HEIGHT * KERNEL_WIDTH * KERNEL_CHANNELS);
        KERNEL_PART(visit_patches)(patches, input_gradient, patch_scatter);
    }
    KERNEL_PART(finish)(input_gradient, KERNEL_HEIGHT * KERNEL_WIDTH, KERNEL_CHANNELS, slots);
}

#include "blas/patches_end.h"
#include "kernel_end.h"
