// dense_forward (ref/dense_forward.h) over the columns of the weights as they are (cpu/gemm.h).
#include "cpu/gemm_results.h"

GEMM_RESULTS(dense_forward_columns)

#include "kernel_end.h"
