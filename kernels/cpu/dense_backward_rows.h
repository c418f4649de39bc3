// dense_backward_rows (ref/dense_backward_rows.h): tiles of inputs x outputs. What consumes a tile's sums is
// mostly an optimizer's update, which waits for memory, square roots and divisions. So the sums wait until
// the next tile's products are made, and after each row's one vector is consumed: the multiply-adds go on
// meanwhile.
#include "cpu/tile.h"

#ifndef KERNELS_CPU_DENSE_BACKWARD_ROWS_H
#define KERNELS_CPU_DENSE_BACKWARD_ROWS_H

// A tile's sums, [inputs][row], as far as they are not consumed yet.
typedef struct WaitingSums {
    const real *sums;
    ptrdiff_t element; // the number of the tile's first result
    size_t at, end;    // the next one among the sums
    size_t row;        // numbers of a row
} WaitingSums;

#endif

#ifndef KERNEL_CONSUMER
#define KERNEL_CONSUMER(accumulated, element) vec_store(weights_gradient + (element)-first, accumulated)
#endif
#define ROWS_WIDTH   tile_width(KERNEL_INPUTS, TILE_ROUND_UP(KERNEL_OUTPUTS, LANES))
#define ROWS_CONTEXT real *weights_gradient, ptrdiff_t first, const void *const *restrict slots

VEC_INLINE WaitingSums KERNEL_PART(consume_next)(WaitingSums waiting, ROWS_CONTEXT) {
    const size_t row = waiting.at / waiting.row, column = waiting.at % waiting.row;
    (void)weights_gradient, (void)first, (void)slots;
    KERNEL_CONSUMER(vec_load(waiting.sums + waiting.at),
                    waiting.element + (ptrdiff_t)(row * KERNEL_OUTPUTS + column));
    waiting.at += LANES;
    return waiting;
}

VEC_INLINE void KERNEL_PART(consume_rest)(WaitingSums waiting, ROWS_CONTEXT) {
    UNROLL_BY(1)
    while (waiting.at < waiting.end)
        waiting = KERNEL_PART(consume_next)(waiting, weights_gradient, first, slots);
}

// Makes a tile's sums while those that wait are consumed.
VEC_INLINE void KERNEL_PART(tile)(real *restrict sums, WaitingSums waiting, const real *restrict input,
                                  const real *restrict output_gradient, ptrdiff_t rows, ptrdiff_t step,
                                  const int inputs, const int vectors, ROWS_CONTEXT) {
    Tile tile;
    tile_clear(&tile, inputs, vectors);
    for (; rows > 0; rows -= KERNEL_ROWS, input += step, output_gradient += step) {
        const ptrdiff_t count = rows < KERNEL_ROWS ? rows : KERNEL_ROWS;
        for (ptrdiff_t row = 0; row < count; row++) {
            tile_multiply(&tile, inputs, vectors, input + row * KERNEL_INPUT_STRIDE, 1, 0,
                          output_gradient + row * KERNEL_OUTPUT_STRIDE, 0, 1);
            if (waiting.at < waiting.end)
                waiting = KERNEL_PART(consume_next)(waiting, weights_gradient, first, slots);
        }
    }
    tile_store(&tile, inputs, vectors, vectors * LANES, sums, vectors * LANES);
    KERNEL_PART(consume_rest)(waiting, weights_gradient, first, slots);
}

KERNEL_LINKAGE void KERNEL(real *restrict weights_gradient, const real *restrict input,
                           const real *restrict output_gradient, ptrdiff_t rows, ptrdiff_t step,
                           ptrdiff_t first, void *restrict scratch, const void *const *slots) {
    real *sums = scratch, *other = sums + TILE_MOST_ROWS * TILE_MOST_VECTORS * LANES;
    WaitingSums waiting = {.row = ROWS_WIDTH * LANES};
#define ROWS_TILE(at, inputs)                                                                                \
    do {                                                                                                     \
        KERNEL_PART(tile)                                                                                    \
        (sums, waiting, input + (at), output_gradient + column, rows, step, inputs, vectors,                 \
         weights_gradient, first, slots);                                                                    \
        waiting = (WaitingSums){.sums = sums,                                                                \
                                .element = first + (at)*KERNEL_OUTPUTS + column,                             \
                                .end = (inputs)*vectors * LANES,                                             \
                                .row = vectors * LANES};                                                     \
        real *next = other;                                                                                  \
        other = sums, sums = next;                                                                           \
    } while (0)
#define ROWS_COLUMNS(first_column, of_vectors, columns)                                                      \
    do {                                                                                                     \
        const ptrdiff_t column = first_column;                                                               \
        const int vectors = of_vectors;                                                                      \
        TILE_ROWS(KERNEL_INPUTS, TILE_HEIGHT(vectors), ROWS_TILE);                                           \
    } while (0)
    TILE_COLUMNS(KERNEL_OUTPUTS, ROWS_WIDTH, ROWS_COLUMNS);
    KERNEL_PART(consume_rest)(waiting, weights_gradient, first, slots);
#undef ROWS_COLUMNS
#undef ROWS_TILE
}

#undef ROWS_WIDTH
#undef ROWS_CONTEXT
#include "kernel_end.h"
