// Products of rows and packed panels in bf16 (amx.h), for the kernels of cpu/gemm.h. All numbers that rows
// may have are rounded once; those of 32 rows are then laid out one after the other, and go through all
// panels (ref/pack_bf16.h).
#ifndef KERNELS_CPU_GEMM_BF16_H
#define KERNELS_CPU_GEMM_BF16_H

#include "amx.h"
#include "cpu/gemm_tile.h"

// Numbers that are copied at a time. A copy reads and writes up to so many too many.
enum { BF16_COPIED = 16 };

VEC_INLINE void bf16_copy(bf16 *restrict to, const bf16 *restrict from, ptrdiff_t count) {
    for (ptrdiff_t i = 0; i < count; i += BF16_COPIED)
        __builtin_memcpy(to + i, from + i, BF16_COPIED * sizeof(bf16));
}

// Of a sum's products whole steps.
VEC_INLINE ptrdiff_t bf16_depth(ptrdiff_t count) {
    return (count + AMX_DEPTH - 1) / AMX_DEPTH * AMX_DEPTH;
}

// From one row of a block to the next: an odd number of cache lines, so that rows do not compete for few
// places.
VEC_INLINE ptrdiff_t bf16_row_step(ptrdiff_t depth) {
    return depth % (2 * AMX_DEPTH) == 0 ? depth + AMX_DEPTH : depth;
}

// The next address where a cache line begins.
VEC_INLINE bf16 *bf16_aligned(void *scratch) {
    return (bf16 *)(void *)gemm_aligned(scratch);
}

// Zeros from what was copied last to the end of the row.
VEC_INLINE void bf16_fill(bf16 *row, ptrdiff_t count) {
    __builtin_memset(row + count, 0, (size_t)(bf16_depth(count) - count) * sizeof(bf16));
}

static __attribute__((unused)) void gemm_bf16_prepare(Gemm *gemm, ptrdiff_t count, void *scratch) {
    gemm->rounded = bf16_aligned(scratch);
    gemm->block = bf16_aligned(gemm->rounded + count + BF16_COPIED);
    gemm->sums = gemm_aligned(gemm->block + AMX_ROWS * bf16_row_step(bf16_depth(gemm->depth)) + BF16_COPIED);
    bf16_round(gemm->rounded, gemm->rows, count);
}

static inline void gemm_bf16_block(const Gemm *gemm, ptrdiff_t first, ptrdiff_t rows, ptrdiff_t step) {
    for (ptrdiff_t r = 0; r < rows; r++) {
        const bf16 *from = gemm->rounded + gemm->place[first + r];
        bf16 *to = gemm->block + r * step;
        ptrdiff_t count = 0;
        for (const GemmRun *run = gemm->runs; run < gemm->runs + gemm->run_count; run++) {
            bf16_copy(to + count, from + run->from, run->count);
            count += run->count;
        }
        bf16_fill(to, count);
    }
    // Up to the end of a tile.
    for (ptrdiff_t r = rows; r % AMX_TILE != 0; r++)
        __builtin_memset(gemm->block + r * step, 0, (size_t)bf16_depth(gemm->count) * sizeof(bf16));
}

// The block's sums in a panel. Runs that follow one another in the panel are one; others begin with a step
// (kernels.def sees to it).
static inline void gemm_bf16_sums(const Gemm *gemm, AmxBlock *block, ptrdiff_t rows, ptrdiff_t step,
                                  const bf16 *panel) {
    const GemmRun *run = gemm->runs, *end = run + gemm->run_count;
    const bf16 *from = gemm->block;
    amx_clear(block, rows);
    while (run < end) {
        const ptrdiff_t at = run->at;
        ptrdiff_t count = 0;
        do count += run++->count;
        while (run < end && run->at == at + count);
        for (ptrdiff_t k = 0; k < count; k += AMX_DEPTH, from += AMX_DEPTH)
            amx_multiply_add(block, from, step, panel + (at + k) * AMX_COLUMNS);
    }
    amx_store(block, gemm->sums);
}

// Their results.
static inline void gemm_bf16_finish(const Gemm *gemm, ptrdiff_t first, ptrdiff_t rows, ptrdiff_t column) {
    for (ptrdiff_t i = 0; i < AMX_COLUMNS && column + i < gemm->columns; i += PANEL_COLUMNS)
        gemm->finish(gemm, gemm->sums + i * AMX_ROWS, first, rows, column + i, gemm->slots);
}

static __attribute__((noinline, unused)) void gemm_bf16_multiply(const Gemm *gemm) {
    const ptrdiff_t rows = gemm_least(AMX_ROWS, gemm->row_count), last = gemm->row_count - rows;
    const ptrdiff_t panel_depth = bf16_depth(gemm->depth), step = bf16_row_step(panel_depth);
    AmxBlock block;
    amx_begin(&block);
    for (ptrdiff_t row = 0; row < gemm->row_count; row += AMX_ROWS) {
        const ptrdiff_t first = gemm_least(row, last);
        gemm_bf16_block(gemm, first, rows, step);
        for (ptrdiff_t column = 0; column < gemm->columns; column += AMX_COLUMNS) {
            gemm_bf16_sums(gemm, &block, rows, step,
                           (const bf16 *)(const void *)gemm->panels + column * panel_depth);
            gemm_bf16_finish(gemm, first, rows, column);
        }
    }
    amx_end(&block);
}

static const GemmMethod gemm_bf16_method __attribute__((unused)) = {gemm_bf16_prepare, gemm_bf16_multiply};

#endif
