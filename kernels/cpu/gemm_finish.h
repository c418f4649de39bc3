// KERNEL_PART(finish), with the epilogue of this use: a GemmFinish (cpu/gemm.h). GEMM_FINISHED(shared)
// defines the kernel: the GemmKernel `shared` with it.
#include "cpu/panels.h"

// One row's sums become its results, in `columns` columns: a constant where these are whole vectors.
VEC_INLINE void KERNEL_PART(finish_row)(const Gemm *gemm, const real *sums, ptrdiff_t element,
                                        ptrdiff_t column, const ptrdiff_t columns, const void *const *slots) {
    (void)column, (void)slots;
    for (ptrdiff_t i = 0; i < columns; i += LANES) {
        vec sum = vec_load(sums + i);
#ifdef KERNEL_EPILOGUE
        sum = KERNEL_EPILOGUE(sum, element + i, column + i);
#endif
        vec_store_part(gemm->output + element + i, sum, columns - i);
    }
}

// The sums of `rows` rows, from `first` on, in the panel that begins with `column`.
static void KERNEL_PART(finish)(const Gemm *gemm, const real *sums, ptrdiff_t first, ptrdiff_t rows,
                                ptrdiff_t column, const void *const *slots) {
    const ptrdiff_t columns = gemm->columns - column;
    for (ptrdiff_t r = 0; r < rows; r++, sums += PANEL_COLUMNS) {
        const ptrdiff_t element = gemm->result[first + r] + column;
        if (columns >= PANEL_COLUMNS)
            KERNEL_PART(finish_row)(gemm, sums, element, column, PANEL_COLUMNS, slots);
        else
            KERNEL_PART(finish_row)(gemm, sums, element, column, columns, slots);
    }
}

#define GEMM_FINISHED(shared)                                                                                \
    KERNEL_LINKAGE void KERNEL(GEMM_PARAMETERS) {                                                            \
        shared(GEMM_ARGUMENTS, KERNEL_PART(finish), NULL);                                                   \
    }
