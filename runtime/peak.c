#include "peak.h"
#include "progress.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// The FMA rate is that of a loop of independent multiply-adds on registers: twelve chains hide a latency of
// up to six cycles on two units, and leave enough of sixteen registers for both operands. Values stay near 1.
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

// The median rate of doing so many pieces, which are `amount` of work together, after doing them once.
static double median_rate(const Frame *frame, Piece *piece, int pieces, double amount) {
    double rates[MEASUREMENTS];
    parallel(frame, piece, pieces); // wakes the threads and the vector units, and touches memory
    for (int i = 0; i < MEASUREMENTS; i++) {
        double began = clock_seconds();
        parallel(frame, piece, pieces);
        rates[i] = amount / (clock_seconds() - began);
    }
    qsort(rates, MEASUREMENTS, sizeof *rates, by_size);
    return rates[MEASUREMENTS / 2];
}

// Several pieces a thread, so that one that is interrupted does not hold up the others.
enum { PIECES_A_THREAD = 8 };

double peak_flops(const Frame *frame, int threads) {
    Loop loop = widest_loop();
    int pieces = PIECES_A_THREAD * threads;
    return median_rate(frame, loop.piece, pieces, 2.0 * CHAINS * ROUNDS * loop.lanes * pieces);
}

// What copy_piece copies: a piece's function gets nothing but its number.
static struct Copy {
    char *from, *to;
    size_t piece_bytes;
} copy;

static void copy_piece(const Frame *frame, int piece, char *scratch) {
    (void)frame, (void)scratch;
    size_t offset = (size_t)piece * copy.piece_bytes;
    memcpy(copy.to + offset, copy.from + offset, copy.piece_bytes);
}

double copy_bandwidth(const Frame *frame, int threads) {
    enum { SMALLEST = 64 << 20, LARGEST = 512 << 20 };
    long cache = sysconf(_SC_LEVEL3_CACHE_SIZE); // 0 or -1 where it isn't known
    size_t bytes = cache > LARGEST / 4 ? LARGEST : cache > SMALLEST / 4 ? 4 * (size_t)cache : SMALLEST;
    int pieces = PIECES_A_THREAD * threads;
    double rate = 0;
    copy = (struct Copy){malloc(bytes), malloc(bytes), bytes / (size_t)pieces};
    if (copy.from && copy.to) {
        memset(copy.from, 1, bytes); // pages never written are all the same one
        rate = median_rate(frame, copy_piece, pieces, 2.0 * (double)copy.piece_bytes * pieces);
    }
    free(copy.from);
    free(copy.to);
    return rate;
}
