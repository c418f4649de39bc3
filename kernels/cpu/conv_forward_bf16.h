// conv_forward (ref/conv_forward.h) in bf16 (cpu/gemm_bf16.h).
#include "cpu/gemm_finish.h"
#include "cpu/panels_bf16.h"

KERNEL_LINKAGE void KERNEL(real *restrict output, const real *restrict input, const real *restrict weights,
                           void *restrict scratch, const void *const *slots, const KernelSizes *sizes) {
    conv_forward_bf16(output, input, weights, scratch, slots, sizes, KERNEL_PART(finish));
}

#include "kernel_end.h"
