#include "random.h"
#include "philox.h"
#include <math.h>

// The numbers must be the same on every machine: no fused multiply-add. GCC makes none under -std=c11.
#ifdef __clang__
#pragma STDC FP_CONTRACT OFF
#endif

RandomStream random_stream(uint64_t seed, RandomPurpose purpose, uint64_t id) {
    return (RandomStream){
        .key = {(uint32_t)seed, (uint32_t)(seed >> 32)},
        .counter = {0, (uint32_t)id, (uint32_t)purpose, (uint32_t)(id >> 32)},
        .used = 4,
    };
}

uint32_t random_bits(RandomStream *stream) {
    if (stream->used == 4) {
        philox4x32(stream->counter, stream->key, stream->block);
        stream->counter[0]++;
        stream->used = 0;
    }
    return stream->block[stream->used++];
}

double random_uniform(RandomStream *stream) {
    uint64_t high = random_bits(stream) >> 6;
    uint64_t low = random_bits(stream) >> 5;
    return (double)(high << 27 | low) * 0x1p-53;
}

// The natural logarithm from exact operations only: a library's may differ in the last bit from machine to
// machine, and with it everything that is trained from the numbers drawn. x = m 2^e with m in [sqrt(1/2),
// sqrt(2)), log m = 2 artanh((m - 1) / (m + 1)), whose series ends at 2^-53 after 11 terms.
static double portable_log(double x) {
    int exponent;
    double mantissa = frexp(x, &exponent);
    if (mantissa < 0.70710678118654752440) {
        mantissa *= 2;
        exponent--;
    }
    double t = (mantissa - 1) / (mantissa + 1), square = t * t, sum = 0;
    for (int n = 21; n >= 1; n -= 2) sum = sum * square + 1.0 / n;
    return exponent * 0.69314718055994530942 + 2 * t * sum;
}

static double polynomial(const double *coefficients, int count, double x) {
    double sum = 0;
    while (count-- > 0) sum = sum * x + coefficients[count];
    return sum;
}

// The inverse of the standard normal distribution function: Wichura, "Algorithm AS 241: the percentage points
// of the normal distribution", Applied Statistics 37 (1988), PPND16; relative error about 1e-16.
static double inverse_normal(double p) {
    static const double a[] = {3.3871328727963666080e0,  1.3314166789178437745e+2, 1.9715909503065514427e+3,
                               1.3731693765509461125e+4, 4.5921953931549871457e+4, 6.7265770927008700853e+4,
                               3.3430575583588128105e+4, 2.5090809287301226727e+3};
    static const double b[] = {1.0,
                               4.2313330701600911252e+1,
                               6.8718700749205790830e+2,
                               5.3941960214247511077e+3,
                               2.1213794301586595867e+4,
                               3.9307895800092710610e+4,
                               2.8729085735721942674e+4,
                               5.2264952788528545610e+3};
    static const double c[] = {1.42343711074968357734e0,  4.63033784615654529590e0, 5.76949722146069140550e0,
                               3.64784832476320460504e0,  1.27045825245236838258e0, 2.41780725177450611770e-1,
                               2.27238449892691845833e-2, 7.74545014278341407640e-4};
    static const double d[] = {1.0,
                               2.05319162663775882187e0,
                               1.67638483018380384940e0,
                               6.89767334985100004550e-1,
                               1.48103976427480074590e-1,
                               1.51986665636164571966e-2,
                               5.47593808499534494600e-4,
                               1.05075007164441684324e-9};
    static const double e[] = {6.65790464350110377720e0,  5.46378491116411436990e0,
                               1.78482653991729133580e0,  2.96560571828504891230e-1,
                               2.65321895265761230930e-2, 1.24266094738807843860e-3,
                               2.71155556874348757815e-5, 2.01033439929228813265e-7};
    static const double f[] = {1.0,
                               5.99832206555887937690e-1,
                               1.36929880922735805310e-1,
                               1.48753612908506148525e-2,
                               7.86869131145613259100e-4,
                               1.84631831751005468180e-5,
                               1.42151175831644588870e-7,
                               2.04426310338993978564e-15};
    double q = p - 0.5;
    if (fabs(q) <= 0.425) {
        double r = 0.180625 - q * q;
        return q * polynomial(a, 8, r) / polynomial(b, 8, r);
    }
    double r = sqrt(-portable_log(q < 0 ? p : 1 - p));
    double x = r <= 5 ? polynomial(c, 8, r - 1.6) / polynomial(d, 8, r - 1.6)
                      : polynomial(e, 8, r - 5) / polynomial(f, 8, r - 5);
    return q < 0 ? -x : x;
}

// In (0, 1): the middle of one of 2^52 cells, so that neither end is reached and 1 - p is exact.
static double open_uniform(RandomStream *stream) {
    uint64_t high = random_bits(stream) >> 6;
    uint64_t low = random_bits(stream) >> 6;
    return ((double)(high << 26 | low) + 0.5) * 0x1p-52;
}

double random_normal(RandomStream *stream) {
    return inverse_normal(open_uniform(stream));
}

double random_truncated_normal(RandomStream *stream) {
    const double below = 0.022750131948179207200; // the distribution function at -2
    return inverse_normal(below + (1 - 2 * below) * open_uniform(stream));
}

uint64_t random_name_id(const char *name) {
    uint64_t hash = 14695981039346656037u;
    for (; *name != '\0'; name++) hash = (hash ^ (unsigned char)*name) * 1099511628211u;
    return hash;
}
