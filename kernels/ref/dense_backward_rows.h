// dense_backward_rows: the gradient of some rows of a dense layer's weights over all rows of a batch, which
// lie in chunks. Constants: ROWS (of a chunk), INPUTS, INPUT_STRIDE, OUTPUTS, OUTPUT_STRIDE. Each result goes
// to KERNEL_CONSUMER once, a vector at a time, with its number, counted from `first` on; without one it is
// stored.
//   KERNEL(weights_gradient, input, output_gradient, rows, step, first, scratch, slots)
// weights_gradient [INPUTS][OUTPUTS], not used with a consumer; input [ROWS][INPUT_STRIDE] and
// output_gradient [ROWS][OUTPUT_STRIDE], of which the first INPUTS and OUTPUTS are those of the weights: each
// chunk's is `step` numbers behind the last one's, and the last chunk has what is left of `rows`. OUTPUTS are
// whole vectors.
#include "kernel.h"
#include <stddef.h>

#ifndef KERNEL_CONSUMER
#define KERNEL_CONSUMER(accumulated, element) vec_store(weights_gradient + (element)-first, accumulated)
#endif

KERNEL_LINKAGE void KERNEL(real *restrict weights_gradient, const real *restrict input,
                           const real *restrict output_gradient, ptrdiff_t rows, ptrdiff_t step,
                           ptrdiff_t first, void *restrict scratch, const void *const *slots) {
    (void)weights_gradient, (void)scratch, (void)slots;
    for (ptrdiff_t i = 0; i < KERNEL_INPUTS; i++)
        for (ptrdiff_t column = 0; column < KERNEL_OUTPUTS; column += LANES) {
            vec sum = {0};
            for (ptrdiff_t row = 0; row < rows; row++) {
                const ptrdiff_t chunk = row / KERNEL_ROWS, of_chunk = row % KERNEL_ROWS;
                sum += input[chunk * step + of_chunk * KERNEL_INPUT_STRIDE + i] *
                       vec_load(output_gradient + chunk * step + of_chunk * KERNEL_OUTPUT_STRIDE + column);
            }
            KERNEL_CONSUMER(sum, first + i * KERNEL_OUTPUTS + column);
        }
}

#include "kernel_end.h"
