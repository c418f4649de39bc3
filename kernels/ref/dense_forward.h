// dense_forward: output = input x weights. Constants: ROWS, INPUTS, OUTPUTS, OUTPUT_STRIDE.
//   KERNEL(output, input, weights, scratch, slots)
// input [ROWS][INPUTS], weights [INPUTS][OUTPUTS], output [ROWS][OUTPUT_STRIDE], of which the first OUTPUTS
// are written: all ROWS rows are computed, whatever the batch holds. The epilogue is applied to every output;
// element: row * OUTPUT_STRIDE + column, channel: column.
#include "kernel.h"
#include <stddef.h>

KERNEL_LINKAGE void KERNEL(real *restrict output, const real *restrict input, const real *restrict weights,
                           void *restrict scratch, const void *const *slots) {
    (void)scratch, (void)slots;
    for (ptrdiff_t row = 0; row < KERNEL_ROWS; row++)
        for (ptrdiff_t column = 0; column < KERNEL_OUTPUTS; column++) {
            real sum = 0;
            for (ptrdiff_t i = 0; i < KERNEL_INPUTS; i++)
                sum += input[row * KERNEL_INPUTS + i] * weights[i * KERNEL_OUTPUTS + column];
#ifdef KERNEL_EPILOGUE
            sum = KERNEL_EPILOGUE(vec_all(sum), row * KERNEL_OUTPUT_STRIDE + column, column)[0];
#endif
            output[row * KERNEL_OUTPUT_STRIDE + column] = sum;
        }
}

#include "kernel_end.h"
