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

// As many vectors wide as suits a row of tiles that has `rows` rows to work on: two, and more where there are
// too few rows to hide the latency of the multiply-adds behind each other.
#define TILE_WIDTH(rows, vectors) TILE_LEAST(vectors, (rows) >= 4 ? 2 : (rows) == 3 ? 3 : (rows) == 2 ? 4 : 6)
#define TILE_LEAST(a, b)          ((a) < (b) ? (a) : (b))
#define TILE_ROUND_UP(a, b)       (((a) + (b)-1) / (b))
// The most rows of a tile of this width: sums, the vectors of columns and one more number must fit the
// registers.
#define TILE_HEIGHT(width)                                                                                   \
    TILE_LEAST(((VEC_REGISTERS)-1 - (width)) / (width), VEC_REGISTERS == 32 ? TILE_MOST_ROWS : 12)

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
        enum {                                                                                               \
            tile_block = (width)*LANES,                                                                      \
            tile_whole = (columns) / tile_block * tile_block,                                                \
            tile_rest = (columns)-tile_whole                                                                 \
        };                                                                                                   \
        for (ptrdiff_t tile_column = 0; tile_column < tile_whole; tile_column += tile_block)                 \
            call(tile_column, width, tile_block);                                                            \
        if (tile_rest > 0) call((ptrdiff_t)tile_whole, TILE_ROUND_UP(tile_rest, LANES), tile_rest);          \
    } while (0)

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

// sum[r] += a[r * a_row + k * a_step] * b[k * b_step ...] for k < count.
VEC_INLINE void tile_multiply(Tile *tile, const int rows, const int vectors, const real *a,
                              const ptrdiff_t a_row, const ptrdiff_t a_step, const real *b,
                              const ptrdiff_t b_step, ptrdiff_t count) {
    for (ptrdiff_t k = 0; k < count; k++, a += a_step, b += b_step) {
        vec column[TILE_MOST_VECTORS];
        UNROLL(6)
        for (int v = 0; v < vectors; v++) column[v] = vec_load(b + v * LANES);
        UNROLL(14)
        for (int r = 0; r < rows; r++) {
            const vec number = vec_all(a[r * a_row]);
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
        UNROLL(6)
        for (int v = 0; v < vectors; v++) column[v] = vec_load(b + v * LANES);
        UNROLL(14)
        for (int r = 0; r < rows; r++) {
            const vec number = vec_all(a[place[r]]);
            UNROLL(6)
            for (int v = 0; v < vectors; v++) tile->sum[r][v] += number * column[v];
        }
    }
}

#endif
