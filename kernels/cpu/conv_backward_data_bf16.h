// conv_backward_data (ref/conv_backward_data.h) in bf16 (cpu/gemm_bf16.h).
#include "cpu/gemm_finish.h"
#include "cpu/panels_bf16.h"

KERNEL_LINKAGE void KERNEL(real *restrict input_gradient, const real *restrict output_gradient,
                           const real *restrict weights, void *restrict scratch, const void *const *slots,
                           const KernelSizes *sizes) {
    conv_backward_data_bf16(input_gradient, output_gradient, weights, scratch, slots, sizes,
                            KERNEL_PART(finish));
}

#include "kernel_end.h"
