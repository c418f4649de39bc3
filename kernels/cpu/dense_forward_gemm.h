// dense_forward (ref/dense_forward.h) over packed panels (cpu/gemm.h).
#include "cpu/gemm_finish.h"

KERNEL_LINKAGE void KERNEL(real *restrict output, const real *restrict input, const real *restrict weights,
                           void *restrict scratch, const void *const *slots, const KernelSizes *sizes) {
    dense_forward_panels(output, input, weights, scratch, slots, sizes, KERNEL_PART(finish));
}

#include "kernel_end.h"
