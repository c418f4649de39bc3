// For convolutions by Winograd's transforms: KERNEL_PART(finish) of cpu/gemm_finish.h, and
// KERNEL_PART(finish_turned), a GemmFinishTurned (cpu/gemm.h) with the same epilogue.
#include "cpu/gemm_finish.h"
#include "vec_transpose.h"

static void KERNEL_PART(finish_turned)(real *output, const real *sums, ptrdiff_t first,
                                       const ptrdiff_t *result, uint32_t rows, ptrdiff_t columns,
                                       const void *const *slots) {
    (void)slots;
    for (ptrdiff_t column = 0; column < columns; column += LANES) {
        vec row[LANES];
        UNROLL(16)
        for (int i = 0; i < LANES; i++) row[i] = vec_load(sums + (column + i) * LANES);
        vec_transpose(row);
        UNROLL(16)
        for (int i = 0; i < LANES; i++) {
            if (!(rows >> i & 1)) continue;
            const ptrdiff_t element = first + result[i] + column;
#ifdef KERNEL_EPILOGUE
            row[i] = KERNEL_EPILOGUE(row[i], element, column);
#endif
            vec_store_part(output + element, row[i], columns - column);
        }
    }
}
