// The transforms of Winograd's convolutions (Lavin and Gray, Fast Algorithms for Convolutional Neural
// Networks, 2016, equation 8): of an output tile Y = A'[(G g G') * (B' d B)]A, with d the input tile, g the
// window, and * number by number. An input tile of SIDE x SIDE numbers gives SIDE - window + 1 outputs each
// way. Hence the gradients, from that of Y: of the window G'[(A Y A') * (B' d B)]G, of the input tile
// B[(G g G') * (A Y A')]B'. A transform of a tile is the same of its columns, then of their rows; a lane is a
// channel or a filter.
//
// For windows of 3 or 2, side 4 has the points 0, 1, -1 and infinity, and side 5 0, -1, 1/2, 2 and infinity;
// for windows of 3, side 6 has 0, 1, -1, 1/2, -2 and infinity. (Errors grow fast with the side. With 0, 1, -1
// and 1/2, or with 2 and -1/2 in place of 1/2 and -2, or with both of a pair, they are up to twice as large:
// Barabasz et al., Error Analysis and Improving the Accuracy of Winograd Convolution for Deep Neural
// Networks, 2020.) G is in ref/pack_winograd.h.
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
    if (side == 5) {
        if (row == 0) return d[0] + d[3] - (d[1] + d[2]) * (real)1.5;
        if (row == 1) return d[1] + d[3] - d[2] * (real)2.5;
        if (row == 2) return d[3] - d[2] - d[1] * 2;
        if (row == 3) return d[3] + (d[2] - d[1]) * (real)0.5;
        return d[1] + d[4] - (d[2] + d[3]) * (real)1.5;
    }
    if (row == 0) return d[0] + (d[3] - d[1]) * (real)1.5 - d[2] * 2 + d[4];
    if (row == 1) return d[4] - d[1] + d[2] * (real)0.5 + d[3] * (real)2.5;
    if (row == 2) return d[4] + d[1] - d[2] * (real)2.5 + d[3] * (real)0.5;
    if (row == 3) return d[4] - d[2] + (d[3] - d[1]) * 2;
    if (row == 4) return d[4] - d[2] + (d[1] - d[3]) * (real)0.5;
    return d[1] + (d[4] - d[2]) * (real)1.5 - d[3] * 2 + d[5];
}

// One row of B times m[0 .. side - 1].
VEC_INLINE vec winograd_input_gradient_row(const int side, const int row, const vec *m) {
    if (row == 0) return m[0];
    if (row == side - 1) return m[side - 1];
    if (side == 4) return row == 1 ? m[1] - m[2] - m[3] : m[1] + m[2] - m[0];
    if (side == 5) {
        if (row == 1) return m[1] + m[4] - m[0] * (real)1.5 - m[2] * 2 - m[3] * (real)0.5;
        if (row == 2) return m[3] * (real)0.5 - m[2] - m[1] * (real)2.5 - (m[0] + m[4]) * (real)1.5;
        return m[0] + m[1] + (m[2] + m[3]) - m[4] * (real)1.5;
    }
    if (row == 1) return m[2] - m[1] - m[0] * (real)1.5 - m[3] * 2 + m[4] * (real)0.5 + m[5];
    if (row == 2) return m[1] * (real)0.5 - m[2] * (real)2.5 - (m[3] + m[4]) - m[0] * 2 - m[5] * (real)1.5;
    if (row == 3)
        return m[1] * (real)2.5 + (m[0] * (real)1.5 + m[2] * (real)0.5) + (m[3] - m[5]) * 2 -
               m[4] * (real)0.5;
    return m[0] + (m[1] + m[2]) + (m[3] + m[4]) + m[5] * (real)1.5;
}

// One row of A' times m[0 .. side - 1], for a tile of `outputs` outputs each way.
VEC_INLINE vec winograd_output_row(const int side, const int outputs, const int row, const vec *m) {
    if (side == 4) {
        if (row == 0) return m[0] + m[1] + m[2];
        if (row == 2) return m[1] + m[2] + m[3];
        return outputs == 2 ? m[1] - m[2] + m[3] : m[1] - m[2];
    }
    if (side == 5) {
        if (row == 0) return m[0] + m[1] + (m[2] + m[3]);
        if (row == 1) return m[2] * (real)0.5 + m[3] * 2 - m[1];
        if (row == 3) return m[4] - m[1] + (m[2] * (real)0.125 + m[3] * 8);
        const vec sum = m[1] + (m[2] * (real)0.25 + m[3] * 4);
        return outputs == 3 ? sum + m[4] : sum;
    }
    if (row == 0) return m[0] + (m[1] + m[2]) + (m[3] + m[4]);
    if (row == 1) return m[1] - m[2] + m[3] * (real)0.5 - m[4] * 2;
    if (row == 2) return m[1] + m[2] + m[3] * (real)0.25 + m[4] * 4;
    return m[1] - m[2] + m[3] * (real)0.125 - m[4] * 8 + m[5];
}

// One row of A times y[0 .. outputs - 1].
VEC_INLINE vec winograd_gradient_row(const int side, const int outputs, const int row, const vec *y) {
    if (row == 0) return y[0];
    if (row == side - 1) return y[outputs - 1];
    if (outputs == 2) return row == 1 ? y[0] + y[1] : y[0] - y[1];
    if (side == 5 && outputs == 3) {
        if (row == 1) return y[0] + y[2] - y[1];
        return row == 2 ? y[0] + (y[1] * (real)0.5 + y[2] * (real)0.25) : y[0] + (y[1] * 2 + y[2] * 4);
    }
    if (side == 5) {
        if (row == 1) return y[0] + y[2] - (y[1] + y[3]);
        if (row == 2) return y[0] + y[2] * (real)0.25 + (y[1] * (real)0.5 + y[3] * (real)0.125);
        return y[0] + y[2] * 4 + (y[1] * 2 + y[3] * 8);
    }
    if (outputs == 3) return row == 1 ? y[0] + y[2] + y[1] : y[0] + y[2] - y[1];
    if (row == 1) return y[0] + y[2] + (y[1] + y[3]);
    if (row == 2) return y[0] + y[2] - (y[1] + y[3]);
    if (row == 3) return y[0] + y[2] * (real)0.25 + (y[1] * (real)0.5 + y[3] * (real)0.125);
    return y[0] + y[2] * 4 - (y[1] * 2 + y[3] * 8);
}

// One row of G' times u[0 .. side - 1].
VEC_INLINE vec winograd_weights_row(const int side, const int window, const int row, const vec *u) {
    if (side == 4) {
        if (row == 0) return u[0] + (u[1] + u[2]) * (real)0.5;
        const vec sum = (row == 1 ? u[1] - u[2] : u[1] + u[2]) * (real)0.5;
        return row == window - 1 ? sum + u[3] : sum;
    }
    if (side == 5) {
        const real ninth = (real)(1. / 9);
        if (row == 0) return u[0] + (u[3] - u[1] * 2 - u[2] * 8) * ninth;
        const vec sum = (u[1] + u[3] - u[2] * 2) * (2 * ninth);
        if (row == 1) return window == 2 ? sum + u[4] : sum;
        return u[4] + (u[3] * 2 - u[1] - u[2]) * (2 * ninth);
    }
    const real third = (real)(1. / 3), fifteenth = (real)(1. / 15);
    if (row == 0) return u[0] + (u[1] - u[2]) * third + (u[4] - u[3] * 16) * fifteenth;
    if (row == 1) return (u[1] + u[2]) * third - (u[3] * 8 + u[4] * 2) * fifteenth;
    return (u[1] - u[2]) * third + (u[4] - u[3]) * (4 * fifteenth) + u[5];
}

typedef enum WinogradTransform {
    WINOGRAD_INPUT,          // B' d B
    WINOGRAD_INPUT_GRADIENT, // B m B'
    WINOGRAD_OUTPUT,         // A' m A
    WINOGRAD_GRADIENT,       // A y A'
    WINOGRAD_WEIGHTS         // G' u G
} WinogradTransform;

VEC_INLINE vec winograd_row(const WinogradTransform transform, const int side, const int outputs,
                            const int row, const vec *numbers) {
    if (transform == WINOGRAD_INPUT) return winograd_input_row(side, row, numbers);
    if (transform == WINOGRAD_INPUT_GRADIENT) return winograd_input_gradient_row(side, row, numbers);
    if (transform == WINOGRAD_OUTPUT) return winograd_output_row(side, outputs, row, numbers);
    if (transform == WINOGRAD_GRADIENT) return winograd_gradient_row(side, outputs, row, numbers);
    return winograd_weights_row(side, side - outputs + 1, row, numbers);
}

// Columns, then rows. With 32 registers all numbers between the two stay in these but for a few; with fewer
// the loops are not unrolled, as compilers would move each number to the stack and back more than once.
enum { WINOGRAD_UNROLLED = VEC_REGISTERS >= 32 ? WINOGRAD_MOST_SIDE : 1 };

// To side x side numbers, of `channels` channels, whole vectors of them: from[i * row + j * pixel + channel]
// is number (i, j) of d or y; number p = i * side + j of the result goes to to[p * plane + channel].
VEC_INLINE void winograd_open(const WinogradTransform transform, const int side, const int outputs, real *to,
                              ptrdiff_t plane, const real *from, ptrdiff_t row, ptrdiff_t pixel,
                              ptrdiff_t channels) {
    const int size = transform == WINOGRAD_INPUT ? side : outputs;
    for (ptrdiff_t channel = 0; channel < channels; channel += LANES, to += LANES, from += LANES) {
        vec number[WINOGRAD_MOST_SIDE], half[WINOGRAD_MOST_SIDE][WINOGRAD_MOST_SIDE];
        UNROLL_BY(WINOGRAD_UNROLLED)
        for (int j = 0; j < size; j++) {
            UNROLL(6)
            for (int i = 0; i < size; i++) number[i] = vec_load(from + i * row + j * pixel);
            UNROLL(6)
            for (int i = 0; i < side; i++) half[i][j] = winograd_row(transform, side, outputs, i, number);
        }
        UNROLL_BY(WINOGRAD_UNROLLED)
        for (int i = 0; i < side; i++) {
            UNROLL(6)
            for (int j = 0; j < side; j++)
                vec_store(to + (i * side + j) * plane, winograd_row(transform, side, outputs, j, half[i]));
        }
    }
}

// How many numbers a tile gives each way that is transformed back.
VEC_INLINE int winograd_result_size(const WinogradTransform transform, const int side, const int outputs) {
    if (transform == WINOGRAD_INPUT_GRADIENT) return side;
    return transform == WINOGRAD_OUTPUT ? outputs : side - outputs + 1;
}

// From side x side numbers of a vector, which are `plane` apart; the result's rows are `row` and its columns
// `pixel` apart. For an input's gradient the first side - outputs rows and columns are added to what is
// there, as they are also the last ones of the tiles before; else, of rows and columns that overlap, the
// later one stays.
VEC_INLINE void winograd_close(const WinogradTransform transform, const int side, const int outputs, real *to,
                               ptrdiff_t row, ptrdiff_t pixel, const real *from, ptrdiff_t plane) {
    const int size = winograd_result_size(transform, side, outputs);
    const int added = transform == WINOGRAD_INPUT_GRADIENT ? side - outputs : 0;
    vec number[WINOGRAD_MOST_SIDE], half[WINOGRAD_MOST_SIDE][WINOGRAD_MOST_SIDE];
    UNROLL_BY(WINOGRAD_UNROLLED)
    for (int j = 0; j < side; j++) {
        UNROLL(6)
        for (int i = 0; i < side; i++) number[i] = vec_load(from + (i * side + j) * plane);
        UNROLL(6)
        for (int i = 0; i < size; i++) half[i][j] = winograd_row(transform, side, outputs, i, number);
    }
    UNROLL_BY(WINOGRAD_UNROLLED)
    for (int i = 0; i < size; i++) {
        UNROLL(6)
        for (int j = 0; j < size; j++) {
            const vec result = winograd_row(transform, side, outputs, j, half[i]);
            real *at = to + i * row + j * pixel;
            vec_store(at, i < added || j < added ? vec_load(at) + result : result);
        }
    }
}

// Runs call(side, outputs) with the sizes of a tile as constants.
#define WINOGRAD_SIZES(side, outputs, call)                                                                  \
    do {                                                                                                     \
        if ((side) == 6)                                                                                     \
            call(6, 4);                                                                                      \
        else if ((side) == 5 && (outputs) == 4)                                                              \
            call(5, 4);                                                                                      \
        else if ((side) == 5)                                                                                \
            call(5, 3);                                                                                      \
        else if ((outputs) == 3)                                                                             \
            call(4, 3);                                                                                      \
        else                                                                                                 \
            call(4, 2);                                                                                      \
    } while (0)

#endif
