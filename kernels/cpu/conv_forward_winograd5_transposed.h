// conv_forward (ref/conv_forward.h) by Winograd's transforms, transposed, of tiles of 5x5 numbers
// (cpu/winograd_transposed.h).
#include "cpu/gemm_finish.h"
#include "cpu/winograd_shared.h"

KERNEL_LINKAGE void KERNEL(real *restrict output, const real *restrict input, const real *restrict weights,
                           void *restrict scratch, const void *const *slots, const KernelSizes *sizes) {
    conv_forward_winograd_transposed(5, output, input, weights, scratch, slots, sizes, KERNEL_PART(finish));
}

#include "kernel_end.h"
