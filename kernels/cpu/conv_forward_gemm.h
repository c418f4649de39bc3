// conv_forward (ref/conv_forward.h) over packed panels (cpu/gemm.h).
#include "cpu/gemm_results.h"

GEMM_RESULTS(conv_forward_panels)

#include "kernel_end.h"
