// dense_forward (ref/dense_forward.h): one matrix product.
#include "blas/gemm.h"

KERNEL_LINKAGE void KERNEL(real *restrict output, const real *restrict input, const real *restrict weights,
                           void *restrict scratch, const void *const *slots) {
    (void)scratch;
    BLAS_GEMM(BLAS_ROW_MAJOR, BLAS_PLAIN, BLAS_PLAIN, KERNEL_ROWS, KERNEL_OUTPUTS, KERNEL_INPUTS, 1, input,
              KERNEL_INPUTS, weights, KERNEL_OUTPUTS, 0, output, KERNEL_OUTPUTS);
    KERNEL_PART(finish)(output, KERNEL_ROWS, KERNEL_OUTPUTS, slots);
}

#include "kernel_end.h"
