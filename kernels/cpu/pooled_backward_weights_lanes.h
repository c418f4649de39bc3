// pooled_backward_weights (ref/pooled_backward_weights.h) for windows of few numbers behind pools of at most
// four positions: the lanes are filters, and each chooses its number of the input from those that the pool
// window's positions have at the same place of the convolution's window. These lie side by side in a copy of
// the input: fours.
#include "cpu/conv.h"
#include "cpu/pooled.h"

// Rows of pool windows at a time: some 32 windows, whose fours stay in the first-level cache.
#define CHOSEN_BAND TILE_LEAST(POOLED_HEIGHT, 1 + 32 / POOLED_WIDTH)
// Numbers of a row whose fours are needed.
#define CHOSEN_ROW                                                                                           \
    (((POOLED_WIDTH - 1) * KERNEL_POOL_WIDTH * KERNEL_STRIDE_X +                                             \
      (KERNEL_WINDOW_WIDTH - 1) * KERNEL_DILATION_X + 1) *                                                   \
     KERNEL_CHANNELS)
#define CHOSEN_STRIDE (TILE_ROUND_UP(CHOSEN_ROW, 4) * 16)
// Rows of pool windows lie so many of the input's rows apart.
#define CHOSEN_STEP       (KERNEL_POOL_HEIGHT * KERNEL_STRIDE_Y)
#define CHOSEN_ROWS(band) (((band)-1) * CHOSEN_STEP + (KERNEL_WINDOW_HEIGHT - 1) * KERNEL_DILATION_Y + 1)
// A tile has some of the window's rows and one or two vectors of filters.
#define CHOSEN_HEIGHT TILE_MOST(TILE_LEAST(VEC_REGISTERS - 4, TILE_MOST_ROWS) / POOLED_RUN, 1)
#define CHOSEN_TAPS   (TILE_LARGE(KERNEL_WINDOW_HEIGHT, CHOSEN_HEIGHT) * POOLED_RUN)
#define CHOSEN_WIDTH                                                                                         \
    TILE_MOST(TILE_LEAST((VEC_REGISTERS - 2) / (CHOSEN_TAPS + 2), TILE_LEAST(2, KERNEL_ROWS / LANES)), 1)

#ifndef KERNELS_CPU_POOLED_FOUR
#define KERNELS_CPU_POOLED_FOUR
typedef real PooledFour __attribute__((vector_size(4 * sizeof(real)), aligned(sizeof(real)), may_alias));

// Four fours, of the numbers from each of four places on.
VEC_INLINE void pooled_fours(real *fours, const real *a, const real *b, const real *c, const real *d) {
    const PooledFour from[4] = {*(const PooledFour *)a, *(const PooledFour *)b, *(const PooledFour *)c,
                                *(const PooledFour *)d};
    PooledFour *to = (PooledFour *)fours;
    const PooledFour first = __builtin_shufflevector(from[0], from[1], 0, 4, 1, 5),
                     second = __builtin_shufflevector(from[2], from[3], 0, 4, 1, 5),
                     third = __builtin_shufflevector(from[0], from[1], 2, 6, 3, 7),
                     fourth = __builtin_shufflevector(from[2], from[3], 2, 6, 3, 7);
    to[0] = __builtin_shufflevector(first, second, 0, 1, 4, 5);
    to[1] = __builtin_shufflevector(first, second, 2, 3, 6, 7);
    to[2] = __builtin_shufflevector(third, fourth, 0, 1, 4, 5);
    to[3] = __builtin_shufflevector(third, fourth, 2, 3, 6, 7);
}
#endif

// Where the numbers of a position begin; of one that there is not, anywhere.
#define CHOSEN_PLACE(position)                                                                               \
    ((position) < POOLED_AREA ? KERNEL_PART(step)(position, CONV_ROW, KERNEL_CHANNELS) : 0)

// The fours of `rows` rows from `input` on.
VEC_INLINE void KERNEL_PART(fours)(real *fours, const real *input, ptrdiff_t rows) {
    for (ptrdiff_t row = 0; row < rows; row++, input += CONV_ROW, fours += CHOSEN_STRIDE)
        for (ptrdiff_t i = 0; i < CHOSEN_ROW; i += 4)
            pooled_fours(fours + i * 4, input + i, input + i + CHOSEN_PLACE(1), input + i + CHOSEN_PLACE(2),
                         input + i + CHOSEN_PLACE(3));
}

// The rows of the window from `first` on, for all windows of a row of the pool.
VEC_INLINE void KERNEL_PART(tile)(real *sums, const real *fours, const real *gradient,
                                  const uint8_t *positions, ptrdiff_t first, const int rows, ptrdiff_t filter,
                                  const int vectors, const int columns) {
    Tile tile;
    real *to = sums + first * POOLED_RUN * KERNEL_ROWS + filter;
    const real *from = fours + first * KERNEL_DILATION_Y * CHOSEN_STRIDE;
    tile_load(&tile, rows * POOLED_RUN, vectors, to, KERNEL_ROWS);
    for (ptrdiff_t x = 0; x < POOLED_WIDTH; x++) {
        vec_mask position[TILE_MOST_VECTORS];
        vec number[TILE_MOST_VECTORS];
        UNROLL(6)
        for (int v = 0; v < vectors; v++) {
            const ptrdiff_t element = x * KERNEL_FILTERS + filter + v * LANES;
            number[v] = vec_load(gradient + element);
            position[v] = __builtin_convertvector(vec_ints_of_bytes(positions + element), vec_mask);
        }
        UNROLL(14)
        for (int tap = 0; tap < rows * POOLED_RUN; tap++) {
            const int row = tap / POOLED_RUN, column = tap % POOLED_RUN / KERNEL_CHANNELS;
            const real *four = from + row * KERNEL_DILATION_Y * CHOSEN_STRIDE +
                               (column * KERNEL_DILATION_X * KERNEL_CHANNELS + tap % KERNEL_CHANNELS) * 4;
            UNROLL(6)
            for (int v = 0; v < vectors; v++) tile.sum[tap][v] += vec_choose(four, position[v]) * number[v];
        }
        from += KERNEL_POOL_WIDTH * KERNEL_STRIDE_X * KERNEL_CHANNELS * 4;
    }
    tile_store(&tile, rows * POOLED_RUN, vectors, columns, to, KERNEL_ROWS);
}

VEC_INLINE void KERNEL_PART(of_filters)(real *sums, const real *fours, const real *gradient,
                                        const uint8_t *positions, ptrdiff_t filter, const int vectors,
                                        const int columns) {
#define CHOSEN_TILE(first, rows)                                                                             \
    KERNEL_PART(tile)(sums, fours, gradient, positions, first, rows, filter, vectors, columns)
    TILE_ROWS(KERNEL_WINDOW_HEIGHT, CHOSEN_HEIGHT, CHOSEN_TILE);
#undef CHOSEN_TILE
}

VEC_INLINE void KERNEL_PART(image)(real *sums, real *fours, const real *input, const real *gradient,
                                   const uint8_t *positions) {
    for (ptrdiff_t band = 0; band < POOLED_HEIGHT; band += CHOSEN_BAND) {
        const ptrdiff_t rows = TILE_LEAST((ptrdiff_t)CHOSEN_BAND, POOLED_HEIGHT - band);
        KERNEL_PART(fours)(fours, input + band * CHOSEN_STEP * CONV_ROW, CHOSEN_ROWS(rows));
        for (ptrdiff_t y = 0; y < rows; y++) {
            const real *of_row = fours + y * CHOSEN_STEP * CHOSEN_STRIDE;
            const ptrdiff_t pooled = (band + y) * POOLED_WIDTH * KERNEL_FILTERS;
#define CHOSEN_FILTERS(filter, vectors, columns)                                                             \
    KERNEL_PART(of_filters)(sums, of_row, gradient + pooled, positions + pooled, filter, vectors, columns)
            TILE_COLUMNS(KERNEL_ROWS, CHOSEN_WIDTH, CHOSEN_FILTERS);
#undef CHOSEN_FILTERS
        }
    }
}

KERNEL_LINKAGE void KERNEL(real *restrict rows_gradient, const real *restrict input,
                           const real *restrict gradient, const uint8_t *restrict positions, ptrdiff_t images,
                           ptrdiff_t first, void *restrict scratch, const void *const *slots) {
    // Sums [place in the window][filter]. Vectors are loaded past the end of the copy.
    real *sums = scratch, *fours = sums + POOLED_WEIGHTS * KERNEL_ROWS + 16;
    real *copy = fours + CHOSEN_ROWS(CHOSEN_BAND) * CHOSEN_STRIDE;
    (void)slots;
    __builtin_memset(sums, 0, POOLED_WEIGHTS * KERNEL_ROWS * sizeof(real));
    for (ptrdiff_t image = 0; image < images; image++) {
        const ptrdiff_t pooled = image * POOLED_HEIGHT * POOLED_WIDTH * KERNEL_FILTERS + first;
        const real *from = input + image * KERNEL_HEIGHT * KERNEL_WIDTH * KERNEL_CHANNELS;
        KERNEL_PART(image)
        (sums, fours, KERNEL_PART(input)(from, copy), gradient + pooled, positions + pooled);
    }
    for (ptrdiff_t row = 0; row < KERNEL_ROWS; row++)
        for (ptrdiff_t i = 0; i < POOLED_WEIGHTS; i++)
            rows_gradient[row * POOLED_WEIGHTS + i] += sums[i * KERNEL_ROWS + row];
}

#undef CHOSEN_BAND
#undef CHOSEN_ROW
#undef CHOSEN_STRIDE
#undef CHOSEN_STEP
#undef CHOSEN_ROWS
#undef CHOSEN_HEIGHT
#undef CHOSEN_TAPS
#undef CHOSEN_WIDTH
#undef CHOSEN_PLACE
#include "cpu/conv_end.h"
#include "cpu/pooled_end.h"
#include "kernel_end.h"
