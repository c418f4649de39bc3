// conv_forward (ref/conv_forward.h): patches x weights.
#include "blas/patches.h"

KERNEL_LINKAGE void KERNEL(real *restrict output, const real *restrict input, const real *restrict weights,
                           void *restrict scratch, const void *const *slots) {
    BLAS_GEMM(BLAS_ROW_MAJOR, BLAS_PLAIN, BLAS_PLAIN, PATCHES_PIXELS, KERNEL_FILTERS, PATCHES_LENGTH, 1,
              KERNEL_PART(patches)(input, scratch), PATCHES_LENGTH, weights, KERNEL_FILTERS, 0, output,
              KERNEL_FILTERS);
    KERNEL_PART(finish)(output, PATCHES_PIXELS, KERNEL_FILTERS, slots);
}

#include "blas/patches_end.h"
#include "kernel_end.h"
