// What the CPU kernels are made of: a tile of sums held in registers, ROWS x VECTORS, to which products of a
// number a row and vectors of columns are added. All sizes are constants at every use, so the loops unroll
// and the tile never touches memory.
#ifndef KERNELS_CPU_TILE_H
#define KERNELS_CPU_TILE_H

#include "kernel.h"

enum { TILE_MOST_ROWS = 14, TILE_MOST_VECTORS = 6 };

typedef struct Tile {
    vec sum[TILE_MOST_ROWS][TILE_MOST_VECTORS];
} Tile;

#define TILE_LEAST(a, b)    ((a) < (b) ? (a) : (b))
#define TILE_MOST(a, b)     ((a) > (b) ? (a) : (b))
#define TILE_ROUND_UP(a, b) (((a) + (b)-1) / (b))

// The most rows of a tile of this width: the sums, the vectors of columns, one more number and, where a
// product needs a place before it is added, that one too must fit the registers: P Q + Q + 1 <= registers
// - 1.
#define TILE_HEIGHT(width) TILE_MOST(TILE_LEAST((VEC_REGISTERS - 2) / (width)-1, TILE_MOST_ROWS), 1)

// Splits `count` rows into tiles of at most `most`, as even as possible: LARGE rows first, then one less.
#define TILE_COUNT(count, most)       TILE_ROUND_UP(count, most)
#define TILE_LARGE(count, most)       TILE_ROUND_UP(count, TILE_COUNT(count, most))
#define TILE_LARGE_COUNT(count, most) ((count)-TILE_COUNT(count, most) * (TILE_LARGE(count, most) - 1))
// Runs `call(first row, rows)` for each tile, with `rows` a constant. Sizes that do not occur are left out:
// every call is compiled code.
#define TILE_ROWS(count, most, call)                                                                         \
    do {                                                                                                     \
        ptrdiff_t tile_row = 0;                                                                              \
        for (int tile_number = 0; tile_number < TILE_LARGE_COUNT(count, most); tile_number++) {              \
            call(tile_row, TILE_LARGE(count, most));                                                         \
            tile_row += TILE_LARGE(count, most);                                                             \
        }                                                                                                    \
        if (TILE_LARGE_COUNT(count, most) < TILE_COUNT(count, most))                                         \
            for (; tile_row < (count); tile_row += TILE_LARGE(count, most) - 1)                              \
                call(tile_row, TILE_LARGE(count, most) - 1);                                                 \
    } while (0)
// Splits `columns` into blocks of `width` vectors and, where they do not come out even, a last block with
// what is left: runs `call(first column, vectors, columns)`, the last two constants.
#define TILE_COLUMNS(columns, width, call)                                                                   \
    do {                                                                                                     \
        const int tile_vectors = (width), tile_block = tile_vectors * LANES;                                 \
        const int tile_whole = (columns) / tile_block * tile_block, tile_rest = (columns)-tile_whole;        \
        for (ptrdiff_t tile_column = 0; tile_column < tile_whole; tile_column += tile_block)                 \
            call(tile_column, tile_vectors, tile_block);                                                     \
        if (tile_rest > 0) call((ptrdiff_t)tile_whole, TILE_ROUND_UP(tile_rest, LANES), tile_rest);          \
    } while (0)

// Half cycles that a tile takes for each number of its rows, on a processor that starts two multiply-adds and
// two loads a cycle: the multiply-adds, the loads, and the four cycles after which a sum can be added to
// again.
VEC_INLINE int tile_time(const int rows, const int vectors) {
    return TILE_MOST(TILE_MOST(rows * vectors, rows + vectors), 8);
}

// The same for a column of tiles that has `rows` rows in all.
VEC_INLINE int tile_rows_time(const int rows, const int vectors) {
    const int most = TILE_HEIGHT(vectors), count = TILE_COUNT(rows, most), large = TILE_LARGE(rows, most);
    const int large_count = TILE_LARGE_COUNT(rows, most);
    return large_count * tile_time(large, vectors) + (count - large_count) * tile_time(large - 1, vectors);
}

VEC_INLINE int tile_all_time(const int rows, const int vectors, const int width) {
    const int rest = vectors % width;
    return vectors / width * tile_rows_time(rows, width) + (rest > 0 ? tile_rows_time(rows, rest) : 0);
}

VEC_INLINE int tile_better_width(const int rows, const int vectors, const int width, const int other) {
    if (other > vectors) return width;
    return 5 * tile_all_time(rows, vectors, other) < 4 * tile_all_time(rows, vectors, width) ? other : width;
}

// How many vectors wide tiles should be that have `rows` rows to work on and `vectors` vectors of columns:
// two, and more where that is a fifth faster, because there are too few rows to hide the latency. (By less it
// is not: of three by three GCC folds the columns' loads into the multiply-adds, and they are done again for
// each row.) No loop, so that compilers fold it before they unroll the loops over it.
VEC_INLINE int tile_width(const int rows, const int vectors) {
    int width = TILE_LEAST(vectors, 2);
    width = tile_better_width(rows, vectors, width, 3);
    width = tile_better_width(rows, vectors, width, 4);
    width = tile_better_width(rows, vectors, width, 5);
    return tile_better_width(rows, vectors, width, TILE_MOST_VECTORS);
}

VEC_INLINE void tile_clear(Tile *tile, const int rows, const int vectors) {
    UNROLL(14)
    for (int r = 0; r < rows; r++) {
        UNROLL(6)
        for (int v = 0; v < vectors; v++) tile->sum[r][v] = (vec){0};
    }
}

// Row r's columns lie at from + r * row_step.
VEC_INLINE void tile_load(Tile *tile, const int rows, const int vectors, const real *from,
                          ptrdiff_t row_step) {
    UNROLL(14)
    for (int r = 0; r < rows; r++) {
        UNROLL(6)
        for (int v = 0; v < vectors; v++) tile->sum[r][v] = vec_load(from + r * row_step + v * LANES);
    }
}

// `columns` is how many of the last vectors' lanes there are in all.
VEC_INLINE void tile_store(const Tile *tile, const int rows, const int vectors, const int columns, real *to,
                           ptrdiff_t row_step) {
    UNROLL(14)
    for (int r = 0; r < rows; r++) {
        UNROLL(6)
        for (int v = 0; v < vectors; v++)
            vec_store_part(to + r * row_step + v * LANES, tile->sum[r][v], columns - v * LANES);
    }
}

// Vectors of columns that all rows of a tile are multiplied by: loaded once, not once a row.
VEC_INLINE void tile_columns(vec *column, const int vectors, const real *from) {
    UNROLL(6)
    for (int v = 0; v < vectors; v++) {
        column[v] = vec_load(from + v * LANES);
        VEC_KEEP(column[v]);
    }
}

// sum[r] += a[r * a_row + k * a_step] * b[k * b_step ...] for k < count.
VEC_INLINE void tile_multiply(Tile *tile, const int rows, const int vectors, const real *a,
                              const ptrdiff_t a_row, const ptrdiff_t a_step, const real *b,
                              const ptrdiff_t b_step, ptrdiff_t count) {
    ptrdiff_t next_row = a_row;
    // A row's next number is then this one of the next row, which GCC would keep for it, in place of the
    // sums.
    if (a_row == a_step) __asm__("" : "+r"(next_row));
    for (ptrdiff_t k = 0; k < count; k++, a += a_step, b += b_step) {
        vec column[TILE_MOST_VECTORS];
        tile_columns(column, vectors, b);
        UNROLL(14)
        for (int r = 0; r < rows; r++) {
            const vec number = vec_all(a[r * next_row]);
            UNROLL(6)
            for (int v = 0; v < vectors; v++) tile->sum[r][v] += number * column[v];
        }
    }
}

// The same with rows at any places: sum[r] += a[place[r] + k * a_step] * b[k * b_step ...].
VEC_INLINE void tile_multiply_places(Tile *tile, const int rows, const int vectors, const real *a,
                                     const ptrdiff_t *place, const ptrdiff_t a_step, const real *b,
                                     const ptrdiff_t b_step, ptrdiff_t count) {
    for (ptrdiff_t k = 0; k < count; k++, a += a_step, b += b_step) {
        vec column[TILE_MOST_VECTORS];
        tile_columns(column, vectors, b);
        UNROLL(14)
        for (int r = 0; r < rows; r++) {
            const vec number = vec_all(a[place[r]]);
            UNROLL(6)
            for (int v = 0; v < vectors; v++) tile->sum[r][v] += number * column[v];
        }
    }
}

#endif
