// patch_moments (ref/patch_moments.h) for stride and dilation 1, as cpu/patch_moments_lags.h, but the lanes
// are shifts: of two numbers of a patch the second is some rows below the first, and as many columns to the
// right (to the left, if negative) as its lane says. Then the columns' sums are those of whole vectors too,
// as where a window lies is a matter of the first number alone.
#include "cpu/patch.h"

#define PATCH_PLANE (PATCH_HEIGHT * PATCH_ROW)
// Shifts to the left, and of all, those in whole vectors.
#define PATCH_LEFT   (KERNEL_WINDOW_WIDTH - 1)
#define PATCH_SHIFTS ((2 * PATCH_LEFT + LANES) / LANES * LANES)
// Sums that are added to in turn, to hide the latency of additions.
#define PATCH_PARTS 4

// What is summed over windows that begin one step after each other, of `length` steps.
typedef struct KERNEL_PART(Terms) {
    const real *number; // times the vector at `vector`, which may be NULL: 1
    const real *vector;
    ptrdiff_t step;
    ptrdiff_t windows, length;
} KERNEL_PART(Terms);

VEC_INLINE vec KERNEL_PART(term)(const KERNEL_PART(Terms) * terms, ptrdiff_t i) {
    const ptrdiff_t at = i * terms->step;
    if (!terms->number) return vec_load(terms->vector + at);
    const vec number = vec_all(terms->number[at]);
    return terms->vector ? number * vec_load(terms->vector + at) : number;
}

// sums[window * to_step]: what all windows share is summed once, and then what each has behind it and before.
VEC_INLINE void KERNEL_PART(slide)(real *sums, ptrdiff_t to_step, const KERNEL_PART(Terms) terms) {
    vec part[PATCH_PARTS] = {{0}};
    ptrdiff_t i = terms.windows - 1;
    for (; i + PATCH_PARTS <= terms.length; i += PATCH_PARTS) {
        UNROLL(4)
        for (int k = 0; k < PATCH_PARTS; k++) part[k] += KERNEL_PART(term)(&terms, i + k);
    }
    for (; i < terms.length; i++) part[0] += KERNEL_PART(term)(&terms, i);
    vec sum = part[0] + part[1] + (part[2] + part[3]);
    for (ptrdiff_t window = 0; window < terms.windows; window++) {
        vec_store(sums + window * to_step, sum);
        if (window < terms.windows - 1) sum += KERNEL_PART(term)(&terms, terms.length + window);
    }
    vec before = {0};
    for (ptrdiff_t window = terms.windows - 2; window >= 0; window--) {
        before += KERNEL_PART(term)(&terms, window);
        vec_store(sums + window * to_step, vec_load(sums + window * to_step) + before);
    }
}

// sums[y][x]: of the products of a plane's numbers, from row y and column x of a patch on, with the vectors
// at `vector`, or with 1, in windows `windows` rows below each other.
VEC_INLINE void KERNEL_PART(sum)(real *sums, const real *plane, const real *vector, ptrdiff_t windows,
                                 real *rows) {
    for (ptrdiff_t x = 0; x < PATCH_WIDTH; x++) KERNEL_PART(slide)
    (rows + x * LANES, PATCH_WIDTH * LANES,
     (KERNEL_PART(Terms)){plane + x, vector ? vector + x : NULL, PATCH_ROW, windows, KERNEL_OUTPUT_HEIGHT});
    for (ptrdiff_t y = 0; y < windows; y++) KERNEL_PART(slide)
    (sums + y * KERNEL_WINDOW_WIDTH * LANES, LANES,
     (KERNEL_PART(Terms)){NULL, rows + y * PATCH_WIDTH * LANES, LANES, KERNEL_WINDOW_WIDTH,
                          KERNEL_OUTPUT_WIDTH});
}

// Where pixel (y, x) of a patch begins.
VEC_INLINE ptrdiff_t KERNEL_PART(number)(ptrdiff_t y, ptrdiff_t x) {
    return (y * KERNEL_WINDOW_WIDTH + x) * KERNEL_CHANNELS;
}

// The products of two channels with the second number `down` rows below the first, of the shifts from `shift`
// on. (In the same row, some are those of a second number that comes first; nothing reads these.)
VEC_INLINE void KERNEL_PART(products)(real *products, const real *first, const real *second, ptrdiff_t down,
                                      ptrdiff_t shift, real *sums, real *rows) {
    const ptrdiff_t windows = KERNEL_WINDOW_HEIGHT - down;
    KERNEL_PART(sum)(sums, first, second + down * PATCH_ROW + shift, windows, rows);
    for (ptrdiff_t y = 0; y < windows; y++)
        for (ptrdiff_t x = 0; x < KERNEL_WINDOW_WIDTH; x++, sums += LANES) {
            real *to =
                products + KERNEL_PART(number)(y, x) * PATCH + KERNEL_PART(number)(y + down, x + shift);
            for (ptrdiff_t lane = 0; lane < LANES; lane++)
                if (x + shift + lane >= 0 && x + shift + lane < KERNEL_WINDOW_WIDTH)
                    to[lane * KERNEL_CHANNELS] = sums[lane];
        }
}

// Scratch: a line of shifts, the padded input and another line, products, sums, those of vectors.
KERNEL_LINKAGE void KERNEL(real *restrict moments, const real *restrict input, void *restrict scratch,
                           const void *const *slots) {
    real *padded = (real *)scratch + PATCH_SHIFTS;
    real *products = padded + KERNEL_CHANNELS * PATCH_PLANE + PATCH_SHIFTS, *means = products + PATCH * PATCH;
    real *sums = means + PATCH, *rows = sums + KERNEL_WINDOW_HEIGHT * KERNEL_WINDOW_WIDTH * LANES;
    (void)slots;
    KERNEL_PART(spread)(padded, input);
    for (ptrdiff_t a = 0; a < KERNEL_CHANNELS; a++) {
        const real *first = padded + a * PATCH_PLANE;
        KERNEL_PART(sum)(sums, first, NULL, KERNEL_WINDOW_HEIGHT, rows);
        for (ptrdiff_t i = 0; i < KERNEL_WINDOW_HEIGHT * KERNEL_WINDOW_WIDTH; i++)
            means[i * KERNEL_CHANNELS + a] = sums[i * LANES];
        for (ptrdiff_t b = 0; b < KERNEL_CHANNELS; b++)
            for (ptrdiff_t down = 0; down < KERNEL_WINDOW_HEIGHT; down++)
                for (ptrdiff_t shift = -PATCH_LEFT; shift <= PATCH_LEFT; shift += LANES) KERNEL_PART(products)
        (products + a * PATCH + b, first, padded + b * PATCH_PLANE, down, shift, sums, rows);
    }
    KERNEL_PART(merge)(moments, means, products, input);
}

#undef PATCH_PLANE
#undef PATCH_LEFT
#undef PATCH_SHIFTS
#undef PATCH_PARTS
#include "cpu/patch_end.h"
#include "kernel_end.h"
