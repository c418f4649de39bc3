// The transforms of Winograd's convolutions (Lavin and Gray, Fast Algorithms for Convolutional Neural
// Networks, 2016, equation 8): of an output tile Y = A'[(G g G') * (B' d B)]A, with d the input tile, g the
// window, and * number by number. An input tile of SIDE x SIDE numbers gives SIDE - window + 1 outputs each
// way. A transform of a tile is the same of its columns, then of their rows; a lane is a channel or a filter.
//
// Side 4 has the points 0, 1, -1 and infinity, for windows of 3 or 2; side 6 has 0, 1, -1, 1/2, -2 and
// infinity, for windows of 3. (Errors grow fast with the side. With 2 and -1/2 in place of 1/2 and -2, or
// with both of a pair, they are up to twice as large: Barabasz et al., Error Analysis and Improving the
// Accuracy of Winograd Convolution for Deep Neural Networks, 2020.) G is in ref/pack_winograd.h.
#ifndef KERNELS_CPU_WINOGRAD_TRANSFORM_H
#define KERNELS_CPU_WINOGRAD_TRANSFORM_H

#include "kernel.h"

enum { WINOGRAD_MOST_SIDE = 6 };

// One row of B' times d[0], d[step], ...
VEC_INLINE vec winograd_input_row(const int side, const int row, const vec *d) {
    if (side == 4) {
        if (row == 0) return d[0] - d[2];
        if (row == 1) return d[1] + d[2];
        if (row == 2) return d[2] - d[1];
        return d[3] - d[1];
    }
    if (row == 0) return d[0] + (d[3] - d[1]) * (real)1.5 - d[2] * 2 + d[4];
    if (row == 1) return d[4] - d[1] + d[2] * (real)0.5 + d[3] * (real)2.5;
    if (row == 2) return d[4] + d[1] - d[2] * (real)2.5 + d[3] * (real)0.5;
    if (row == 3) return d[4] - d[2] + (d[3] - d[1]) * 2;
    if (row == 4) return d[4] - d[2] + (d[1] - d[3]) * (real)0.5;
    return d[1] + (d[4] - d[2]) * (real)1.5 - d[3] * 2 + d[5];
}

// One row of A' times m[0 .. side - 1], for a tile of `outputs` outputs each way.
VEC_INLINE vec winograd_output_row(const int side, const int outputs, const int row, const vec *m) {
    if (side == 4) {
        if (row == 0) return m[0] + m[1] + m[2];
        if (row == 2) return m[1] + m[2] + m[3];
        return outputs == 2 ? m[1] - m[2] + m[3] : m[1] - m[2];
    }
    if (row == 0) return m[0] + (m[1] + m[2]) + (m[3] + m[4]);
    if (row == 1) return m[1] - m[2] + m[3] * (real)0.5 - m[4] * 2;
    if (row == 2) return m[1] + m[2] + m[3] * (real)0.25 + m[4] * 4;
    return m[1] - m[2] + m[3] * (real)0.125 - m[4] * 8 + m[5];
}

// B' d B of `channels` channels, whole vectors of them: from[i * row + j * pixel + channel] is number (i, j)
// of d; number p = i * side + j of the result goes to to[p * plane + channel]. Columns, then rows in their
// place: in loops that are not unrolled, as compilers would keep all numbers of a tile, and have no registers
// for them.
VEC_INLINE void winograd_input(const int side, real *to, ptrdiff_t plane, const real *from, ptrdiff_t row,
                               ptrdiff_t pixel, ptrdiff_t channels) {
    for (ptrdiff_t channel = 0; channel < channels; channel += LANES, to += LANES, from += LANES) {
        vec number[WINOGRAD_MOST_SIDE];
        UNROLL(1)
        for (int j = 0; j < side; j++) {
            UNROLL(6)
            for (int i = 0; i < side; i++) number[i] = vec_load(from + i * row + j * pixel);
            UNROLL(6)
            for (int i = 0; i < side; i++)
                vec_store(to + (i * side + j) * plane, winograd_input_row(side, i, number));
        }
        UNROLL(1)
        for (int i = 0; i < side; i++) {
            real *line = to + i * side * plane;
            UNROLL(6)
            for (int j = 0; j < side; j++) number[j] = vec_load(line + j * plane);
            UNROLL(6)
            for (int j = 0; j < side; j++) vec_store(line + j * plane, winograd_input_row(side, j, number));
        }
    }
}

// A' m A of a vector: m's numbers are `plane` apart, and are spent; the result's rows are `row` and its
// columns `pixel` apart. Of rows and columns that overlap, the later one stays.
VEC_INLINE void winograd_output(const int side, const int outputs, real *to, ptrdiff_t row, ptrdiff_t pixel,
                                real *m, ptrdiff_t plane) {
    vec number[WINOGRAD_MOST_SIDE];
    UNROLL(1)
    for (int j = 0; j < side; j++) {
        UNROLL(6)
        for (int i = 0; i < side; i++) number[i] = vec_load(m + (i * side + j) * plane);
        UNROLL(6)
        for (int i = 0; i < outputs; i++)
            vec_store(m + (i * side + j) * plane, winograd_output_row(side, outputs, i, number));
    }
    UNROLL(1)
    for (int i = 0; i < outputs; i++) {
        UNROLL(6)
        for (int j = 0; j < side; j++) number[j] = vec_load(m + (i * side + j) * plane);
        UNROLL(6)
        for (int j = 0; j < outputs; j++)
            vec_store(to + i * row + j * pixel, winograd_output_row(side, outputs, j, number));
    }
}

#endif
