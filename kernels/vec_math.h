// exp, log, tanh, sigmoid and erf over vec, and the same over one `real` through a vector's first lane. For
// float polynomials, for double libm lane by lane. Largest errors that tests/kernels/vec_test.c measures over
// all magnitudes, in units of the last place: see the table there. NaN gives NaN; overflow infinity. Part of
// vec.h.
#ifndef KERNELS_VEC_MATH_H
#define KERNELS_VEC_MATH_H

#ifdef REAL_F64

#include <math.h>

#define VEC_LANE_BY_LANE(name, function)                                                                     \
    VEC_INLINE vec name(vec v) {                                                                             \
        for (int lane = 0; lane < LANES; lane++) v[lane] = function(v[lane]);                                \
        return v;                                                                                            \
    }
VEC_LANE_BY_LANE(vec_exp, exp)
VEC_LANE_BY_LANE(vec_log, log)
VEC_LANE_BY_LANE(vec_tanh, tanh)
VEC_LANE_BY_LANE(vec_erf, erf)

VEC_INLINE vec vec_sigmoid(vec x) {
    return 1 / (1 + vec_exp(-x));
}

#else

// x = n ln 2 + remainder, |remainder| <= ln 2 / 2. *exponents holds n + 127 in its low bits.
VEC_INLINE vec vec_split_exponent(vec x, vec_mask *exponents) {
    // Adding 1.5 * 2^23 rounds to a whole number, which the low bits of the sum then hold.
    const float rounder = 12582912.0f;
    vec sum = x * 1.44269504f + rounder;
    vec n = sum - rounder;
    *exponents = (vec_mask)sum - 0x4B400000;
    // ln 2 in two parts: the first has few enough bits for n times it to be exact.
    return x - n * 0.693359375f + n * 2.12194440e-4f;
}

// exp(x) - 1 for |x| <= ln 2 / 2, by Taylor's series: the first term left out is under 0.1 ulp of exp(x).
VEC_INLINE vec vec_exp_minus_1_series(vec x) {
    vec p = x * (1.0f / 5040) + 1.0f / 720;
    p = p * x + 1.0f / 120;
    p = p * x + 1.0f / 24;
    p = p * x + 1.0f / 6;
    p = p * x + 0.5f;
    return p * (x * x) + x;
}

// 2^n for -126 <= n <= 127.
VEC_INLINE vec vec_power_of_2(vec_mask n) {
    return (vec)((n + 127) << 23);
}

VEC_INLINE vec vec_exp(vec x) {
    // Beyond these, the result is infinity or zero. The constant stands first so that NaN stays.
    x = vec_minimum(vec_all(89.0f), vec_maximum(vec_all(-105.0f), x));
    vec_mask n;
    vec remainder = vec_split_exponent(x, &n);
    vec e = 1 + vec_exp_minus_1_series(remainder);
    // In two steps: 2^n alone may be no normal number.
    vec_mask half = n >> 1;
    return e * vec_power_of_2(half) * vec_power_of_2(n - half);
}

// exp(x) - 1 for -40 <= x <= 0, without cancellation near 0.
VEC_INLINE vec vec_exp_minus_1(vec x) {
    vec_mask n;
    vec remainder = vec_split_exponent(x, &n);
    vec scale = vec_power_of_2(n);
    return scale * vec_exp_minus_1_series(remainder) + (scale - 1);
}

VEC_INLINE vec vec_log(vec x) {
    vec_mask tiny = x < 1.17549435e-38f;
    vec scaled = vec_select(tiny, x * 33554432.0f, x);
    // scaled = 2^n m, sqrt(1/2) <= m < sqrt(2): 0x3F3504F3 is sqrt(1/2).
    vec_mask shifted = (vec_mask)scaled - 0x3F3504F3;
    vec_mask exponent = shifted >> 23;
    vec n = __builtin_convertvector(exponent, vec) - vec_select(tiny, vec_all(25), vec_all(0));
    vec f = (vec)((vec_mask)scaled - (exponent << 23)) - 1;
    // log(1 + f) = 2 atanh(s), s = f / (2 + f): 2s + s R(s^2), and 2s = f - s f, where f is exact.
    vec s = f / (2 + f), z = s * s;
    vec r = z * (z * (z * (z * (2.0f / 9) + 2.0f / 7) + 2.0f / 5) + 2.0f / 3);
    vec log_m = f - (s * (f - r) + n * 2.12194440e-4f);
    vec result = n * 0.693359375f + log_m;
    result = vec_select(x == REAL_INFINITY, x, result);
    result = vec_select(x == 0, vec_all(-REAL_INFINITY), result);
    return vec_select((x >= 0), result, vec_all(REAL_NAN));
}

VEC_INLINE vec vec_copy_sign(vec magnitude, vec sign) {
    const vec_mask bit = (vec_mask)vec_all(-0.0f);
    return (vec)(((vec_mask)magnitude & ~bit) | ((vec_mask)sign & bit));
}

VEC_INLINE vec vec_tanh(vec x) {
    // tanh |x| = -e / (2 + e), e = exp(-2 |x|) - 1; from 9.1 on it rounds to 1.
    vec e = vec_exp_minus_1(-2 * vec_minimum(vec_all(10.0f), vec_absolute(x)));
    return vec_copy_sign(e / (2 + e), x);
}

VEC_INLINE vec vec_sigmoid(vec x) {
    return 1 / (1 + vec_exp(-x));
}

// Polynomials by interpolation in Chebyshev's points: erf(x) / x over x^2 for |x| < 0.875, log(1 - erf(x))
// over x - 2.4375 up to 4, where erf rounds to 1.
VEC_INLINE vec vec_erf(vec x) {
    vec z = x * x;
    vec inner = z * 8.690094135151276e-05f - 0.0008214512920095985f;
    inner = inner * z + 0.005207044360826568f;
    inner = inner * z - 0.026861704200893132f;
    inner = inner * z + 0.11283735184058473f;
    inner = inner * z - 0.3761263621216502f;
    inner = inner * z + 1.128379166885442f;
    vec a = vec_minimum(vec_all(4.0f), vec_absolute(x));
    vec u = (a - 2.4375f) * 0.64f;
    vec outer = u * -1.9613556005992905e-06f + 5.711307637881191e-05f;
    outer = outer * u - 0.00031639707169226486f;
    outer = outer * u + 0.0012139116505885284f;
    outer = outer * u - 0.004197115450018086f;
    outer = outer * u + 0.013715479877029679f;
    outer = outer * u - 0.043549874450186946f;
    outer = outer * u - 2.2993307327631483f;
    outer = outer * u - 8.179411595567162f;
    outer = outer * u - 7.475957135069168f;
    return vec_select(a < 0.875f, inner * x, vec_copy_sign(1 - vec_exp(outer), x));
}

#endif

#define VEC_FIRST_LANE(name, function)                                                                       \
    VEC_INLINE real name(real x) {                                                                           \
        return function(vec_all(x))[0];                                                                      \
    }
VEC_FIRST_LANE(real_exp, vec_exp)
VEC_FIRST_LANE(real_log, vec_log)
VEC_FIRST_LANE(real_tanh, vec_tanh)
VEC_FIRST_LANE(real_sigmoid, vec_sigmoid)
VEC_FIRST_LANE(real_erf, vec_erf)
VEC_FIRST_LANE(real_square_root, vec_square_root)

VEC_INLINE real real_maximum(real a, real b) {
    return a > b ? a : b;
}

VEC_INLINE real real_minimum(real a, real b) {
    return a < b ? a : b;
}

VEC_INLINE int64_t index_maximum(int64_t a, int64_t b) {
    return a > b ? a : b;
}

VEC_INLINE int64_t index_minimum(int64_t a, int64_t b) {
    return a < b ? a : b;
}

VEC_INLINE real real_absolute(real x) {
    return vec_absolute(vec_all(x))[0];
}

#endif
