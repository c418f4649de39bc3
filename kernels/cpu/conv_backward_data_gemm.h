// conv_backward_data (ref/conv_backward_data.h) over packed panels (cpu/gemm.h).
#include "cpu/gemm_results.h"

GEMM_RESULTS(conv_backward_data_panels)

#include "kernel_end.h"
