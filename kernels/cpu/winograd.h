// Convolutions by Winograd's minimal filtering (cpu/winograd_tiles.h). The tiles of all images are worked on
// in blocks: their input tiles are transformed, [position][tile][channel]; then, panel after panel of the
// filters, each position's matrix is multiplied with that of the transformed weights (ref/pack_winograd.h),
// and the products are transformed into outputs. A block's transformed inputs stay in the second-level cache
// while all panels pass them, and the products of one panel are there for their own transform alone. What a
// tile becomes does not depend on the block it is in.
#ifndef KERNELS_CPU_WINOGRAD_H
#define KERNELS_CPU_WINOGRAD_H

#include "cpu/winograd_lanes.h"
#include "cpu/winograd_tiles.h"

// A block's transformed inputs have at most so many numbers, unless these are fewer than a tile of the
// product: 256 KB, of a second-level cache of 512 KB or more.
enum { WINOGRAD_BLOCK_NUMBERS = 262144 / (int)sizeof(real) };

typedef struct Winograd {
    const KernelSizes *sizes;
    WinogradTiles tiles;
    const real *weights;
    ptrdiff_t block;                  // tiles at a time, with those that fill the last tile of a product
    ptrdiff_t input_plane, sum_plane; // numbers from one position to the next
    ptrdiff_t *place;                 // of each tile in its plane
    real *inputs, *sums, *results;    // [position][tile][pitch]; of a panel, [position][tile]; of a tile
} Winograd;

// Blocks as even as possible, of whole tiles of the product.
static inline ptrdiff_t winograd_block(ptrdiff_t tiles, ptrdiff_t numbers) {
    const ptrdiff_t most = TILE_MOST(WINOGRAD_BLOCK_NUMBERS / numbers, GEMM_ROWS);
    const ptrdiff_t blocks = TILE_ROUND_UP(tiles, most);
    return gemm_covered(TILE_ROUND_UP(tiles, blocks));
}

// Scratch: planes of `block` tiles, so many pixels' results, places, and from *end on what the images need.
static inline Winograd winograd_new(const KernelSizes *sizes, WinogradTiles tiles, ptrdiff_t block,
                                    ptrdiff_t results, void *scratch, real **end) {
    Winograd w = {.sizes = sizes, .tiles = tiles, .block = block};
    const int positions = tiles.side * tiles.side;
    w.input_plane = winograd_plane(block * tiles.pitch);
    w.sum_plane = winograd_plane(block * PANEL_COLUMNS);
    w.inputs = gemm_aligned(scratch);
    w.sums = w.inputs + positions * w.input_plane;
    w.results = w.sums + positions * w.sum_plane;
    w.place = (ptrdiff_t *)(w.results + results * PANEL_COLUMNS);
    *end = (real *)(w.place + block);
    return w;
}

// The places of a block's tiles: of those that only fill the last tile of a product, that of the first.
static inline void winograd_places(const Winograd *w, ptrdiff_t count) {
    for (ptrdiff_t t = 0; t < w->block; t++) w->place[t] = t < count ? t * w->tiles.pitch : 0;
}

// Vectors of the panel that begins with `column` which are not all beyond the last filter.
static inline ptrdiff_t winograd_vectors(const Winograd *w, ptrdiff_t column) {
    return TILE_ROUND_UP(gemm_least(w->sizes->filters - column, PANEL_COLUMNS), LANES);
}

// The products of a block with the panel that begins with `column`.
static __attribute__((noinline, unused)) void winograd_multiply(const Winograd *w, ptrdiff_t column,
                                                                ptrdiff_t count) {
    const int positions = w->tiles.side * w->tiles.side;
    const ptrdiff_t depth = w->sizes->channels;
    const bool half = winograd_vectors(w, column) <= GEMM_VECTORS / 2;
    const real *panel = w->weights + positions * column * depth;
    for (int position = 0; position < positions; position++, panel += depth * PANEL_COLUMNS)
        for (ptrdiff_t k = 0; k < depth; k += GEMM_DEPTH) {
            const GemmRun run = {k, k, gemm_least(GEMM_DEPTH, depth - k)};
            for (ptrdiff_t t = 0, height; t < count; t += height) {
                height = gemm_height(count - t);
                real *sums = w->sums + position * w->sum_plane + t * PANEL_COLUMNS;
                const real *inputs = w->inputs + position * w->input_plane;
                const real *start = k > 0 ? NULL : gemm_zeros;
                const GemmPanel of_position = {panel, PANEL_COLUMNS};
                if (half)
                    gemm_half_tile(height, sums, PANEL_COLUMNS, start, inputs, w->place + t, of_position,
                                   &run, &run + 1);
                else
                    gemm_tile(height, sums, PANEL_COLUMNS, start, inputs, w->place + t, of_position, &run,
                              &run + 1);
            }
        }
}

// The results of a tile in `columns` columns each way, from a panel's sums.
VEC_INLINE void winograd_results(const Winograd *w, const real *sums, ptrdiff_t vectors, ptrdiff_t columns) {
    const ptrdiff_t row = columns * PANEL_COLUMNS;
    for (ptrdiff_t v = 0; v < vectors; v++) {
        real *to = w->results + v * LANES;
        const real *from = sums + v * LANES;
#define WINOGRAD_CLOSE(side, outputs)                                                                        \
    winograd_close(WINOGRAD_OUTPUT, side, outputs, to, row, PANEL_COLUMNS, from, w->sum_plane)
        WINOGRAD_SIZES(w->tiles.side, w->tiles.outputs, WINOGRAD_CLOSE);
#undef WINOGRAD_CLOSE
    }
}

static __attribute__((noinline, unused)) void winograd_outputs(const Winograd *w, const Gemm *finished,
                                                               ptrdiff_t column, ptrdiff_t first,
                                                               ptrdiff_t count) {
    const KernelSizes *sizes = w->sizes;
    const WinogradTiles *tiles = &w->tiles;
    ptrdiff_t result[WINOGRAD_MOST_SIDE * WINOGRAD_MOST_SIDE];
    Gemm gemm = *finished;
    gemm.result = result;
    for (ptrdiff_t t = 0; t < count; t++) {
        const ptrdiff_t image = (first + t) / (tiles->down * tiles->across);
        const ptrdiff_t y = (first + t) / tiles->across % tiles->down * tiles->outputs,
                        x = (first + t) % tiles->across * tiles->outputs;
        const ptrdiff_t rows = gemm_least(tiles->outputs, sizes->output_height - y),
                        columns = gemm_least(tiles->outputs, sizes->output_width - x);
        gemm.row_count = 0;
        for (ptrdiff_t i = 0; i < rows; i++)
            for (ptrdiff_t j = 0; j < columns; j++)
                result[gemm.row_count++] =
                    ((image * sizes->output_height + y + i) * sizes->output_width + x + j) * sizes->filters;
        winograd_results(w, w->sums + t * PANEL_COLUMNS, winograd_vectors(w, column), columns);
        gemm.finish(&gemm, w->results, 0, gemm.row_count, column, gemm.slots);
    }
}

KERNEL_SHARED void conv_forward_winograd(int side, real *restrict output, const real *restrict input,
                                         const real *restrict weights, void *restrict scratch,
                                         const void *const *slots, const KernelSizes *sizes,
                                         GemmFinish *finish, GemmFinishTurned *finish_turned) {
    if (winograd_lanes_fit(sizes)) {
        conv_forward_winograd_lanes(side, output, input, weights, scratch, slots, sizes, finish_turned);
        return;
    }
    real *end;
    const WinogradTiles of_outputs = winograd_tiles(side, sizes->output_height, sizes->output_width, sizes);
    const ptrdiff_t tiles = sizes->images * of_outputs.down * of_outputs.across;
    Winograd w = winograd_new(sizes, of_outputs, winograd_block(tiles, side * side * of_outputs.pitch),
                              of_outputs.outputs * of_outputs.outputs, scratch, &end);
    WinogradImages images = winograd_input_images(&w.tiles, input, sizes, end, &end);
    const Gemm gemm = {.output = output, .finish = finish, .slots = slots, .columns = sizes->filters};
    w.weights = weights;
    for (ptrdiff_t first = 0; first < tiles; first += w.block) {
        const ptrdiff_t count = gemm_least(w.block, tiles - first);
        winograd_places(&w, count);
        winograd_inputs(&w.tiles, &images, first, count, w.inputs, w.input_plane);
        for (ptrdiff_t column = 0; column < sizes->filters; column += PANEL_COLUMNS) {
            winograd_multiply(&w, column, count);
            winograd_outputs(&w, &gemm, column, first, count);
        }
    }
}

#endif
