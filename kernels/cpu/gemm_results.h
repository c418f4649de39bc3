// GEMM_RESULTS(shared) defines the kernel: the GemmKernel `shared` (cpu/gemm.h) with the epilogue of this
// use. Sums to which it adds at most a number a column begin with that, and then are the results: nothing is
// compiled for it. Any other one is a function that turns sums into results.
#undef GEMM_RESULTS
#if defined(KERNEL_EPILOGUE) && !defined(KERNEL_BIAS)
#include "cpu/gemm_finish.h"
#define GEMM_RESULTS(shared) GEMM_FINISHED(shared)
#else
#include "cpu/panels.h"
#ifndef KERNEL_BIAS
#define KERNEL_BIAS NULL
#endif
#define GEMM_RESULTS(shared)                                                                                 \
    KERNEL_LINKAGE void KERNEL(GEMM_PARAMETERS) {                                                            \
        shared(GEMM_ARGUMENTS, NULL, KERNEL_BIAS);                                                           \
    }
#endif
