// Products of matrices in bf16, summed in float: the instructions of Intel's AMX where the target has them,
// else plain C that computes the same.
//
// A block of sums is 2x2 tiles of 16x16 floats. Each step adds 32 products to each sum: of 32 rows with 32
// numbers each, and of 32 columns, whose numbers lie in pairs (bf16_panel_place in bf16.h).
//
// What a step does to a sum, as the manual describes TDPBF16PS: even = 0 and odd = 0; for each pair of
// products in its order, even += first product and odd += second one, both as multiply-adds that round once;
// then sum += even + odd. Rounding is to nearest, ties to even, and numbers below the smallest normal one
// count as zero, both as operands and as results. The plain C does the same in the same order, provided that
// the thread treats such numbers as zero, as all threads of programs do (runtime/team.c). A product of two
// bf16 is exact in float unless it is below the smallest normal number or beyond the largest one; only then
// does it matter whether the processor (and the compiler, which uses it from -O2 on) has multiply-adds:
// without them such a product is zero or infinite before it is added.
//
// Between amx_begin and amx_end the thread's tiles are this block's.
#ifndef KERNELS_AMX_H
#define KERNELS_AMX_H

#include "bf16.h"
#include "panel.h"

enum { AMX_TILE = 16, AMX_ROWS = 2 * AMX_TILE, AMX_COLUMNS = BF16_PANEL, AMX_DEPTH = 32 };

// The second name is that of older versions of Clang.
#if (defined(__AMX_BF16__) || defined(__AMXBF16__)) && defined(__linux__) && VEC_BYTES >= 32
#define AMX_INSTRUCTIONS 1
#else
#define AMX_INSTRUCTIONS 0
#endif

#if AMX_INSTRUCTIONS

#include <immintrin.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

// Tiles 0 to 3 are the sums, row by row; 4 and 5 rows, 6 and 7 columns.
typedef struct AmxBlock {
    bool tall; // it has more than one tile of rows
} AmxBlock;

// Linux gives a process the tiles' registers only when it asks for them.
static inline void amx_ask(void) {
    enum { REQUEST_STATE = 0x1023, TILE_DATA = 18 }; // ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA
    static int granted;
    if (__atomic_load_n(&granted, __ATOMIC_RELAXED)) return;
    if (syscall(SYS_arch_prctl, REQUEST_STATE, TILE_DATA) != 0) {
        fputs("this program was built for a processor with AMX, which this system does not offer; build it "
              "here, or with another --march\n",
              stderr);
        exit(1);
    }
    __atomic_store_n(&granted, 1, __ATOMIC_RELAXED);
}

VEC_INLINE void amx_begin(AmxBlock *block) {
    static const struct {
        uint8_t palette, start_row, reserved[14];
        uint16_t row_bytes[16];
        uint8_t rows[16];
    } layout = {.palette = 1,
                .row_bytes = {64, 64, 64, 64, 64, 64, 64, 64},
                .rows = {16, 16, 16, 16, 16, 16, 16, 16}};
    amx_ask();
    block->tall = true;
    _tile_loadconfig(&layout);
}

VEC_INLINE void amx_end(AmxBlock *block) {
    (void)block;
    _tile_release();
}

VEC_INLINE void amx_clear(AmxBlock *block, ptrdiff_t rows) {
    block->tall = rows > AMX_TILE;
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
}

VEC_INLINE void amx_multiply_add(AmxBlock *block, const bf16 *rows, ptrdiff_t step, const bf16 *columns) {
    // The compiler does not know that loading tiles reads memory.
    __asm__ volatile("" ::: "memory");
    _tile_loadd(4, rows, step * 2);
    _tile_loadd(6, columns, 64);
    _tile_loadd(7, columns + AMX_DEPTH * AMX_TILE, 64);
    _tile_dpbf16ps(0, 4, 6);
    _tile_dpbf16ps(1, 4, 7);
    if (block->tall) {
        _tile_loadd(5, rows + AMX_TILE * step, step * 2);
        _tile_dpbf16ps(2, 5, 6);
        _tile_dpbf16ps(3, 5, 7);
    }
}

VEC_INLINE void amx_store(const AmxBlock *block, real *sums) {
    enum { STEP = PANEL_COLUMNS * (int)sizeof(real) };
    real *second = sums + (VEC_BYTES == 64 ? AMX_TILE : AMX_ROWS * AMX_TILE);
    _tile_stored(0, sums, STEP);
    _tile_stored(1, second, STEP);
    if (block->tall) {
        _tile_stored(2, sums + AMX_TILE * PANEL_COLUMNS, STEP);
        _tile_stored(3, second + AMX_TILE * PANEL_COLUMNS, STEP);
    }
    __asm__ volatile("" ::: "memory");
}

#else

// Operands as floats: of a pair of numbers of columns the first ones, then the second ones.
typedef struct AmxBlock {
    vec sums[AMX_ROWS][AMX_COLUMNS / LANES];
    vec columns[2][BF16_PAIRS][2][AMX_TILE / LANES];
    real rows[AMX_ROWS][AMX_DEPTH];
    int row_tiles;
} AmxBlock;

VEC_INLINE void amx_begin(AmxBlock *block) {
    (void)block;
}

VEC_INLINE void amx_end(AmxBlock *block) {
    (void)block;
}

// Sums of zero, of so many rows: a tile of rows may be left out.
VEC_INLINE void amx_clear(AmxBlock *block, ptrdiff_t rows) {
    block->row_tiles = rows > AMX_TILE ? 2 : 1;
    __builtin_memset(block->sums, 0, sizeof block->sums);
}

static inline void amx_load_rows(AmxBlock *block, const bf16 *rows, ptrdiff_t step) {
    for (int r = 0; r < block->row_tiles * AMX_TILE; r++, rows += step)
        for (int i = 0; i < AMX_DEPTH; i += 2 * LANES) {
            const bf16_words words = *(const bf16_words_unaligned *)(rows + i);
            const vec even = bf16_lower(words), odd = bf16_upper(words);
            vec_store(block->rows[r] + i / 2, even);
            vec_store(block->rows[r] + AMX_DEPTH / 2 + i / 2, odd);
        }
}

static inline void amx_load_columns(AmxBlock *block, const bf16 *columns) {
    for (int tile = 0; tile < 2; tile++)
        for (int pair = 0; pair < BF16_PAIRS; pair++)
            for (int v = 0; v < AMX_TILE / LANES; v++, columns += 2 * LANES) {
                const bf16_words words = *(const bf16_words_unaligned *)columns;
                block->columns[tile][pair][0][v] = bf16_lower(words);
                block->columns[tile][pair][1][v] = bf16_upper(words);
            }
}

enum { AMX_VECTORS = AMX_TILE / LANES, AMX_STRIP = VEC_REGISTERS / (4 * AMX_VECTORS) };

// A step for AMX_STRIP rows of a tile, whose sums of even and odd products fill half of the registers.
VEC_INLINE void amx_strip(AmxBlock *block, int row, int tile) {
    vec even[AMX_STRIP][AMX_VECTORS] = {{{0}}}, odd[AMX_STRIP][AMX_VECTORS] = {{{0}}};
    for (int pair = 0; pair < BF16_PAIRS; pair++) {
        vec columns[2][AMX_VECTORS];
        UNROLL(4)
        for (int v = 0; v < AMX_VECTORS; v++) {
            columns[0][v] = block->columns[tile][pair][0][v];
            columns[1][v] = block->columns[tile][pair][1][v];
            VEC_KEEP(columns[0][v]);
            VEC_KEEP(columns[1][v]);
        }
        UNROLL(8)
        for (int r = 0; r < AMX_STRIP; r++) {
            const vec first = vec_all(block->rows[row + r][pair]),
                      second = vec_all(block->rows[row + r][AMX_DEPTH / 2 + pair]);
            UNROLL(4)
            for (int v = 0; v < AMX_VECTORS; v++) {
                even[r][v] += first * columns[0][v];
                odd[r][v] += second * columns[1][v];
            }
        }
    }
    UNROLL(8)
    for (int r = 0; r < AMX_STRIP; r++) {
        UNROLL(4)
        for (int v = 0; v < AMX_VECTORS; v++)
            block->sums[row + r][tile * AMX_VECTORS + v] += even[r][v] + odd[r][v];
    }
}

// A step: the rows lie `step` numbers apart, the columns in two tiles one after the other.
static inline void amx_multiply_add(AmxBlock *block, const bf16 *rows, ptrdiff_t step, const bf16 *columns) {
    amx_load_rows(block, rows, step);
    amx_load_columns(block, columns);
    for (int row = 0; row < block->row_tiles * AMX_TILE; row += AMX_STRIP)
        for (int tile = 0; tile < 2; tile++) amx_strip(block, row, tile);
}

// The sums, in panels as other kernels have them: [panel][AMX_ROWS][PANEL_COLUMNS].
static inline void amx_store(const AmxBlock *block, real *sums) {
    for (int r = 0; r < block->row_tiles * AMX_TILE; r++)
        for (int i = 0; i < AMX_COLUMNS; i += LANES)
            vec_store(sums + (i / PANEL_COLUMNS * AMX_ROWS + r) * PANEL_COLUMNS + i % PANEL_COLUMNS,
                      block->sums[r][i / LANES]);
}

#endif
#endif
