// dense_backward_weights: adds the gradient of `rows` rows to that of the weights. Constants: ROWS (the most
// that `rows` can be), INPUTS, INPUT_STRIDE, OUTPUTS, OUTPUT_STRIDE. No epilogue.
//   KERNEL(weights_gradient, input, output_gradient, rows, scratch, slots)
// weights_gradient [INPUTS][OUTPUTS], input [ROWS][INPUT_STRIDE] and output_gradient [ROWS][OUTPUT_STRIDE],
// of which the first INPUTS and OUTPUTS are those of the weights.
#include "kernel.h"
#include <stddef.h>

KERNEL_LINKAGE void KERNEL(real *restrict weights_gradient, const real *restrict input,
                           const real *restrict output_gradient, ptrdiff_t rows, void *restrict scratch,
                           const void *const *slots) {
    (void)scratch, (void)slots;
    for (ptrdiff_t i = 0; i < KERNEL_INPUTS; i++)
        for (ptrdiff_t column = 0; column < KERNEL_OUTPUTS; column++)
            for (ptrdiff_t row = 0; row < rows; row++)
                weights_gradient[i * KERNEL_OUTPUTS + column] +=
                    input[row * KERNEL_INPUT_STRIDE + i] *
                    output_gradient[row * KERNEL_OUTPUT_STRIDE + column];
}

#include "kernel_end.h"
