// Products of rows and packed panels (cpu/gemm.h).
#ifndef KERNELS_CPU_GEMM_TILE_H
#define KERNELS_CPU_GEMM_TILE_H

#include "cpu/gemm.h"

// So much of a panel is used for all rows, from the second-level cache, before what follows: 64 KB. A tile's
// rows give a line of it as much work as it takes to come from there, and less of it would mean that sums are
// stored and loaded again more often.
enum { GEMM_DEPTH = 65536 / ((int)sizeof(real) * PANEL_COLUMNS) };

// What a call has room for, if `runs` runs are added one after the other.
#define GEMM_MOST_RUNS(runs, depth) ((runs) + (depth) / GEMM_DEPTH)

// The next address of scratch where a cache line begins.
VEC_INLINE real *gemm_aligned(void *scratch) {
    return (real *)(((uintptr_t)scratch + 63) & ~(uintptr_t)63);
}

// What a call takes from the beginning of its scratch (kernels.def: GEMM_PLACES).
typedef struct GemmPlaces {
    ptrdiff_t *place, *result; // of `rows` rows
    GemmRun *runs;
    real *rest; // where scratch goes on
} GemmPlaces;

static inline GemmPlaces gemm_places(void *scratch, ptrdiff_t rows, ptrdiff_t runs, ptrdiff_t depth) {
    ptrdiff_t *place = scratch, *result = place + rows + GEMM_ROWS;
    GemmRun *begin = (GemmRun *)(result + rows);
    return (GemmPlaces){place, result, begin, gemm_aligned(begin + GEMM_MOST_RUNS(runs, depth))};
}

// Adds runs for `count` numbers from `from` on, cut where so many numbers came before that they are a
// multiple of GEMM_DEPTH.
static inline void gemm_add_runs(Gemm *gemm, GemmRun *runs, ptrdiff_t from, ptrdiff_t at, ptrdiff_t count) {
    while (count > 0) {
        const ptrdiff_t part = gemm_least(GEMM_DEPTH - gemm->count % GEMM_DEPTH, count);
        runs[gemm->run_count++] = (GemmRun){from, at, part};
        gemm->count += part, from += part, at += part, count -= part;
    }
}

// A panel's numbers, whose rows are `step` apart.
typedef struct GemmPanel {
    const real *numbers;
    ptrdiff_t step;
} GemmPanel;

// What the sums of a tile begin with where there is no bias.
static const real gemm_zeros[PANEL_COLUMNS];

// sums, of rows that are `step` apart, += products of the `height` rows at `place` with the first `vectors`
// of a panel, over all runs up to `end`. `start`: what the sums of every row are before; NULL: what is there.
VEC_INLINE void gemm_tile_of(const int height, const int vectors, real *restrict sums, ptrdiff_t step,
                             const real *start, const real *rows, const ptrdiff_t *place, GemmPanel panel,
                             const GemmRun *run, const GemmRun *end) {
    Tile tile;
    if (start)
        tile_load(&tile, height, vectors, start, 0);
    else
        tile_load(&tile, height, vectors, sums, step);
    for (; run < end; run++) {
        const real *row[GEMM_ROWS];
        UNROLL(14)
        for (int r = 0; r < height; r++) row[r] = rows + place[r] + run->from;
        const real *numbers = panel.numbers + run->at * panel.step;
        UNROLL_BY(4)
        for (ptrdiff_t k = 0; k < run->count; k++, numbers += panel.step) {
            vec column[GEMM_VECTORS];
            tile_columns(column, vectors, numbers);
            UNROLL(14)
            for (int r = 0; r < height; r++) {
                const vec number = vec_all(row[r][k]);
                UNROLL(6)
                for (int v = 0; v < vectors; v++) tile.sum[r][v] += number * column[v];
            }
        }
    }
    // GCC would keep the rows' addresses until then, on the stack.
    __asm__("" : "+r"(sums), "+r"(step));
    tile_store(&tile, height, vectors, vectors * LANES, sums, step);
}

#define GEMM_TILE_PARAMETERS                                                                                 \
    real *restrict sums, ptrdiff_t step, const real *start, const real *rows, const ptrdiff_t *place,        \
        GemmPanel panel, const GemmRun *run, const GemmRun *end
#define GEMM_TILE(name, height, vectors)                                                                     \
    static __attribute__((noinline, unused)) void name(GEMM_TILE_PARAMETERS) {                               \
        gemm_tile_of(height, vectors, sums, step, start, rows, place, panel, run, end);                      \
    }
GEMM_TILE(gemm_tall_tile, GEMM_ROWS, GEMM_VECTORS)
GEMM_TILE(gemm_short_tile, GEMM_SHORT, GEMM_VECTORS)
GEMM_TILE(gemm_low_tile, GEMM_LOW, GEMM_VECTORS)
GEMM_TILE(gemm_tall_half, GEMM_ROWS, GEMM_VECTORS / 2)
GEMM_TILE(gemm_short_half, GEMM_SHORT, GEMM_VECTORS / 2)
GEMM_TILE(gemm_low_half, GEMM_LOW, GEMM_VECTORS / 2)
#undef GEMM_TILE

// The same, of one of the heights.
VEC_INLINE void gemm_tile(ptrdiff_t height, GEMM_TILE_PARAMETERS) {
    GEMM_BY_HEIGHT(height, gemm, tile, sums, step, start, rows, place, panel, run, end);
}

// The same with the first half of a panel, where the others are beyond the last column.
VEC_INLINE void gemm_half_tile(ptrdiff_t height, GEMM_TILE_PARAMETERS) {
    GEMM_BY_HEIGHT(height, gemm, half, sums, step, start, rows, place, panel, run, end);
}

// The sums of `rows` rows, from `first` on, in the panel that begins with `column`, are their results.
static __attribute__((noinline, unused)) void gemm_store(const Gemm *gemm, const real *sums, ptrdiff_t first,
                                                         ptrdiff_t rows, ptrdiff_t column) {
    const ptrdiff_t columns = gemm_least(PANEL_COLUMNS, gemm->columns - column);
    for (ptrdiff_t r = 0; r < rows; r++, sums += PANEL_COLUMNS)
        for (ptrdiff_t i = 0; i < columns; i += LANES)
            vec_store_part(gemm->output + gemm->result[first + r] + column + i, vec_load(sums + i),
                           columns - i);
}

// All rows through the numbers of a panel that `run` to `end` are; the panel begins with `column`.
static inline void gemm_part(const Gemm *gemm, ptrdiff_t column, const GemmRun *run, const GemmRun *end) {
    const GemmPanel panel = gemm->as_they_are
                                ? (GemmPanel){gemm->panels + column, gemm->columns}
                                : (GemmPanel){gemm->panels + column * gemm->depth, PANEL_COLUMNS};
    const bool begins = run == gemm->runs, ends = end == gemm->runs + gemm->run_count;
    const real *start = !begins ? NULL : gemm->bias ? gemm->bias + column : gemm_zeros;
    // Whether tiles store results where these belong.
    const bool in_place =
        begins && ends && !gemm->finish && gemm->result_step > 0 && gemm->columns - column >= PANEL_COLUMNS;
    for (ptrdiff_t row = 0, height; row < gemm->row_count; row += height) {
        height = gemm_height(gemm->row_count - row);
        const ptrdiff_t last = gemm->row_count - height, first = last < 0 ? 0 : gemm_least(row, last);
        // What is not needed for another part takes the same place again and again, in the first-level cache.
        real *sums = gemm->sums + (begins && ends ? 0 : row * PANEL_COLUMNS);
        if (in_place && last >= 0) {
            gemm_tile(height, gemm->output + gemm->result[first] + column, gemm->result_step, start,
                      gemm->rows, gemm->place + first, panel, run, end);
            continue;
        }
        if (gemm->columns - column > PANEL_COLUMNS / 2)
            gemm_tile(height, sums, PANEL_COLUMNS, start, gemm->rows, gemm->place + first, panel, run, end);
        else
            gemm_half_tile(height, sums, PANEL_COLUMNS, start, gemm->rows, gemm->place + first, panel, run,
                           end);
        if (!ends) continue;
        const ptrdiff_t rows = gemm_least(height, gemm->row_count);
        if (gemm->finish)
            gemm->finish(gemm, sums, first, rows, column, gemm->slots);
        else
            gemm_store(gemm, sums, first, rows, column);
    }
}

static __attribute__((noinline, unused)) void gemm_multiply(const Gemm *gemm) {
    const GemmRun *last = gemm->runs + gemm->run_count;
    for (ptrdiff_t column = 0; column < gemm->columns; column += PANEL_COLUMNS) {
        const GemmRun *run = gemm->runs, *end = run;
        do {
            for (ptrdiff_t depth = 0; end < last && depth < GEMM_DEPTH; end++) depth += end->count;
            gemm_part(gemm, column, run, end);
            run = end;
        } while (run < last);
    }
}

// The sums: of one tile at a time, or of all, if a panel is used in parts.
static __attribute__((unused)) void gemm_prepare(Gemm *gemm, ptrdiff_t count, void *scratch) {
    (void)count;
    gemm->sums = gemm_aligned(scratch);
}

static const GemmMethod gemm_method __attribute__((unused)) = {gemm_prepare, gemm_multiply};

#endif
