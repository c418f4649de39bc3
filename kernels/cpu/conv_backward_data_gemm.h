// conv_backward_data (ref/conv_backward_data.h) over packed panels (cpu/gemm.h).
#include "cpu/gemm_finish.h"

KERNEL_LINKAGE void KERNEL(real *restrict input_gradient, const real *restrict output_gradient,
                           const real *restrict weights, void *restrict scratch, const void *const *slots,
                           const KernelSizes *sizes) {
    conv_backward_data_panels(input_gradient, output_gradient, weights, scratch, slots, sizes,
                              KERNEL_PART(finish));
}

#include "kernel_end.h"
