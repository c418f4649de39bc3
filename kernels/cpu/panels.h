// What the kernels over packed panels share whatever their epilogue (kernels.def: KERNEL_SHARES).
#ifndef KERNELS_CPU_PANELS_H
#define KERNELS_CPU_PANELS_H

#ifndef KERNEL_SHARED_ELSEWHERE

#include "cpu/conv_panels.h"
#include "cpu/dense_panels.h"

GEMM_KERNEL(conv_forward_panels, conv_forward_products, gemm_method)
GEMM_KERNEL(conv_backward_data_panels, conv_backward_data_products, gemm_method)
GEMM_KERNEL(dense_forward_panels, dense_forward_products, gemm_method)

#else

#include "cpu/gemm.h"

// The kernels of these names (kernels.def), with what finishes their tiles.
KERNEL_SHARED GemmKernel conv_forward_panels, conv_backward_data_panels, dense_forward_panels;

#endif
#endif
