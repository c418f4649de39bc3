// conv_backward_weights (ref/conv_backward_weights.h): the patches, transposed, x the output's gradient.
#include "blas/patches.h"

KERNEL_LINKAGE void KERNEL(real *restrict weights_gradient, const real *restrict input,
                           const real *restrict output_gradient, void *restrict scratch,
                           const void *const *slots) {
    (void)slots;
    BLAS_GEMM(BLAS_ROW_MAJOR, BLAS_TRANSPOSED, BLAS_PLAIN, PATCHES_LENGTH, KERNEL_FILTERS, PATCHES_PIXELS, 1,
              KERNEL_PART(patches)(input, scratch), PATCHES_LENGTH, output_gradient, KERNEL_FILTERS, 1,
              weights_gradient, KERNEL_FILTERS);
}

#include "blas/patches_end.h"
#include "kernel_end.h"
