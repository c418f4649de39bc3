// What the gradients of convolutions behind pools share, after cpu/conv.h, for the constants of ref/pooled.h.
// Included by each of them, and again for each use: these are the sizes of this use.
//
// The products of a pooled gradient are those of one pixel: a row of the window, all its columns and
// channels, is one run of numbers, in the input as in the filter's weights. A tile has the window's rows and
// as many vectors of its runs as registers can hold; runs are longer, so they are cut into strips.

#define POOLED_HEIGHT  (KERNEL_OUTPUT_HEIGHT / KERNEL_POOL_HEIGHT)
#define POOLED_WIDTH   (KERNEL_OUTPUT_WIDTH / KERNEL_POOL_WIDTH)
#define POOLED_AREA    (KERNEL_POOL_HEIGHT * KERNEL_POOL_WIDTH)
#define POOLED_RUN     (KERNEL_WINDOW_WIDTH * KERNEL_CHANNELS)
#define POOLED_WEIGHTS (KERNEL_WINDOW_HEIGHT * POOLED_RUN)
// Vectors of a run in a strip, at most POOLED_WIDEST, which includers may define: as even as can be; where
// pixels are whole numbers of 64 channels, so that strips are parts of pixels.
#ifndef POOLED_WIDEST
#define POOLED_WIDEST TILE_MOST_VECTORS
#endif
#define POOLED_FITTING TILE_LEAST((VEC_REGISTERS - 4) / KERNEL_WINDOW_HEIGHT, TILE_MOST_VECTORS)
#define POOLED_MOST    TILE_MOST(TILE_LEAST(POOLED_FITTING, POOLED_WIDEST), 1)
#define POOLED_VECTORS TILE_ROUND_UP(POOLED_RUN, LANES)
#define POOLED_EVEN    TILE_ROUND_UP(POOLED_VECTORS, TILE_ROUND_UP(POOLED_VECTORS, POOLED_MOST))
#define POOLED_IS_WIDE (KERNEL_CHANNELS % 64 == 0)
#define POOLED_PART    (POOLED_MOST >= 4 ? 4 : POOLED_MOST >= 2 ? 2 : 1)
#define POOLED_STRIP   (POOLED_IS_WIDE ? POOLED_PART : POOLED_EVEN)
// Runs the call for each strip: TILE_COLUMNS of tile.h.
#define POOLED_STRIPS(call) TILE_COLUMNS(POOLED_RUN, POOLED_STRIP, call)

// How far from a pool window's first pixel the position's patch begins, in an input whose rows and pixels
// have so many numbers.
VEC_INLINE ptrdiff_t KERNEL_PART(step)(ptrdiff_t position, ptrdiff_t row, ptrdiff_t pixel) {
    return position / KERNEL_POOL_WIDTH * KERNEL_STRIDE_Y * row +
           position % KERNEL_POOL_WIDTH * KERNEL_STRIDE_X * pixel;
}

// Where the first patch of pool window (y, x) begins.
VEC_INLINE ptrdiff_t KERNEL_PART(patch)(ptrdiff_t y, ptrdiff_t x, ptrdiff_t row, ptrdiff_t pixel) {
    return y * KERNEL_POOL_HEIGHT * KERNEL_STRIDE_Y * row + x * KERNEL_POOL_WIDTH * KERNEL_STRIDE_X * pixel;
}

// tile += number * the runs from `from` on, `step` apart.
VEC_INLINE void KERNEL_PART(add)(Tile *tile, const int vectors, const real number, const real *from,
                                 const ptrdiff_t step) {
    const vec factor = vec_all(number);
    UNROLL(14)
    for (int r = 0; r < KERNEL_WINDOW_HEIGHT; r++) {
        UNROLL(6)
        for (int v = 0; v < vectors; v++) tile->sum[r][v] += factor * vec_load(from + r * step + v * LANES);
    }
}
