// What the kernels by Winograd's transforms share whatever their epilogue (kernels.def: KERNEL_SHARES).
#ifndef KERNEL_SHARED_ELSEWHERE

#include "cpu/winograd.h"

#else

#include "cpu/gemm.h"

KERNEL_SHARED void conv_forward_winograd(int side, real *restrict output, const real *restrict input,
                                         const real *restrict weights, void *restrict scratch,
                                         const void *const *slots, const KernelSizes *sizes,
                                         GemmFinish *finish);

#endif
