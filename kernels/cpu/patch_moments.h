// patch_moments (ref/patch_moments.h): a plane for every number of the patch holds it for all pixels of a
// band of output rows, so that products are sums over vectors of pixels.
#include "cpu/patch.h"

// Output rows whose planes take about 32768 numbers, and how far planes lie apart.
#define PATCH_BAND   PATCH_LEAST(KERNEL_OUTPUT_HEIGHT, 1 + 32768 / (PATCH * KERNEL_OUTPUT_WIDTH))
#define PATCH_STRIDE ((PATCH_BAND * KERNEL_OUTPUT_WIDTH + 2 * LANES - 1) / LANES * LANES)
// Numbers of a patch whose products are summed together: as many sums as registers can hold beside operands.
#define PATCH_BLOCK (VEC_REGISTERS == 32 ? 4 : 3)

// One row of pixels of a plane. Whole vectors are written: what lies behind the row is written later.
VEC_INLINE void KERNEL_PART(row)(real *restrict to, const real *restrict from) {
    if (KERNEL_STRIDE_X == 1)
        for (ptrdiff_t x = 0; x < KERNEL_OUTPUT_WIDTH; x += LANES) vec_store(to + x, vec_load(from + x));
    else
        for (ptrdiff_t x = 0; x < KERNEL_OUTPUT_WIDTH; x++) to[x] = from[x * KERNEL_STRIDE_X];
}

// The planes of output rows first .. first + rows, zeros behind them.
VEC_INLINE void KERNEL_PART(planes)(real *restrict planes, const real *restrict padded, ptrdiff_t first,
                                    ptrdiff_t rows) {
    for (ptrdiff_t i = 0; i < PATCH; i++) {
        const ptrdiff_t tap = i / KERNEL_CHANNELS, channel = i % KERNEL_CHANNELS;
        const ptrdiff_t y = tap / KERNEL_WINDOW_WIDTH * KERNEL_DILATION_Y;
        const ptrdiff_t x = tap % KERNEL_WINDOW_WIDTH * KERNEL_DILATION_X;
        const real *from = padded + (channel * PATCH_HEIGHT + first * KERNEL_STRIDE_Y + y) * PATCH_ROW + x;
        real *to = planes + i * PATCH_STRIDE;
        for (ptrdiff_t row = 0; row < rows; row++)
            KERNEL_PART(row)(to + row * KERNEL_OUTPUT_WIDTH, from + row * KERNEL_STRIDE_Y * PATCH_ROW);
        vec_store(to + rows * KERNEL_OUTPUT_WIDTH, (vec){0});
    }
}

// Adds the sums of the products of numbers i ... and j ... over `vectors` vectors of pixels; on the diagonal,
// i == j, the numbers' own sums too. Beyond the patch the last number stands in, and its products are
// dropped.
VEC_INLINE void KERNEL_PART(block)(real *restrict products, real *restrict sums, const real *planes,
                                   ptrdiff_t i, ptrdiff_t j, ptrdiff_t vectors, const bool diagonal) {
    vec product[PATCH_BLOCK][PATCH_BLOCK] = {{{0}}}, sum[PATCH_BLOCK] = {{0}};
    const real *a[PATCH_BLOCK], *b[PATCH_BLOCK];
    UNROLL(4)
    for (int n = 0; n < PATCH_BLOCK; n++) {
        a[n] = planes + PATCH_LEAST(i + n, PATCH - 1) * PATCH_STRIDE;
        b[n] = planes + PATCH_LEAST(j + n, PATCH - 1) * PATCH_STRIDE;
    }
    for (ptrdiff_t v = 0; v < vectors * LANES; v += LANES) {
        vec column[PATCH_BLOCK];
        UNROLL(4)
        for (int n = 0; n < PATCH_BLOCK; n++) column[n] = vec_load(b[n] + v);
        UNROLL(4)
        for (int r = 0; r < PATCH_BLOCK; r++) {
            const vec number = diagonal ? column[r] : vec_load(a[r] + v);
            UNROLL(4)
            for (int n = diagonal ? r : 0; n < PATCH_BLOCK; n++) product[r][n] += number * column[n];
            if (diagonal) sum[r] += number;
        }
    }
    for (int r = 0; r < PATCH_BLOCK && i + r < PATCH; r++) {
        if (diagonal) sums[i + r] += vec_sum(sum[r]);
        for (int n = diagonal ? r : 0; n < PATCH_BLOCK && j + n < PATCH; n++)
            products[(i + r) * PATCH + j + n] += vec_sum(product[r][n]);
    }
}

// Scratch: planes, the padded input with room for a vector behind it, products, sums.
KERNEL_LINKAGE void KERNEL(real *restrict moments, const real *restrict input, void *restrict scratch,
                           const void *const *slots) {
    real *planes = scratch, *padded = planes + PATCH * PATCH_STRIDE;
    real *products = padded + KERNEL_CHANNELS * PATCH_HEIGHT * PATCH_ROW + LANES,
         *sums = products + PATCH * PATCH;
    (void)slots;
    __builtin_memset(products, 0, (PATCH * PATCH + PATCH) * sizeof(real));
    KERNEL_PART(spread)(padded, input);
    for (ptrdiff_t first = 0; first < KERNEL_OUTPUT_HEIGHT; first += PATCH_BAND) {
        const ptrdiff_t rows = PATCH_LEAST(PATCH_BAND, KERNEL_OUTPUT_HEIGHT - first);
        const ptrdiff_t vectors = (rows * KERNEL_OUTPUT_WIDTH + LANES - 1) / LANES;
        KERNEL_PART(planes)(planes, padded, first, rows);
        for (ptrdiff_t i = 0; i < PATCH; i += PATCH_BLOCK) {
            KERNEL_PART(block)(products, sums, planes, i, i, vectors, true);
            for (ptrdiff_t j = i + PATCH_BLOCK; j < PATCH; j += PATCH_BLOCK)
                KERNEL_PART(block)(products, sums, planes, i, j, vectors, false);
        }
    }
    KERNEL_PART(merge)(moments, sums, products, input);
}

#undef PATCH_BAND
#undef PATCH_STRIDE
#undef PATCH_BLOCK
#include "cpu/patch_end.h"
#include "kernel_end.h"
