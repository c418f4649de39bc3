// patch_moments (ref/patch_moments.h): a plane for every number of the patch holds it for all pixels of a
// band of output rows, so that products are sums over vectors of pixels. All numbers are taken less the
// image's first of their channel, so that a large mean costs no digits.
#include "patch_merge.h"

#define PATCH             ((ptrdiff_t)KERNEL_WINDOW_HEIGHT * KERNEL_WINDOW_WIDTH * KERNEL_CHANNELS)
#define PATCH_LEAST(a, b) ((a) < (b) ? (a) : (b))
// Output rows whose planes take about 32768 numbers, and how far planes lie apart.
#define PATCH_BAND   PATCH_LEAST(KERNEL_OUTPUT_HEIGHT, 1 + 32768 / (PATCH * KERNEL_OUTPUT_WIDTH))
#define PATCH_STRIDE ((PATCH_BAND * KERNEL_OUTPUT_WIDTH + 2 * LANES - 1) / LANES * LANES)
// The part of the zero-padded input that windows reach.
#define PATCH_HEIGHT                                                                                         \
    ((KERNEL_OUTPUT_HEIGHT - 1) * KERNEL_STRIDE_Y + (KERNEL_WINDOW_HEIGHT - 1) * KERNEL_DILATION_Y + 1)
#define PATCH_WIDTH                                                                                          \
    ((KERNEL_OUTPUT_WIDTH - 1) * KERNEL_STRIDE_X + (KERNEL_WINDOW_WIDTH - 1) * KERNEL_DILATION_X + 1)
// Numbers of a patch whose products are summed together: as many sums as registers can hold beside operands.
#define PATCH_BLOCK (VEC_REGISTERS == 32 ? 4 : 3)

// One row of the padded input: pixels `left` .. `left + width` are the image's. Whole vectors may be written,
// as what lies behind them is written later.
VEC_INLINE void KERNEL_PART(padded_row)(real *restrict to, const real *restrict from, const real origin,
                                        const ptrdiff_t left, const ptrdiff_t width) {
    for (ptrdiff_t x = 0; x < left; x++) to[x] = -origin;
    if (KERNEL_CHANNELS == 1)
        for (ptrdiff_t x = 0; x < width; x += LANES) vec_store(to + left + x, vec_load(from + x) - origin);
    else
        for (ptrdiff_t x = 0; x < width; x++) to[left + x] = from[x * KERNEL_CHANNELS] - origin;
    for (ptrdiff_t x = left + width; x < PATCH_WIDTH; x++) to[x] = -origin;
}

// The padded input channel by channel: [CHANNELS][PATCH_HEIGHT][PATCH_WIDTH].
VEC_INLINE void KERNEL_PART(spread)(real *restrict padded, const real *restrict input) {
    const ptrdiff_t reached = PATCH_WIDTH - KERNEL_PAD_LEFT;
    const ptrdiff_t width = reached < 0 ? 0 : PATCH_LEAST(reached, KERNEL_WIDTH);
    for (ptrdiff_t channel = 0; channel < KERNEL_CHANNELS; channel++)
        for (ptrdiff_t row = 0; row < PATCH_HEIGHT; row++) {
            const ptrdiff_t y = row - KERNEL_PAD_TOP;
            const bool inside = y >= 0 && y < KERNEL_HEIGHT;
            const ptrdiff_t first = inside ? y * KERNEL_WIDTH * KERNEL_CHANNELS + channel : 0;
            KERNEL_PART(padded_row)
            (padded + (channel * PATCH_HEIGHT + row) * PATCH_WIDTH, input + first, input[channel],
             PATCH_LEAST(KERNEL_PAD_LEFT, PATCH_WIDTH), inside ? width : 0);
        }
}

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
        const real *from = padded + (channel * PATCH_HEIGHT + first * KERNEL_STRIDE_Y + y) * PATCH_WIDTH + x;
        real *to = planes + i * PATCH_STRIDE;
        for (ptrdiff_t row = 0; row < rows; row++)
            KERNEL_PART(row)(to + row * KERNEL_OUTPUT_WIDTH, from + row * KERNEL_STRIDE_Y * PATCH_WIDTH);
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
    real *products = padded + KERNEL_CHANNELS * PATCH_HEIGHT * PATCH_WIDTH + LANES,
         *sums = products + PATCH * PATCH;
    const ptrdiff_t patches = (ptrdiff_t)KERNEL_OUTPUT_HEIGHT * KERNEL_OUTPUT_WIDTH;
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
    for (ptrdiff_t i = 0; i < PATCH; i++) {
        const real mean = sums[i] / (real)patches;
        for (ptrdiff_t j = i; j < PATCH; j++) products[i * PATCH + j] -= mean * sums[j];
    }
    for (ptrdiff_t i = 0; i < PATCH; i++) sums[i] = sums[i] / (real)patches + input[i % KERNEL_CHANNELS];
    patch_merge(moments, PATCH, sums, products, patches);
}

#undef PATCH
#undef PATCH_LEAST
#undef PATCH_BAND
#undef PATCH_STRIDE
#undef PATCH_HEIGHT
#undef PATCH_WIDTH
#undef PATCH_BLOCK
#include "kernel_end.h"
