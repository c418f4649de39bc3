// What the kernels over packed panels share whatever their epilogue (kernels.def: KERNEL_SHARES).
#ifndef KERNELS_CPU_PANELS_H
#define KERNELS_CPU_PANELS_H

#ifndef KERNEL_SHARED_ELSEWHERE

#include "cpu/conv_panels.h"
#include "cpu/dense_panels.h"
#include "cpu/dense_weights.h"

GEMM_KERNEL(conv_forward_panels, conv_forward_products, gemm_method)
GEMM_KERNEL(conv_backward_data_panels, conv_backward_data_products, gemm_method)
GEMM_KERNEL(dense_forward_panels, dense_forward_products, gemm_method)
GEMM_KERNEL(dense_forward_columns, dense_forward_plain, gemm_method)

#else

#include "cpu/gemm.h"

// The kernels of these names (kernels.def), with what finishes their tiles.
KERNEL_SHARED GemmKernel conv_forward_panels, conv_backward_data_panels, dense_forward_panels,
    dense_forward_columns;

// Adds to gradient [inputs][outputs] what it gets from so many rows.
KERNEL_SHARED void dense_weights(real *restrict gradient, const real *restrict input,
                                 const real *restrict output_gradient, ptrdiff_t rows,
                                 const KernelSizes *sizes);

#endif
#endif
