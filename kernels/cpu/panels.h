// What the kernels over packed panels share whatever their epilogue (kernels.def: KERNEL_SHARES).
#ifndef KERNEL_SHARED_ELSEWHERE

#include "cpu/conv_panels.h"
#include "cpu/dense_panels.h"

#else

#include "cpu/gemm.h"

// The kernels of these names (kernels.def), with what finishes their tiles.
KERNEL_SHARED void conv_forward_panels(real *restrict output, const real *restrict input,
                                       const real *restrict weights, void *restrict scratch,
                                       const void *const *slots, const KernelSizes *sizes,
                                       GemmFinish *finish);
KERNEL_SHARED void conv_backward_data_panels(real *restrict input_gradient,
                                             const real *restrict output_gradient,
                                             const real *restrict weights, void *restrict scratch,
                                             const void *const *slots, const KernelSizes *sizes,
                                             GemmFinish *finish);
KERNEL_SHARED void dense_forward_panels(real *restrict output, const real *restrict input,
                                        const real *restrict weights, void *restrict scratch,
                                        const void *const *slots, const KernelSizes *sizes,
                                        GemmFinish *finish);

#endif
