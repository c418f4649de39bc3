// Gradients of weights as products of packed matrices: C[row][column] += sum over k of a[k][row] *
// b[k][column], where k runs over pixels (or images), rows over what a weight is multiplied with there, and
// columns over filters (or outputs). A part of the pixels at a time, so that what is read of both sides stays
// in the caches. Rows are packed unless they lie side by side at even distances, and columns where they do
// not fill a panel.
#ifndef KERNELS_CPU_GEMM_WEIGHTS_H
#define KERNELS_CPU_GEMM_WEIGHTS_H

#include "cpu/gemm_tile.h"

enum {
    GEMM_WEIGHTS_DEPTH = 256, // ks that are packed at a time,
    GEMM_BLOCK_ROWS = 64      // of so many rows, which are whole tiles
};

typedef struct GemmWeights {
    real *gradient;          // [row_count][columns]
    const real *inputs;      // places and offsets are counted from here
    const ptrdiff_t *place;  // of each k in inputs
    const ptrdiff_t *offset; // of each row, from a place
    const real *columns_at;  // b: [depth][columns]
    ptrdiff_t step;          // from each place to the next, if all rows lie side by side there; else 0
    real *packed;            // GEMM_PACKED_WEIGHTS numbers
    ptrdiff_t row_count, columns, depth;
} GemmWeights;

#define GEMM_PACKED_WEIGHTS (GEMM_WEIGHTS_DEPTH * (GEMM_BLOCK_ROWS + PANEL_COLUMNS))

VEC_INLINE void gemm_pack_rows_of(const int height, real *restrict packed, const GemmWeights *gemm,
                                  ptrdiff_t row, ptrdiff_t first, ptrdiff_t count) {
    ptrdiff_t offset[GEMM_ROWS];
    for (int r = 0; r < height; r++) offset[r] = gemm->offset[gemm_least(row + r, gemm->row_count - 1)];
    if (offset[height - 1] - offset[0] == height - 1) {
        for (ptrdiff_t k = first; k < first + count; k++, packed += height)
            __builtin_memcpy(packed, gemm->inputs + gemm->place[k] + offset[0],
                             (size_t)height * sizeof(real));
        return;
    }
    for (ptrdiff_t k = first; k < first + count; k++, packed += height)
        for (int r = 0; r < height; r++) packed[r] = gemm->inputs[gemm->place[k] + offset[r]];
}

// A tile's rows, [k][height]; beyond the last row anything that can be read.
static __attribute__((noinline, unused)) void gemm_pack_rows(ptrdiff_t height, real *restrict packed,
                                                             const GemmWeights *gemm, ptrdiff_t row,
                                                             ptrdiff_t first, ptrdiff_t count) {
    if (height == GEMM_ROWS)
        gemm_pack_rows_of(GEMM_ROWS, packed, gemm, row, first, count);
    else if (height == GEMM_SHORT)
        gemm_pack_rows_of(GEMM_SHORT, packed, gemm, row, first, count);
    else
        gemm_pack_rows_of(GEMM_LOW, packed, gemm, row, first, count);
}

// A panel's columns, [k][PANEL_COLUMNS]; zeros beyond the last one.
static __attribute__((noinline, unused)) void gemm_pack_columns(real *restrict packed,
                                                                const GemmWeights *gemm, ptrdiff_t column,
                                                                ptrdiff_t first, ptrdiff_t count) {
    const ptrdiff_t columns = gemm->columns - column;
    const real *from = gemm->columns_at + first * gemm->columns + column;
    for (ptrdiff_t k = 0; k < count; k++, packed += PANEL_COLUMNS, from += gemm->columns)
        panel_fill_row(packed, from, columns);
}

// sums (+)= the product of a tile of rows, whose next k is `rows_step` further on, and the first `vectors` of
// a panel; sums of rows are `step` apart.
VEC_INLINE void gemm_weights_tile_of(const int height, const int vectors, real *restrict sums, ptrdiff_t step,
                                     bool add, const real *rows, ptrdiff_t rows_step, GemmPanel panel,
                                     ptrdiff_t count) {
    Tile tile;
    if (add)
        tile_load(&tile, height, vectors, sums, step);
    else
        tile_clear(&tile, height, vectors);
    const real *numbers = panel.numbers;
    UNROLL_BY(4)
    for (ptrdiff_t k = 0; k < count; k++, rows += rows_step, numbers += panel.step) {
        vec column[GEMM_VECTORS];
        tile_columns(column, vectors, numbers);
        UNROLL(14)
        for (int r = 0; r < height; r++) {
            const vec number = vec_all(rows[r]);
            UNROLL(6)
            for (int v = 0; v < vectors; v++) tile.sum[r][v] += number * column[v];
        }
    }
    tile_store(&tile, height, vectors, vectors * LANES, sums, step);
}

#define GEMM_WEIGHTS_TILE_PARAMETERS                                                                         \
    real *restrict sums, ptrdiff_t step, bool add, const real *rows, ptrdiff_t rows_step, GemmPanel panel,   \
        ptrdiff_t count
#define GEMM_WEIGHTS_TILE(name, height, vectors)                                                             \
    static __attribute__((noinline, unused)) void name(GEMM_WEIGHTS_TILE_PARAMETERS) {                       \
        gemm_weights_tile_of(height, vectors, sums, step, add, rows, rows_step, panel, count);               \
    }
GEMM_WEIGHTS_TILE(gemm_weights_tall_tile, GEMM_ROWS, GEMM_VECTORS)
GEMM_WEIGHTS_TILE(gemm_weights_short_tile, GEMM_SHORT, GEMM_VECTORS)
GEMM_WEIGHTS_TILE(gemm_weights_low_tile, GEMM_LOW, GEMM_VECTORS)
GEMM_WEIGHTS_TILE(gemm_weights_tall_half, GEMM_ROWS, GEMM_VECTORS / 2)
GEMM_WEIGHTS_TILE(gemm_weights_short_half, GEMM_SHORT, GEMM_VECTORS / 2)
GEMM_WEIGHTS_TILE(gemm_weights_low_half, GEMM_LOW, GEMM_VECTORS / 2)
#undef GEMM_WEIGHTS_TILE

VEC_INLINE void gemm_weights_tile(ptrdiff_t height, GEMM_WEIGHTS_TILE_PARAMETERS) {
    GEMM_BY_HEIGHT(height, gemm_weights, tile, sums, step, add, rows, rows_step, panel, count);
}

// The same with the first half of a panel, where the others are beyond the last column.
VEC_INLINE void gemm_weights_half_tile(ptrdiff_t height, GEMM_WEIGHTS_TILE_PARAMETERS) {
    GEMM_BY_HEIGHT(height, gemm_weights, half, sums, step, add, rows, rows_step, panel, count);
}

// The same where the tile reaches beyond the last row or column, through a tile in memory.
static __attribute__((noinline, unused)) void gemm_weights_edge(ptrdiff_t height, real *restrict gradient,
                                                                ptrdiff_t step, ptrdiff_t row_count,
                                                                ptrdiff_t columns, const real *rows,
                                                                ptrdiff_t rows_step, GemmPanel panel,
                                                                ptrdiff_t count) {
    real sums[GEMM_ROWS * PANEL_COLUMNS];
    if (columns > PANEL_COLUMNS / 2)
        gemm_weights_tile(height, sums, PANEL_COLUMNS, false, rows, rows_step, panel, count);
    else
        gemm_weights_half_tile(height, sums, PANEL_COLUMNS, false, rows, rows_step, panel, count);
    for (ptrdiff_t r = 0; r < row_count; r++, gradient += step)
        for (ptrdiff_t i = 0; i < columns; i += LANES)
            vec_store_part(gradient + i, vec_load(gradient + i) + vec_load(sums + r * PANEL_COLUMNS + i),
                           columns - i);
}

// The panel that begins with `column`, for `count` of the ks from `first` on: `packed`, or in b as it is.
static inline GemmPanel gemm_weights_panel(const GemmWeights *gemm, real *packed, ptrdiff_t column,
                                           ptrdiff_t first, ptrdiff_t count) {
    if (gemm->columns - column >= PANEL_COLUMNS)
        return (GemmPanel){gemm->columns_at + first * gemm->columns + column, gemm->columns};
    gemm_pack_columns(packed, gemm, column, first, count);
    return (GemmPanel){packed, PANEL_COLUMNS};
}

// A block of rows, for `count` of the ks from `first` on.
static inline void gemm_weights_block(const GemmWeights *gemm, ptrdiff_t row, ptrdiff_t first,
                                      ptrdiff_t count) {
    const ptrdiff_t end = gemm_least(gemm->row_count, row + GEMM_BLOCK_ROWS);
    real *packed = gemm->packed + GEMM_WEIGHTS_DEPTH * PANEL_COLUMNS;
    const real *in_place = gemm->inputs + gemm->place[first];
    for (ptrdiff_t r = row; r < end && gemm->step == 0; r += gemm_height(end - r))
        gemm_pack_rows(gemm_height(end - r), packed + (r - row) * count, gemm, r, first, count);
    for (ptrdiff_t column = 0; column < gemm->columns; column += PANEL_COLUMNS) {
        const GemmPanel panel = gemm_weights_panel(gemm, gemm->packed, column, first, count);
        const ptrdiff_t columns = gemm_least(PANEL_COLUMNS, gemm->columns - column);
        for (ptrdiff_t r = row, height; r < end; r += height) {
            height = gemm_height(end - r);
            real *gradient = gemm->gradient + r * gemm->columns + column;
            const real *rows = gemm->step > 0 ? in_place + gemm->offset[r] : packed + (r - row) * count;
            const ptrdiff_t rows_step = gemm->step > 0 ? gemm->step : height;
            if (columns == PANEL_COLUMNS && end - r >= height)
                gemm_weights_tile(height, gradient, gemm->columns, true, rows, rows_step, panel, count);
            else
                gemm_weights_edge(height, gradient, gemm->columns, gemm_least(height, end - r), columns, rows,
                                  rows_step, panel, count);
        }
    }
}

static inline void gemm_weights(const GemmWeights *gemm) {
    for (ptrdiff_t first = 0; first < gemm->depth; first += GEMM_WEIGHTS_DEPTH)
        for (ptrdiff_t row = 0; row < gemm->row_count; row += GEMM_BLOCK_ROWS)
            gemm_weights_block(gemm, row, first, gemm_least(GEMM_WEIGHTS_DEPTH, gemm->depth - first));
}

#endif
