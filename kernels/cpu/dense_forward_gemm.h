// dense_forward (ref/dense_forward.h) over packed panels (cpu/gemm.h).
#include "cpu/gemm_results.h"

GEMM_RESULTS(dense_forward_panels)

#include "kernel_end.h"
