// OpenBLAS's matrix product, for the variants `blas`: on one thread and on blocks of fixed size, so that the
// bits are the same for any number of threads. Epilogues become a pass over the finished output.
#ifndef KERNELS_BLAS_GEMM_H
#define KERNELS_BLAS_GEMM_H

#include "kernel.h"
#include <stdio.h>
#include <stdlib.h>

#ifdef REAL_F64
#define BLAS_GEMM cblas_dgemm
#else
#define BLAS_GEMM cblas_sgemm
#endif

// As <cblas.h> has them, which takes longer to parse than these kernels to compile.
enum { BLAS_ROW_MAJOR = 101, BLAS_PLAIN = 111, BLAS_TRANSPOSED = 112 };
void BLAS_GEMM(int order, int a_form, int b_form, int rows, int columns, int depth, real alpha, const real *a,
               int a_row, const real *b, int b_row, real beta, real *c, int c_row);
void openblas_set_num_threads(int count);
int openblas_get_parallel(void);

// Before main: the library has threads of its own, which are not wanted. One without has no locks either, and
// now and then a result is wrong when several threads call it; tools/openblas keeps it out of builds, but
// another one may be found when the program runs.
__attribute__((constructor)) static void blas_on_one_thread(void) {
    if (openblas_get_parallel() == 0) {
        fprintf(stderr,
                "this program needs an OpenBLAS with threads (Debian: libopenblas0-pthread): the one that is "
                "installed cannot be called by several at a time\n");
        exit(1);
    }
    openblas_set_num_threads(1);
}

#endif

// For each use: the epilogue on rows x columns numbers that were accumulated.
VEC_INLINE void KERNEL_PART(finish)(real *output, ptrdiff_t rows, ptrdiff_t columns,
                                    const void *const *slots) {
    (void)output, (void)rows, (void)columns, (void)slots;
#ifdef KERNEL_EPILOGUE
    for (ptrdiff_t row = 0; row < rows; row++)
        for (ptrdiff_t column = 0; column < columns; column += LANES) {
            const ptrdiff_t element = row * columns + column;
            vec_store_part(output + element, KERNEL_EPILOGUE(vec_load(output + element), element, column),
                           columns - column);
        }
#endif
}
