// pooled_backward_data where few filters choose each position: the receptive field of a pool's window, in
// which the patches of all its positions lie, stays in registers, and each filter adds its weights there, at
// the position that it chose. No position's patch is loaded and stored for two or three filters, which would
// wait for the stores of the one before. The weights lie packed for a strip of the field, once for each
// column of the pool's window, between rows of zeros: where a filter begins to read says at which row its
// patch lies. From one window to the next below, the rows that both have stay in registers. Included by
// cpu/pooled_backward_data.h, after cpu/pooled.h.

// Rows of zeros above a filter's weights, and below.
#define FIELD_ZEROS   ((KERNEL_POOL_HEIGHT - 1) * KERNEL_STRIDE_Y)
#define FIELD_HEIGHT  (FIELD_ZEROS + KERNEL_WINDOW_HEIGHT)
#define FIELD_ROWS    (FIELD_ZEROS + FIELD_HEIGHT)
#define FIELD_RUN     (((KERNEL_POOL_WIDTH - 1) * KERNEL_STRIDE_X + KERNEL_WINDOW_WIDTH) * KERNEL_CHANNELS)
#define FIELD_VECTORS TILE_ROUND_UP(FIELD_RUN, LANES)
#define FIELD_COPIES  (KERNEL_FILTERS * KERNEL_POOL_WIDTH)
// Vectors of a row in a strip: as the registers and the first-level cache allow, and as even as can be.
#define FIELD_CACHED (POOLED_CACHE / (FIELD_COPIES * FIELD_ROWS * LANES * (int)sizeof(real)))
#define FIELD_FITTING                                                                                        \
    TILE_LEAST(TILE_LEAST((VEC_REGISTERS - 4) / FIELD_HEIGHT, TILE_MOST_VECTORS), FIELD_CACHED)
#define FIELD_MOST   TILE_MOST(FIELD_FITTING, 1)
#define FIELD_STRIP  TILE_ROUND_UP(FIELD_VECTORS, TILE_ROUND_UP(FIELD_VECTORS, FIELD_MOST))
#define FIELD_PACKED (FIELD_COPIES * FIELD_ROWS * FIELD_STRIP * LANES)
// Rows that no window below has.
#define FIELD_STEP TILE_LEAST(KERNEL_POOL_HEIGHT *KERNEL_STRIDE_Y, FIELD_HEIGHT)
// In multiply-adds of vectors, for a window: loading, storing and packing a field against what each
// position's patch takes beside its products (measured: some 60).
#define FIELD_TIME                                                                                           \
    (FIELD_VECTORS * (FIELD_HEIGHT * (KERNEL_FILTERS + 2) +                                                  \
                      4 * FIELD_COPIES * FIELD_ROWS / (KERNEL_IMAGES * POOLED_HEIGHT * POOLED_WIDTH)))
#define FIELD_IS_BETTER                                                                                      \
    (KERNEL_FILTERS <= POOLED_WORD && KERNEL_DILATION_Y == 1 && FIELD_HEIGHT <= TILE_MOST_ROWS &&            \
     FIELD_FITTING > 0 &&                                                                                    \
     FIELD_TIME < POOLED_VECTORS * KERNEL_WINDOW_HEIGHT * KERNEL_FILTERS + 60 * POOLED_AREA)

// A strip of the field from `column` on: [filter][column of the pool's window][row][vectors].
VEC_INLINE void KERNEL_PART(field_pack)(real *restrict packed, const real *restrict weights, ptrdiff_t column,
                                        const int vectors) {
    const ptrdiff_t row_size = vectors * LANES, size = FIELD_ROWS * row_size;
    __builtin_memset(packed, 0, FIELD_COPIES * size * sizeof(real));
    for (ptrdiff_t copy = 0; copy < FIELD_COPIES; copy++, packed += size) {
        const real *from = weights + copy / KERNEL_POOL_WIDTH * POOLED_WEIGHTS;
        // Where the weights' rows begin in the strip; the part of them that lies in it.
        const ptrdiff_t start = copy % KERNEL_POOL_WIDTH * KERNEL_STRIDE_X * KERNEL_CHANNELS - column;
        const ptrdiff_t first = TILE_MOST(start, 0), end = TILE_LEAST(start + POOLED_RUN, row_size);
        for (ptrdiff_t row = 0; row < KERNEL_WINDOW_HEIGHT && first < end; row++)
            __builtin_memcpy(packed + (FIELD_ZEROS + row) * row_size + first,
                             from + row * POOLED_RUN + first - start, (size_t)(end - first) * sizeof(real));
    }
}

// Of a window's filters those whose gradient is not 0.
VEC_INLINE uint64_t KERNEL_PART(field_mask)(const real *gradient) {
    uint64_t mask = 0;
    for (int filter = 0; filter < KERNEL_FILTERS; filter += LANES)
        mask |= (uint64_t)vec_bits(vec_load(gradient + filter) != vec_all(0)) << filter;
    return mask & ~UINT64_C(0) >> (POOLED_WORD - POOLED_TOGETHER);
}

// The weights of the filters of a window's mask; steps: where a position's begin.
VEC_INLINE void KERNEL_PART(field_add)(Tile *tile, uint64_t mask, const real *gradient,
                                       const uint8_t *positions, const real *packed, const int32_t *steps,
                                       const int vectors) {
    for (; mask; mask &= mask - 1) {
        const ptrdiff_t filter = __builtin_ctzll(mask);
        const real *from = packed + filter * KERNEL_POOL_WIDTH * FIELD_ROWS * vectors * LANES;
        const vec factor = vec_all(gradient[filter]);
        from += steps[positions[filter]];
        UNROLL(14)
        for (int r = 0; r < FIELD_HEIGHT; r++) {
            UNROLL(6)
            for (int v = 0; v < vectors; v++)
                tile->sum[r][v] += factor * vec_load(from + (r * vectors + v) * LANES);
        }
    }
}

// Adds the tile's first rows to the gradient's.
VEC_INLINE void KERNEL_PART(field_store)(const Tile *tile, const int rows, const int vectors, real *to) {
    UNROLL(14)
    for (int r = 0; r < rows; r++) {
        UNROLL(6)
        for (int v = 0; v < vectors; v++) {
            real *at = to + r * CONV_PADDED_ROW + v * LANES;
            vec_store(at, vec_load(at) + tile->sum[r][v]);
        }
    }
}

// What lies below the first FIELD_STEP rows becomes the first, for the next window.
VEC_INLINE void KERNEL_PART(field_move)(Tile *tile, const int vectors) {
    UNROLL(14)
    for (int r = 0; r < FIELD_HEIGHT; r++) {
        const int below = r + FIELD_STEP;
        UNROLL(6)
        for (int v = 0; v < vectors; v++)
            tile->sum[r][v] = below < FIELD_HEIGHT ? tile->sum[below][v] : (vec){0};
    }
}

// A column of an image's windows. All masks come first: a window's sums would wait for its own.
VEC_INLINE void KERNEL_PART(field_column)(real *to, const real *gradient, const uint8_t *positions,
                                          const real *packed, const int32_t *steps, const int vectors) {
    uint64_t masks[POOLED_HEIGHT];
    for (ptrdiff_t y = 0; y < POOLED_HEIGHT; y++)
        masks[y] = KERNEL_PART(field_mask)(gradient + y * POOLED_WIDTH * KERNEL_FILTERS);
    Tile tile;
    tile_clear(&tile, FIELD_HEIGHT, vectors);
    for (ptrdiff_t y = 0; y < POOLED_HEIGHT; y++) {
        KERNEL_PART(field_add)(&tile, masks[y], gradient, positions, packed, steps, vectors);
        KERNEL_PART(field_store)(&tile, FIELD_STEP, vectors, to);
        KERNEL_PART(field_move)(&tile, vectors);
        to += KERNEL_PART(patch)(1, 0, CONV_PADDED_ROW, KERNEL_CHANNELS);
        gradient += POOLED_WIDTH * KERNEL_FILTERS;
        positions += POOLED_WIDTH * KERNEL_FILTERS;
    }
    KERNEL_PART(field_store)(&tile, FIELD_HEIGHT - FIELD_STEP, vectors, to);
}

// A strip of all windows of all images.
VEC_INLINE void KERNEL_PART(field_strip)(real *padded, const real *gradient, const uint8_t *positions,
                                         const real *weights, real *packed, ptrdiff_t column,
                                         const int vectors) {
    int32_t steps[POOLED_AREA];
    for (ptrdiff_t i = 0; i < POOLED_AREA; i++) {
        const ptrdiff_t zeros = FIELD_ZEROS - i / KERNEL_POOL_WIDTH * KERNEL_STRIDE_Y;
        steps[i] = (int32_t)((i % KERNEL_POOL_WIDTH * FIELD_ROWS + zeros) * vectors * LANES);
    }
    KERNEL_PART(field_pack)(packed, weights, column, vectors);
    for (ptrdiff_t image = 0; image < KERNEL_IMAGES; image++)
        for (ptrdiff_t x = 0; x < POOLED_WIDTH; x++) {
            const ptrdiff_t first = (image * POOLED_WINDOWS + x) * KERNEL_FILTERS;
            const ptrdiff_t at = KERNEL_PART(patch)(0, x, CONV_PADDED_ROW, KERNEL_CHANNELS) + column;
            KERNEL_PART(field_column)
            (padded + image * CONV_GRADIENT_SIZE + at, gradient + first, positions + first, packed, steps,
             vectors);
        }
}

VEC_INLINE void KERNEL_PART(fields)(real *padded, const real *gradient, const uint8_t *positions,
                                    const real *weights, real *packed) {
#define FIELD_CALL(column, vectors, columns)                                                                 \
    KERNEL_PART(field_strip)(padded, gradient, positions, weights, packed, column, vectors)
    TILE_COLUMNS(FIELD_RUN, FIELD_STRIP, FIELD_CALL);
#undef FIELD_CALL
}
