// What the kernels over packed panels in bf16 share whatever their epilogue (kernels.def: KERNEL_SHARES).
#ifndef KERNELS_CPU_PANELS_BF16_H
#define KERNELS_CPU_PANELS_BF16_H

#ifndef KERNEL_SHARED_ELSEWHERE

#include "cpu/conv_panels.h"
#include "cpu/conv_weights_bf16.h"
#include "cpu/dense_panels.h"
#include "cpu/gemm_bf16.h"

GEMM_KERNEL(conv_forward_bf16, conv_forward_products, gemm_bf16_method)
GEMM_KERNEL(conv_backward_data_bf16, conv_backward_data_products, gemm_bf16_method)
GEMM_KERNEL(dense_forward_bf16, dense_forward_products, gemm_bf16_method)

#else

#include "cpu/gemm.h"

// The kernels of these names (kernels.def), with what finishes their tiles.
KERNEL_SHARED GemmKernel conv_forward_bf16, conv_backward_data_bf16, dense_forward_bf16;

// Adds to gradient [rows][filters] what rows first .. first + rows - 1 of a convolution's weights get from so
// many images.
KERNEL_SHARED void conv_weights_bf16(real *restrict gradient, const real *restrict input,
                                     const real *restrict output_gradient, ptrdiff_t images, ptrdiff_t first,
                                     ptrdiff_t rows, void *restrict scratch, const KernelSizes *sizes);
// Adds to gradient [inputs][outputs] what it gets from so many rows.
KERNEL_SHARED void dense_weights_bf16(real *restrict gradient, const real *restrict input,
                                      const real *restrict output_gradient, ptrdiff_t rows,
                                      void *restrict scratch, const KernelSizes *sizes);

#endif
#endif
