// conv_forward (ref/conv_forward.h) in bf16 (cpu/gemm_bf16.h).
#include "cpu/gemm_finish.h"
#include "cpu/panels_bf16.h"

GEMM_FINISHED(conv_forward_bf16)

#include "kernel_end.h"
