// Kernels over packed panels: matrix products of rows at any places (pixels, images) and columns in panels
// that were packed beforehand (panel.h). A tile has GEMM_ROWS x GEMM_VECTORS sums in registers. A panel's
// numbers lie one after the other in the order in which the tile reads them, so that no two of them compete
// for a place in the cache, as those of a matrix with a long row do.
//
// Tiles of three heights are compiled, which most numbers of rows come out even with. Where they do not, the
// last tile overlaps the one before it (a row's result is a function of that row alone), and where there are
// too few rows for one tile the first is repeated and not stored.
//
// All of this is the same for every layer and epilogue. In a program of several files it is compiled in one
// of them (kernels.def: SHARED), and what is compiled for each epilogue is cpu/gemm_finish.h alone.
#ifndef KERNELS_CPU_GEMM_H
#define KERNELS_CPU_GEMM_H

#include "cpu/tile.h"
#include "panel.h"

typedef struct Gemm Gemm;

// Turns the sums of `rows` rows, from `first` on, into results, in the panel that begins with `column`.
typedef void GemmFinish(const Gemm *gemm, const real *sums, ptrdiff_t first, ptrdiff_t rows, ptrdiff_t column,
                        const void *const *slots);

// The same for LANES rows whose sums lie transposed, [column][row], as many columns as fill vectors. result:
// of each row, the element number of its first result, counted from element `first`. Only rows whose bits are
// set have one.
typedef void GemmFinishTurned(real *output, const real *sums, ptrdiff_t first, const ptrdiff_t *result,
                              uint32_t rows, ptrdiff_t columns, const void *const *slots);

enum {
    GEMM_VECTORS = PANEL_COLUMNS / LANES,
    GEMM_ROWS = TILE_HEIGHT(GEMM_VECTORS), // of a tile,
    GEMM_SHORT = (GEMM_ROWS + 2) / 2,      // of one of those that make up the rest,
    GEMM_LOW = GEMM_SHORT / 2              // and of one for the last few
};

// Numbers of a row that lie side by side: `count` from `from` on, counted from the row's place. They meet the
// panel's numbers from `at` on.
typedef struct GemmRun {
    ptrdiff_t from, at, count;
} GemmRun;

struct Gemm {
    real *output;
    const real *rows;        // places are counted from here
    const real *panels;      // [panel][depth][PANEL_COLUMNS], or weights as they are, [depth][columns]
    bool as_they_are;        // which of both
    const ptrdiff_t *place;  // of each row; GEMM_ROWS - 1 more behind the last, any
    const ptrdiff_t *result; // of each row: the element number of its first result
    ptrdiff_t result_step;   // from one row's to the next one's, if they are all as far apart; else 0
    const GemmRun *runs;     // what a row is made of
    real *sums;              // GEMM_ROWS x PANEL_COLUMNS for each tile
    GemmFinish *finish;      // NULL: sums are results, and begin
    const real *bias;        // with these numbers, one a column; NULL: with zeros
    const void *const *slots;
    ptrdiff_t row_count, run_count, columns;
    ptrdiff_t count, depth; // numbers of a row, and of a panel's column
    uint16_t *rounded;      // cpu/gemm_bf16.h: the rows' numbers in bf16,
    uint16_t *block;        // and those of some rows one after the other
};

// How products are made: of numbers as they are (cpu/gemm_tile.h), or rounded (cpu/gemm_bf16.h).
typedef struct GemmMethod {
    // Once, before all products over `count` numbers from gemm->rows on: takes what it needs of `scratch`.
    void (*prepare)(Gemm *gemm, ptrdiff_t count, void *scratch);
    void (*multiply)(const Gemm *gemm);
} GemmMethod;

// Of kernels over packed panels. For gradients, the output is that of the input, and the input that of the
// output.
#define GEMM_PARAMETERS                                                                                      \
    real *restrict output, const real *restrict input, const real *restrict weights, void *restrict scratch, \
        const void *const *slots, const KernelSizes *sizes
#define GEMM_ARGUMENTS output, input, weights, scratch, slots, sizes

// A kernel over packed panels but for its epilogue, which `finish` or `bias` is.
typedef void GemmKernel(GEMM_PARAMETERS, GemmFinish *finish, const real *bias);

// Defines the kernel `name`: products(method, the kernel's parameters).
#define GEMM_KERNEL(name, products, method)                                                                  \
    KERNEL_SHARED void name(GEMM_PARAMETERS, GemmFinish *finish, const real *bias) {                         \
        products(&(method), GEMM_ARGUMENTS, finish, bias);                                                   \
    }

VEC_INLINE ptrdiff_t gemm_least(ptrdiff_t a, ptrdiff_t b) {
    return a < b ? a : b;
}

// The height of the next tile where so many rows are left.
VEC_INLINE ptrdiff_t gemm_height(ptrdiff_t left) {
    if (left <= GEMM_LOW) return GEMM_LOW;
    return left <= GEMM_SHORT || (left > GEMM_ROWS && left <= 2 * GEMM_SHORT) ? GEMM_SHORT : GEMM_ROWS;
}

// Calls the function of a height, of those that a header defines for all three: PREFIX_tall_KIND and so on.
#define GEMM_BY_HEIGHT(height, prefix, kind, ...)                                                            \
    do {                                                                                                     \
        if ((height) == GEMM_ROWS)                                                                           \
            prefix##_tall_##kind(__VA_ARGS__);                                                               \
        else if ((height) == GEMM_SHORT)                                                                     \
            prefix##_short_##kind(__VA_ARGS__);                                                              \
        else                                                                                                 \
            prefix##_low_##kind(__VA_ARGS__);                                                                \
    } while (0)

// The height of all tiles for so many rows.
static inline ptrdiff_t gemm_covered(ptrdiff_t rows) {
    ptrdiff_t covered = 0;
    while (covered < rows) covered += gemm_height(rows - covered);
    return covered;
}

#endif
