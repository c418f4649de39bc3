// Dense layers as products of rows and packed panels.
#ifndef KERNELS_CPU_DENSE_PANELS_H
#define KERNELS_CPU_DENSE_PANELS_H

#include "cpu/gemm_tile.h"

static inline void dense_forward_products(const GemmMethod *method, real *restrict output,
                                          const real *restrict input, const real *restrict weights,
                                          void *restrict scratch, const void *const *slots,
                                          const KernelSizes *sizes, GemmFinish *finish) {
    const ptrdiff_t rows = sizes->rows;
    const GemmPlaces places = gemm_places(scratch, rows, 1, sizes->inputs);
    Gemm gemm = {.output = output,
                 .rows = input,
                 .panels = weights,
                 .place = places.place,
                 .result = places.result,
                 .runs = places.runs,
                 .finish = finish,
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

#endif
