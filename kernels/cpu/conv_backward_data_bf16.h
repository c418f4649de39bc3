// conv_backward_data (ref/conv_backward_data.h) in bf16 (cpu/gemm_bf16.h).
#include "cpu/gemm_finish.h"
#include "cpu/panels_bf16.h"

GEMM_FINISHED(conv_backward_data_bf16)

#include "kernel_end.h"
