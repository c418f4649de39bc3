// Checks kernels against their reference on random data, and times them: the C part of `cnnc bench`, and all
// but the kernels of what `cnnc bench --emit-kernels` writes. One thread; operands are as warm as the caches
// keep them. Include it first.
//
// A case is a family with its constants and epilogue; its last variant is the reference. Every variant gets
// the same operands; outputs hold NaN before, unless the family adds to them.
#ifndef KERNELS_MEASURE_H
#define KERNELS_MEASURE_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "kernel.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef enum MeasureUse {
    MEASURE_READ,
    MEASURE_WRITTEN,
    MEASURE_ADDED_TO,
    MEASURE_POSITIONS,
    MEASURE_INDEX
} MeasureUse;
typedef enum MeasureType { MEASURE_REAL, MEASURE_BYTE, MEASURE_INT } MeasureType;

enum { MEASURE_OPERANDS = 8, MEASURE_SLOTS = 16, MEASURE_VARIANTS = 16, MEASURE_ROUNDS = 15 };

typedef struct MeasureOperand {
    MeasureUse use;
    ptrdiff_t number; // of reals; MEASURE_POSITIONS: of bytes; MEASURE_INDEX: what is passed
    int limit;        // MEASURE_POSITIONS: each is below it
} MeasureOperand;

typedef struct MeasureSlot {
    MeasureType type;
    ptrdiff_t number;
} MeasureSlot;

typedef void MeasureCall(real *const *operands, void *scratch, const void *const *slots);

typedef struct MeasureVariant {
    const char *name;
    MeasureCall *call;
    ptrdiff_t scratch; // reals
    int rounds;        // its operands, to bf16
} MeasureVariant;

typedef struct MeasureCase {
    const char *name;
    double flops;
    int operand_count, slot_count, variant_count;
    MeasureOperand operands[MEASURE_OPERANDS]; // the first is the output
    MeasureSlot slots[MEASURE_SLOTS];
    MeasureVariant variants[MEASURE_VARIANTS];
} MeasureCase;

// Times of one variant, rising, and how far it is from the reference.
typedef struct Measured {
    double seconds[MEASURE_ROUNDS], error, largest;
    int calls; // in a round
    int right;
} Measured;

// The thread's own time: what else runs on the machine takes the processor away, and counts little.
static inline double measure_now(void) {
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static inline int measure_by_size(const void *a, const void *b) {
    const double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

static inline real measure_random(void) {
    static uint32_t state = 1;
    state = state * 1664525u + 1013904223u;
    return (real)((int)(state >> 16) % 1001) / 1000 - (real)0.5;
}

// All that the calls of one case need. `operand[0]` is the output, `start` what it holds before, `reference`
// what it must hold after.
typedef struct MeasureMemory {
    real *operand[MEASURE_OPERANDS], *start, *reference;
    const void *slot[MEASURE_SLOTS];
    void *scratch;
    void *block[MEASURE_OPERANDS + MEASURE_SLOTS + 3]; // to be freed
    int blocks;
} MeasureMemory;

// Bytes with the slack behind them that kernels may read. No two tensors lie at a multiple of 4 KB from each
// other, as they do not in programs.
static inline void *measure_allocate(MeasureMemory *memory, ptrdiff_t bytes) {
    char *block = aligned_alloc(4096, ((size_t)bytes + 64 + 2 * 4096 - 1) / 4096 * 4096);
    if (!block) {
        fprintf(stderr, "out of memory\n");
        exit(3);
    }
    memory->block[memory->blocks] = block;
    return block + 192 * (memory->blocks++ % 21);
}

static inline real *measure_tensor(MeasureMemory *memory, ptrdiff_t number) {
    real *tensor = measure_allocate(memory, number * (ptrdiff_t)sizeof(real));
    for (ptrdiff_t i = 0; i < number; i++) tensor[i] = measure_random();
    memset(tensor + number, 0, 64);
    return tensor;
}

static inline void *measure_slot(MeasureMemory *memory, const MeasureSlot *slot) {
    const ptrdiff_t bytes = slot->number * (slot->type == MEASURE_INT ? 4 : 1);
    if (slot->type == MEASURE_REAL) return measure_tensor(memory, slot->number);
    unsigned char *values = measure_allocate(memory, bytes);
    memset(values, 0, (size_t)bytes + 64);
    for (ptrdiff_t i = 0; i < slot->number; i++)
        values[slot->type == MEASURE_INT ? 4 * i : i] = measure_random() > 0;
    return values;
}

static inline void *measure_positions(MeasureMemory *memory, const MeasureOperand *operand) {
    uint8_t *positions = measure_allocate(memory, operand->number);
    memset(positions, 0, (size_t)operand->number + 64);
    for (ptrdiff_t i = 0; i < operand->number; i++)
        positions[i] = (uint8_t)((int)((measure_random() + (real)0.5) * 1000) % operand->limit);
    return positions;
}

static inline void measure_allocate_all(const MeasureCase *c, MeasureMemory *memory) {
    ptrdiff_t scratch = 0;
    memset(memory, 0, sizeof *memory);
    for (int i = 0; i < c->operand_count; i++)
        if (c->operands[i].use == MEASURE_POSITIONS)
            memory->operand[i] = measure_positions(memory, &c->operands[i]);
        else if (c->operands[i].use != MEASURE_INDEX)
            memory->operand[i] = measure_tensor(memory, c->operands[i].number);
    for (int i = 0; i < c->slot_count; i++) memory->slot[i] = measure_slot(memory, &c->slots[i]);
    for (int i = 0; i < c->variant_count; i++)
        if (c->variants[i].scratch > scratch) scratch = c->variants[i].scratch;
    memory->start = measure_tensor(memory, c->operands[0].number);
    memory->reference = measure_tensor(memory, c->operands[0].number);
    memory->scratch = measure_tensor(memory, scratch);
    for (ptrdiff_t i = 0; c->operands[0].use == MEASURE_WRITTEN && i < c->operands[0].number; i++)
        memory->start[i] = REAL_NAN;
}

// How far a variant may be from the reference. Of rounded operands (to 8 bits) products are wrong by up to a
// 128th part, and sums of many by less.
static inline double measure_limit(const MeasureCase *c, int variant, double largest) {
    const double terms = c->flops / 2 / (double)c->operands[0].number;
    if (c->variants[variant].rounds) return (1 + largest) / 128;
    return (sizeof(real) == 4 ? 1e-6 : 1e-14) * (4 + terms) * (1 + largest);
}

static inline void measure_compare(const MeasureCase *c, const MeasureMemory *memory, int variant,
                                   Measured *measured) {
    for (ptrdiff_t i = 0; i < c->operands[0].number; i++) {
        const double wanted = (double)memory->reference[i];
        const double error = fabs((double)memory->operand[0][i] - wanted);
        if (isnan(memory->operand[0][i]) && isnan(wanted)) continue; // between the rows of outputs
        if (!(error <= measured->error)) measured->error = error;
        if (fabs(wanted) > measured->largest) measured->largest = fabs(wanted);
    }
    measured->right = measured->error <= measure_limit(c, variant, measured->largest);
}

// One call on fresh outputs.
static inline void measure_once(const MeasureCase *c, const MeasureMemory *memory, int variant) {
    memcpy(memory->operand[0], memory->start, (size_t)c->operands[0].number * sizeof(real));
    c->variants[variant].call(memory->operand, memory->scratch, memory->slot);
}

static inline double measure_round(const MeasureCase *c, const MeasureMemory *memory, int variant,
                                   int calls) {
    const double start = measure_now();
    for (int i = 0; i < calls; i++) c->variants[variant].call(memory->operand, memory->scratch, memory->slot);
    return (measure_now() - start) / calls;
}

// Checks all variants of a case, then times them in turns, each for about `seconds`. Sums that calls add to
// stay finite: what is added to them in a round is little.
static inline void measure_case(const MeasureCase *c, double seconds, Measured *measured) {
    MeasureMemory memory;
    measure_allocate_all(c, &memory);
    memset(measured, 0, (size_t)c->variant_count * sizeof *measured);
    measure_once(c, &memory, c->variant_count - 1);
    memcpy(memory.reference, memory.operand[0], (size_t)c->operands[0].number * sizeof(real));
    for (int v = 0; v < c->variant_count; v++) {
        measure_once(c, &memory, v);
        measure_compare(c, &memory, v, &measured[v]);
        const double calls = seconds / MEASURE_ROUNDS / measure_round(c, &memory, v, 1);
        measured[v].calls = calls < 1 ? 1 : calls > 1e6 ? 1000000 : (int)calls;
    }
    for (int round = 0; round < MEASURE_ROUNDS; round++)
        for (int v = 0; v < c->variant_count; v++) {
            memcpy(memory.operand[0], memory.reference, (size_t)c->operands[0].number * sizeof(real));
            measured[v].seconds[round] = measure_round(c, &memory, v, measured[v].calls);
        }
    for (int v = 0; v < c->variant_count; v++)
        qsort(measured[v].seconds, MEASURE_ROUNDS, sizeof(double), measure_by_size);
    for (int i = 0; i < memory.blocks; i++) free(memory.block[i]);
}

// Multiply-adds on registers: twelve chains hide the latency. FLOPs a second.
static inline double measure_peak_once(void) {
    enum { CHAINS = 12, STEPS = 100000 };
    vec chain[CHAINS];
    const vec factor = vec_all((real)0.999), addend = vec_all((real)0.001);
    for (int i = 0; i < CHAINS; i++) chain[i] = vec_all((real)i);
    const double start = measure_now();
    for (int step = 0; step < STEPS; step++) {
        UNROLL(12)
        for (int i = 0; i < CHAINS; i++) chain[i] = chain[i] * factor + addend;
    }
    const double seconds = measure_now() - start;
    volatile real sink = 0;
    for (int i = 0; i < CHAINS; i++) sink = sink + vec_sum(chain[i]);
    return 2.0 * CHAINS * STEPS * LANES / seconds;
}

static inline double measure_peak(void) {
    double rates[MEASURE_ROUNDS];
    for (int round = 0; round < MEASURE_ROUNDS; round++) rates[round] = measure_peak_once();
    qsort(rates, MEASURE_ROUNDS, sizeof(double), measure_by_size);
    return rates[MEASURE_ROUNDS / 2];
}

static inline void measure_print(const MeasureCase *c, int variant, const Measured *measured, double peak,
                                 int json, int number) {
    const double median = measured->seconds[MEASURE_ROUNDS / 2], rate = c->flops / median;
    if (json)
        printf("{\"case\": %d, \"variant\": %d, \"median\": %.9g, \"least\": %.9g, \"most\": %.9g, "
               "\"error\": %.9g, "
               "\"largest\": %.9g, \"right\": %s, \"peak\": %.9g}\n",
               number, variant, median, measured->seconds[0], measured->seconds[MEASURE_ROUNDS - 1],
               isfinite(measured->error) ? measured->error : -1, measured->largest,
               measured->right ? "true" : "false", peak);
    else
        printf("%s %s: %.4g us (%.3g to %.3g), %.1f GFLOP/s, %.1f%% of the %.1f that multiply-adds reach; "
               "error %.2g of values up to %.2g%s\n",
               c->name, c->variants[variant].name, 1e6 * median, 1e6 * measured->seconds[0],
               1e6 * measured->seconds[MEASURE_ROUNDS - 1], 1e-9 * rate, 100 * rate / peak, 1e-9 * peak,
               measured->error, measured->largest, measured->right ? "" : ": WRONG");
    fflush(stdout);
}

// PROGRAM [--json] [SECONDS]: measures all cases, each variant for so long (0.05 s). 1 if a result is wrong.
static inline int measure_main(int argc, char **argv, int count, const MeasureCase *cases) {
    const int json = argc > 1 && strcmp(argv[1], "--json") == 0;
    const double seconds = argc > 1 + json ? atof(argv[1 + json]) : 0.05;
    int wrong = 0;
    measure_peak_once(); // wakes the vector units
    for (int i = 0; i < count; i++) {
        Measured measured[MEASURE_VARIANTS];
        const double before = measure_peak();
        measure_case(&cases[i], seconds, measured);
        const double after = measure_peak(), peak = before > after ? before : after;
        for (int v = 0; v < cases[i].variant_count; v++) {
            measure_print(&cases[i], v, &measured[v], peak, json, i);
            wrong |= !measured[v].right;
        }
    }
    return wrong;
}

#endif
