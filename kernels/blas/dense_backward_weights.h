// dense_backward_weights (ref/dense_backward_weights.h): one matrix product that is added.
#include "blas/gemm.h"

KERNEL_LINKAGE void KERNEL(real *restrict weights_gradient, const real *restrict input,
                           const real *restrict output_gradient, ptrdiff_t rows, void *restrict scratch,
                           const void *const *slots) {
    (void)scratch, (void)slots;
    BLAS_GEMM(BLAS_ROW_MAJOR, BLAS_TRANSPOSED, BLAS_PLAIN, KERNEL_INPUTS, KERNEL_OUTPUTS, (int)rows, 1, input,
              KERNEL_INPUT_STRIDE, output_gradient, KERNEL_OUTPUT_STRIDE, 1, weights_gradient,
              KERNEL_OUTPUTS);
}

#include "kernel_end.h"
