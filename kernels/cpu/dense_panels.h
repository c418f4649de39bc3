// Dense layers as products of rows and panels: packed ones, or columns of the weights as they are.
#ifndef KERNELS_CPU_DENSE_PANELS_H
#define KERNELS_CPU_DENSE_PANELS_H

#include "cpu/gemm_tile.h"

static inline void dense_products(const GemmMethod *method, bool as_they_are, real *restrict output,
                                  const real *restrict input, const real *restrict weights,
                                  void *restrict scratch, const void *const *slots, const KernelSizes *sizes,
                                  GemmFinish *finish, const real *bias) {
    const ptrdiff_t rows = sizes->rows;
    const GemmPlaces places = gemm_places(scratch, rows, 1, sizes->inputs);
    Gemm gemm = {.output = output,
                 .rows = input,
                 .panels = weights,
                 .as_they_are = as_they_are,
                 .place = places.place,
                 .result = places.result,
                 .result_step = sizes->outputs,
                 .runs = places.runs,
                 .finish = finish,
                 .bias = bias,
                 .slots = slots,
                 .row_count = rows,
                 .columns = sizes->outputs,
                 .depth = sizes->inputs};
    for (ptrdiff_t i = 0; i < rows; i++) {
        places.place[i] = i * sizes->inputs;
        places.result[i] = i * sizes->outputs;
    }
    for (int i = 0; i < GEMM_ROWS; i++) places.place[rows + i] = 0;
    gemm_add_runs(&gemm, places.runs, 0, 0, sizes->inputs);
    method->prepare(&gemm, rows * sizes->inputs, places.rest);
    method->multiply(&gemm);
}

static inline void dense_forward_products(const GemmMethod *method, GEMM_PARAMETERS, GemmFinish *finish,
                                          const real *bias) {
    dense_products(method, false, GEMM_ARGUMENTS, finish, bias);
}

static inline void dense_forward_plain(const GemmMethod *method, GEMM_PARAMETERS, GemmFinish *finish,
                                       const real *bias) {
    dense_products(method, true, GEMM_ARGUMENTS, finish, bias);
}

#endif
