// The gradient of a convolution's weights by Winograd's transforms (cpu/winograd_tiles.h): input tiles and
// tiles of the output gradient are transformed, multiplied position by position and summed over all tiles,
// and the sums are transformed into the window. Some tiles at a time; of these, the sums of some channels
// with a panel of filters are made in all positions and transformed at once, so that they stay in the first
// cache levels.
#ifndef KERNELS_CPU_WINOGRAD_WEIGHTS_H
#define KERNELS_CPU_WINOGRAD_WEIGHTS_H

#include "cpu/gemm_weights.h"
#include "cpu/winograd_tiles.h"

enum {
    WINOGRAD_DEPTH = 64, // tiles at a time, at least: the sums' transform costs as much as four;
    WINOGRAD_DEPTH_NUMBERS =
        524288 / (int)sizeof(real), // more while what is transformed of them is 512 KB or less
    WINOGRAD_CHANNEL_ROWS = TILE_MOST(24 / GEMM_ROWS, 1) * GEMM_ROWS
};

typedef struct WinogradWeights {
    const KernelSizes *sizes;
    WinogradTiles tiles;
    ptrdiff_t depth;                                  // tiles at a time
    ptrdiff_t input_plane, gradient_plane, sum_plane; // numbers from one position to the next
    real *inputs;                                     // [position][tile][pitch]
    real *gradients;                                  // [panel][position][tile][PANEL_COLUMNS]
    real *sums;                                       // [position][WINOGRAD_CHANNEL_ROWS][PANEL_COLUMNS]
    real *window;                                     // [window][PANEL_COLUMNS]
} WinogradWeights;

// Scratch: the planes, and from *end on what the images need.
static inline WinogradWeights winograd_weights_new(int side, ptrdiff_t images, const KernelSizes *sizes,
                                                   void *scratch, real **end) {
    const ptrdiff_t panels = (sizes->filters + PANEL_COLUMNS - 1) / PANEL_COLUMNS, positions = side * side;
    WinogradWeights w = {.sizes = sizes,
                         .tiles = winograd_tiles(side, sizes->output_height, sizes->output_width, sizes)};
    const ptrdiff_t tiles = images * w.tiles.down * w.tiles.across;
    const ptrdiff_t most = WINOGRAD_DEPTH_NUMBERS / (positions * (w.tiles.pitch + panels * PANEL_COLUMNS));
    const ptrdiff_t blocks = TILE_ROUND_UP(tiles, TILE_MOST(most, WINOGRAD_DEPTH));
    w.depth = TILE_ROUND_UP(tiles, blocks);
    w.input_plane = winograd_plane(w.depth * w.tiles.pitch);
    w.gradient_plane = winograd_plane(w.depth * PANEL_COLUMNS);
    w.sum_plane = winograd_plane(WINOGRAD_CHANNEL_ROWS * PANEL_COLUMNS);
    w.inputs = gemm_aligned(scratch);
    w.gradients = w.inputs + positions * w.input_plane;
    w.sums = w.gradients + panels * positions * w.gradient_plane;
    w.window = w.sums + positions * w.sum_plane;
    *end = w.window + sizes->window_height * sizes->window_width * PANEL_COLUMNS;
    return w;
}

static __attribute__((noinline, unused)) void
winograd_gradients(const WinogradWeights *w, WinogradImages *images, ptrdiff_t first, ptrdiff_t count) {
    const WinogradTiles *tiles = &w->tiles;
    const ptrdiff_t filters = w->sizes->filters, panel_size = tiles->side * tiles->side * w->gradient_plane;
    ptrdiff_t row;
    for (ptrdiff_t t = 0; t < count; t++) {
        const ptrdiff_t tile = first + t;
        const real *from = winograd_tile(images, tile / (tiles->down * tiles->across),
                                         tile / tiles->across % tiles->down * tiles->outputs,
                                         tile % tiles->across * tiles->outputs, &row);
        real *to = w->gradients + t * PANEL_COLUMNS;
        for (ptrdiff_t column = 0; column < filters; column += PANEL_COLUMNS, to += panel_size) {
            const ptrdiff_t columns = gemm_least(PANEL_COLUMNS, filters - column);
            const real *at = from + column;
#define WINOGRAD_OPEN(side, outputs)                                                                         \
    winograd_open(WINOGRAD_GRADIENT, side, outputs, to, w->gradient_plane, at, row, filters, columns)
            WINOGRAD_SIZES(tiles->side, tiles->outputs, WINOGRAD_OPEN);
#undef WINOGRAD_OPEN
        }
    }
}

// The sums of `count` tiles, of the channels of a block from `channel` on, in all positions of a panel.
static inline void winograd_channel_sums(const WinogradWeights *w, ptrdiff_t channel, ptrdiff_t channels,
                                         const real *panel, ptrdiff_t count) {
    for (int position = 0; position < w->tiles.side * w->tiles.side; position++, panel += w->gradient_plane)
        for (ptrdiff_t row = 0, height; row < channels; row += height) {
            height = gemm_height(channels - row);
            gemm_weights_tile(height, w->sums + position * w->sum_plane + row * PANEL_COLUMNS, PANEL_COLUMNS,
                              false, w->inputs + position * w->input_plane + channel + row, w->tiles.pitch,
                              (GemmPanel){panel, PANEL_COLUMNS}, count);
        }
}

// Adds the window that the sums of a channel are transformed into: `columns` filters of it.
static inline void winograd_add_window(const WinogradWeights *w, real *gradient, real *sums,
                                       ptrdiff_t columns) {
    const int window = (int)w->sizes->window_height;
    const ptrdiff_t step = w->sizes->channels * w->sizes->filters;
    for (ptrdiff_t i = 0; i < columns; i += LANES) {
        real *to = w->window + i, *from = sums + i;
#define WINOGRAD_CLOSE(side, outputs)                                                                        \
    winograd_close(WINOGRAD_WEIGHTS, side, outputs, to, window *PANEL_COLUMNS, PANEL_COLUMNS, from,          \
                   w->sum_plane)
        WINOGRAD_SIZES(w->tiles.side, w->tiles.outputs, WINOGRAD_CLOSE);
#undef WINOGRAD_CLOSE
        for (int tap = 0; tap < window * window; tap++) {
            real *added = gradient + tap * step + i;
            const vec sum = vec_load(added) + vec_load(to + tap * PANEL_COLUMNS);
            vec_store_part(added, sum, columns - i);
        }
    }
}

static __attribute__((noinline, unused)) void winograd_add_tiles(const WinogradWeights *w, real *gradient,
                                                                 ptrdiff_t count) {
    const KernelSizes *sizes = w->sizes;
    for (ptrdiff_t channel = 0; channel < sizes->channels; channel += WINOGRAD_CHANNEL_ROWS) {
        const ptrdiff_t channels = gemm_least(WINOGRAD_CHANNEL_ROWS, sizes->channels - channel);
        const real *panel = w->gradients;
        for (ptrdiff_t column = 0; column < sizes->filters; column += PANEL_COLUMNS) {
            winograd_channel_sums(w, channel, channels, panel, count);
            for (ptrdiff_t c = 0; c < channels; c++)
                winograd_add_window(w, gradient + (channel + c) * sizes->filters + column,
                                    w->sums + c * PANEL_COLUMNS,
                                    gemm_least(PANEL_COLUMNS, sizes->filters - column));
            panel += w->tiles.side * w->tiles.side * w->gradient_plane;
        }
    }
}

KERNEL_SHARED void conv_weights_winograd(int side, real *restrict gradient, const real *restrict input,
                                         const real *restrict output_gradient, ptrdiff_t images,
                                         void *restrict scratch, const KernelSizes *sizes) {
    real *end;
    const WinogradWeights w = winograd_weights_new(side, images, sizes, scratch, &end);
    WinogradImages inputs = winograd_input_images(&w.tiles, input, sizes, end, &end),
                   gradients = winograd_whole_images(&w.tiles, output_gradient, sizes->output_height,
                                                     sizes->output_width, sizes->filters, end, &end);
    const ptrdiff_t tiles = images * w.tiles.down * w.tiles.across;
    for (ptrdiff_t first = 0; first < tiles; first += w.depth) {
        const ptrdiff_t count = gemm_least(w.depth, tiles - first);
        winograd_inputs(&w.tiles, &inputs, first, count, w.inputs, w.input_plane);
        winograd_gradients(&w, &gradients, first, count);
        winograd_add_tiles(&w, gradient, count);
    }
}

#endif
