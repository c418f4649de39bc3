#include "peak.h"
#include "progress.h"

#include <stdlib.h>

// A loop of independent multiply-adds on registers: twelve chains hide a latency of up to six cycles on two
// units, and leave enough of sixteen registers for both operands. Values stay near 1.
enum { CHAINS = 12, ROUNDS = 200000, MEASUREMENTS = 7 };

#define CHAIN_LOOP(Vector, all, multiply_add)                                                                \
    do {                                                                                                     \
        Vector chain[CHAINS], factor = all(0.999f), addend = all(0.001f);                                    \
        for (int c = 0; c < CHAINS; c++) chain[c] = all(1 + 0.01f * (float)c);                               \
        for (int round = 0; round < ROUNDS; round++) {                                                       \
            _Pragma("GCC unroll 12") for (int c = 0; c < CHAINS; c++) chain[c] =                             \
                multiply_add(chain[c], factor, addend);                                                      \
        }                                                                                                    \
        for (int c = 1; c < CHAINS; c++) chain[0] = multiply_add(chain[c], factor, chain[0]);                \
        volatile float sink = ((float *)&chain[0])[0]; /* so that the loop is not left out */                \
        (void)sink;                                                                                          \
    } while (0)

typedef struct Loop {
    Piece *piece;
    int lanes;
} Loop;

#if defined(__x86_64__)
#include <immintrin.h>

__attribute__((target("avx512f"))) static void loop_avx512(const Frame *frame, int piece, char *scratch) {
    (void)frame, (void)piece, (void)scratch;
    CHAIN_LOOP(__m512, _mm512_set1_ps, _mm512_fmadd_ps);
}

__attribute__((target("avx2,fma"))) static void loop_avx2(const Frame *frame, int piece, char *scratch) {
    (void)frame, (void)piece, (void)scratch;
    CHAIN_LOOP(__m256, _mm256_set1_ps, _mm256_fmadd_ps);
}

#define MULTIPLY_ADD_SSE(a, b, c) _mm_add_ps(_mm_mul_ps(a, b), c)
static void loop_sse(const Frame *frame, int piece, char *scratch) {
    (void)frame, (void)piece, (void)scratch;
    CHAIN_LOOP(__m128, _mm_set1_ps, MULTIPLY_ADD_SSE);
}

static Loop widest_loop(void) {
    if (__builtin_cpu_supports("avx512f")) return (Loop){loop_avx512, 16};
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return (Loop){loop_avx2, 8};
    return (Loop){loop_sse, 4};
}
#elif defined(__aarch64__)
#include <arm_neon.h>

#define MULTIPLY_ADD_NEON(a, b, c) vfmaq_f32(c, a, b)
static void loop_neon(const Frame *frame, int piece, char *scratch) {
    (void)frame, (void)piece, (void)scratch;
    CHAIN_LOOP(float32x4_t, vdupq_n_f32, MULTIPLY_ADD_NEON);
}

static Loop widest_loop(void) {
    return (Loop){loop_neon, 4};
}
#else
#define SAME(number)                (number)
#define MULTIPLY_ADD_PLAIN(a, b, c) ((a) * (b) + (c))
static void loop_plain(const Frame *frame, int piece, char *scratch) {
    (void)frame, (void)piece, (void)scratch;
    CHAIN_LOOP(float, SAME, MULTIPLY_ADD_PLAIN);
}

static Loop widest_loop(void) {
    return (Loop){loop_plain, 1};
}
#endif

static int by_size(const void *a, const void *b) {
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

double peak_flops(const Frame *frame, int threads) {
    Loop loop = widest_loop();
    // several pieces a thread, so that one that is interrupted does not hold up the others
    int pieces = 8 * threads;
    double operations = 2.0 * CHAINS * ROUNDS * loop.lanes * pieces, rates[MEASUREMENTS];
    parallel(frame, loop.piece, threads); // wakes the threads and the vector units
    for (int i = 0; i < MEASUREMENTS; i++) {
        double began = clock_seconds();
        parallel(frame, loop.piece, pieces);
        rates[i] = operations / (clock_seconds() - began);
    }
    qsort(rates, MEASUREMENTS, sizeof *rates, by_size);
    return rates[MEASUREMENTS / 2];
}
