// patch_moments (ref/patch_moments.h) for stride and dilation 1: two numbers of a patch are some rows and
// columns apart, and wherever in the patch such a pair lies, its products are the same numbers, in windows of
// the output's size. So the products of the input with itself, moved by each such lag, are summed over the
// windows' rows, then over their columns. What all windows share is summed once, and nothing is ever taken
// away again.
#include "cpu/patch.h"

#define PATCH_PLANE (PATCH_HEIGHT * PATCH_ROW)
// Windows beside each other, in whole vectors.
#define PATCH_TAPS ((KERNEL_WINDOW_WIDTH + LANES - 1) / LANES * LANES)
// Sums that are added to in turn, to hide the latency of additions.
#define PATCH_PARTS (LANES < 4 ? LANES : 4)

// inside[x][tap]: 1 where column x is in the window that begins at column `tap`, else 0.
VEC_INLINE void KERNEL_PART(mark)(real *inside) {
    for (ptrdiff_t x = 0; x < PATCH_COLUMNS; x++)
        for (ptrdiff_t tap = 0; tap < PATCH_TAPS; tap += LANES) {
            const vec from = (real)x - vec_ramp((real)tap, 1);
            const vec_mask is_inside = (from >= 0) & (from < (real)KERNEL_OUTPUT_WIDTH);
            vec_store(inside + x * PATCH_TAPS + tap, vec_select(is_inside, vec_all(1), vec_all(0)));
        }
}

VEC_INLINE vec KERNEL_PART(term)(const real *first, const real *second, const bool multiplied) {
    return multiplied ? vec_load(first) * vec_load(second) : vec_load(first);
}

// Columns of `first`, multiplied by `second` or not: sums[window][column] over the rows of each of `windows`
// windows below each other.
VEC_INLINE void KERNEL_PART(sum_rows)(real *sums, const real *first, const real *second, ptrdiff_t windows,
                                      const bool multiplied) {
    for (ptrdiff_t x = 0; x < PATCH_COLUMNS; x += LANES, first += LANES, second += LANES) {
#define PATCH_TERM(row) KERNEL_PART(term)(first + (row)*PATCH_ROW, second + (row)*PATCH_ROW, multiplied)
        vec part[PATCH_PARTS] = {{0}};
        ptrdiff_t row = windows - 1;
        for (; row + PATCH_PARTS <= KERNEL_OUTPUT_HEIGHT; row += PATCH_PARTS) {
            UNROLL(4)
            for (int i = 0; i < PATCH_PARTS; i++) part[i] += PATCH_TERM(row + i);
        }
        for (; row < KERNEL_OUTPUT_HEIGHT; row++) part[0] += PATCH_TERM(row);
        vec sum = part[0];
        for (int i = 1; i < PATCH_PARTS; i++) sum += part[i];
        for (ptrdiff_t window = 0; window < windows; window++) {
            vec_store(sums + window * PATCH_COLUMNS + x, sum);
            if (window < windows - 1) sum += PATCH_TERM(KERNEL_OUTPUT_HEIGHT + window);
        }
        vec above = {0};
        for (ptrdiff_t window = windows - 2; window >= 0; window--) {
            real *to = sums + window * PATCH_COLUMNS + x;
            above += PATCH_TERM(window);
            vec_store(to, vec_load(to) + above);
        }
#undef PATCH_TERM
    }
}

// to[tap * step] = the sum of a row over the window that begins at column `tap`.
VEC_INLINE void KERNEL_PART(sum_columns)(real *to, const ptrdiff_t step, const real *row, const real *inside,
                                         ptrdiff_t taps) {
    for (ptrdiff_t tap = 0; tap < taps; tap += LANES) {
        vec part[PATCH_PARTS] = {{0}};
        for (ptrdiff_t x = 0; x < PATCH_COLUMNS; x += PATCH_PARTS) {
            UNROLL(4)
            for (int i = 0; i < PATCH_PARTS; i++)
                part[i] += row[x + i] * vec_load(inside + (x + i) * PATCH_TAPS + tap);
        }
        real window[LANES];
        for (int i = 1; i < PATCH_PARTS; i++) part[0] += part[i];
        vec_store(window, part[0]);
        for (ptrdiff_t i = 0; i < PATCH_LEAST(LANES, taps - tap); i++) to[(tap + i) * step] = window[i];
    }
}

// Where pixel (y, x) of a patch begins.
VEC_INLINE ptrdiff_t KERNEL_PART(number)(ptrdiff_t y, ptrdiff_t x) {
    return (y * KERNEL_WINDOW_WIDTH + x) * KERNEL_CHANNELS;
}

// The products of two channels, of which the second is `down` rows and `right` columns from the first; left,
// if that is negative.
VEC_INLINE void KERNEL_PART(lag)(real *products, const real *first, const real *second, ptrdiff_t down,
                                 ptrdiff_t right, real *rows, const real *inside) {
    const ptrdiff_t from = right < 0 ? -right : 0, to = right < 0 ? 0 : right;
    const ptrdiff_t windows = KERNEL_WINDOW_HEIGHT - down;
    KERNEL_PART(sum_rows)(rows, first + from, second + down * PATCH_ROW + to, windows, true);
    for (ptrdiff_t y = 0; y < windows; y++) KERNEL_PART(sum_columns)
    (products + KERNEL_PART(number)(y, from) * PATCH + KERNEL_PART(number)(y + down, to),
     KERNEL_CHANNELS * (PATCH + 1), rows + y * PATCH_COLUMNS, inside, KERNEL_WINDOW_WIDTH - from - to);
}

// Scratch: the padded input with room for a vector behind it, products, sums, sums of rows, marks.
KERNEL_LINKAGE void KERNEL(real *restrict moments, const real *restrict input, void *restrict scratch,
                           const void *const *slots) {
    real *padded = scratch, *products = padded + KERNEL_CHANNELS * PATCH_PLANE + LANES;
    real *sums = products + PATCH * PATCH, *rows = sums + PATCH;
    real *inside = rows + KERNEL_WINDOW_HEIGHT * PATCH_COLUMNS;
    (void)slots;
    KERNEL_PART(mark)(inside);
    KERNEL_PART(spread)(padded, input);
    for (ptrdiff_t a = 0; a < KERNEL_CHANNELS; a++) {
        const real *first = padded + a * PATCH_PLANE;
        KERNEL_PART(sum_rows)(rows, first, first, KERNEL_WINDOW_HEIGHT, false);
        for (ptrdiff_t y = 0; y < KERNEL_WINDOW_HEIGHT; y++) KERNEL_PART(sum_columns)
        (sums + KERNEL_PART(number)(y, 0) + a, KERNEL_CHANNELS, rows + y * PATCH_COLUMNS, inside,
         KERNEL_WINDOW_WIDTH);
        for (ptrdiff_t b = 0; b < KERNEL_CHANNELS; b++)
            for (ptrdiff_t down = 0; down < KERNEL_WINDOW_HEIGHT; down++)
                for (ptrdiff_t right = 1 - KERNEL_WINDOW_WIDTH; right < KERNEL_WINDOW_WIDTH; right++)
                    // Of two numbers of a patch the first comes first.
                    if (down > 0 || right > 0 || (right == 0 && a <= b)) KERNEL_PART(lag)
        (products + a * PATCH + b, first, padded + b * PATCH_PLANE, down, right, rows, inside);
    }
    KERNEL_PART(merge)(moments, sums, products, input);
}

#undef PATCH_PLANE
#undef PATCH_TAPS
#undef PATCH_PARTS
#include "cpu/patch_end.h"
#include "kernel_end.h"
