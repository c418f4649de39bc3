// conv_forward (ref/conv_forward.h) by Winograd's transforms of tiles of 5x5 numbers (cpu/winograd.h).
#include "cpu/winograd_finish.h"
#include "cpu/winograd_shared.h"

KERNEL_LINKAGE void KERNEL(real *restrict output, const real *restrict input, const real *restrict weights,
                           void *restrict scratch, const void *const *slots, const KernelSizes *sizes) {
    conv_forward_winograd(5, output, input, weights, scratch, slots, sizes, KERNEL_PART(finish),
                          KERNEL_PART(finish_turned));
}

#include "kernel_end.h"
