// What the kernels by Winograd's transforms share whatever their epilogue (kernels.def: KERNEL_SHARES).
#ifndef KERNEL_SHARED_ELSEWHERE

#include "cpu/winograd_transposed.h"
#include "cpu/winograd_weights.h"

#else

#include "cpu/gemm.h"
#include "cpu/winograd_part.h"

KERNEL_SHARED void conv_forward_winograd(int side, real *restrict output, const real *restrict input,
                                         const real *restrict weights, void *restrict scratch,
                                         const void *const *slots, const KernelSizes *sizes,
                                         GemmFinish *finish, GemmFinishTurned *finish_turned);
KERNEL_SHARED void conv_forward_winograd_transposed(int side, real *restrict output,
                                                    const real *restrict input, const real *restrict weights,
                                                    void *restrict scratch, const void *const *slots,
                                                    const KernelSizes *sizes, GemmFinish *finish);
// Adds a part to the gradient [window][the part's channels][filters].
KERNEL_SHARED void conv_weights_winograd(int side, real *restrict gradient, const real *restrict input,
                                         const real *restrict output_gradient, WinogradPart part,
                                         void *restrict scratch, const KernelSizes *sizes);

#endif
