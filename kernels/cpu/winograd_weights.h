// The gradient of a convolution's weights by Winograd's transforms (cpu/winograd_tiles.h): input tiles and
// tiles of the output gradient are transformed, multiplied position by position and summed over all tiles,
// and the sums are transformed into the window. Some tiles at a time; of these, the inputs stay in the
// second-level cache while the gradients are transformed panel by panel, and the sums of some channels with a
// panel are made in all positions and transformed at once, so that they stay in the first cache levels.
#ifndef KERNELS_CPU_WINOGRAD_WEIGHTS_H
#define KERNELS_CPU_WINOGRAD_WEIGHTS_H

#include "cpu/gemm_weights.h"
#include "cpu/winograd_part.h"
#include "cpu/winograd_tiles.h"

enum {
    WINOGRAD_DEPTH = 64, // tiles at a time, at least: the sums' transform costs as much as four;
    WINOGRAD_DEPTH_NUMBERS =
        524288 / (int)sizeof(real), // more while what is transformed of them is 512 KB or less
    WINOGRAD_CHANNEL_ROWS = TILE_MOST(24 / GEMM_ROWS, 1) * GEMM_ROWS
};

typedef struct WinogradWeights {
    const KernelSizes *sizes;
    ptrdiff_t channels; // of the gradient
    WinogradTiles tiles;
    ptrdiff_t depth;                                  // tiles at a time
    ptrdiff_t input_plane, gradient_plane, sum_plane; // numbers from one position to the next
    real *inputs;                                     // [position][tile][pitch]
    real *gradients;                                  // of a panel, [position][tile][PANEL_COLUMNS]
    real *sums;                                       // [position][WINOGRAD_CHANNEL_ROWS][PANEL_COLUMNS]
    real *window;                                     // [window][PANEL_COLUMNS]
} WinogradWeights;

// Scratch: the planes, and from *end on what the images need.
static inline WinogradWeights winograd_weights_new(int side, const WinogradPart *part,
                                                   const KernelSizes *sizes, void *scratch, real **end) {
    const ptrdiff_t positions = side * side;
    WinogradWeights w = {.sizes = sizes,
                         .channels = part->channels,
                         .tiles = winograd_tiles(side, sizes->output_height, sizes->output_width, sizes)};
    w.tiles.pitch = TILE_ROUND_UP(part->channels, LANES) * LANES;
    const ptrdiff_t tiles = part->images * w.tiles.down * w.tiles.across;
    const ptrdiff_t most = WINOGRAD_DEPTH_NUMBERS / (positions * (w.tiles.pitch + PANEL_COLUMNS));
    const ptrdiff_t blocks = TILE_ROUND_UP(tiles, TILE_MOST(most, WINOGRAD_DEPTH));
    w.depth = TILE_ROUND_UP(tiles, blocks);
    w.input_plane = winograd_plane(w.depth * w.tiles.pitch);
    w.gradient_plane = winograd_plane(w.depth * PANEL_COLUMNS);
    w.sum_plane = winograd_plane(WINOGRAD_CHANNEL_ROWS * PANEL_COLUMNS);
    w.inputs = gemm_aligned(scratch);
    w.gradients = w.inputs + positions * w.input_plane;
    w.sums = w.gradients + positions * w.gradient_plane;
    w.window = w.sums + positions * w.sum_plane;
    *end = w.window + sizes->window_height * sizes->window_width * PANEL_COLUMNS;
    return w;
}

// Tiles of the panel of filters that begins with `column`.
static __attribute__((noinline, unused)) void winograd_gradients(const WinogradWeights *w,
                                                                 WinogradImages images, ptrdiff_t column,
                                                                 ptrdiff_t first, ptrdiff_t count) {
    images.images += column;
    images.numbers = gemm_least(PANEL_COLUMNS, w->sizes->filters - column);
    images.held = -1;
    winograd_open_tiles(WINOGRAD_GRADIENT, &w->tiles, &images, first, count, w->gradients, PANEL_COLUMNS,
                        w->gradient_plane);
}

// The sums of `count` tiles, of the channels of a block from `channel` on, in all positions of a panel.
static inline void winograd_channel_sums(const WinogradWeights *w, ptrdiff_t channel, ptrdiff_t channels,
                                         ptrdiff_t count) {
    for (int position = 0; position < w->tiles.side * w->tiles.side; position++)
        for (ptrdiff_t row = 0, height; row < channels; row += height) {
            const GemmPanel panel = {w->gradients + position * w->gradient_plane, PANEL_COLUMNS};
            height = gemm_height(channels - row);
            gemm_weights_tile(height, w->sums + position * w->sum_plane + row * PANEL_COLUMNS, PANEL_COLUMNS,
                              false, w->inputs + position * w->input_plane + channel + row, w->tiles.pitch,
                              panel, count);
        }
}

// Adds the window that the sums of a channel are transformed into: `columns` filters of it.
static inline void winograd_add_window(const WinogradWeights *w, real *gradient, real *sums,
                                       ptrdiff_t columns) {
    const int window = (int)w->sizes->window_height;
    const ptrdiff_t step = w->channels * w->sizes->filters;
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

// Adds what `count` tiles give to the panel of filters that begins with `column`.
static __attribute__((noinline, unused)) void winograd_add_panel(const WinogradWeights *w, real *gradient,
                                                                 ptrdiff_t column, ptrdiff_t count) {
    const ptrdiff_t filters = w->sizes->filters;
    for (ptrdiff_t channel = 0; channel < w->channels; channel += WINOGRAD_CHANNEL_ROWS) {
        const ptrdiff_t channels = gemm_least(WINOGRAD_CHANNEL_ROWS, w->channels - channel);
        winograd_channel_sums(w, channel, channels, count);
        for (ptrdiff_t c = 0; c < channels; c++)
            winograd_add_window(w, gradient + (channel + c) * filters + column, w->sums + c * PANEL_COLUMNS,
                                gemm_least(PANEL_COLUMNS, filters - column));
    }
}

KERNEL_SHARED void conv_weights_winograd(int side, real *restrict gradient, const real *restrict input,
                                         const real *restrict output_gradient, WinogradPart part,
                                         void *restrict scratch, const KernelSizes *sizes) {
    real *end;
    const WinogradWeights w = winograd_weights_new(side, &part, sizes, scratch, &end);
    WinogradImages inputs = winograd_input_images(&w.tiles, input + part.first, sizes, end, &end),
                   gradients = winograd_whole_images(&w.tiles, output_gradient, sizes->output_height,
                                                     sizes->output_width, sizes->filters, sizes, end, &end);
    inputs.numbers = part.channels;
    inputs.together = gradients.together = part.together;
    inputs.apart = gradients.apart = part.apart;
    const ptrdiff_t tiles = part.images * w.tiles.down * w.tiles.across;
    for (ptrdiff_t first = 0; first < tiles; first += w.depth) {
        const ptrdiff_t count = gemm_least(w.depth, tiles - first);
        winograd_inputs(&w.tiles, &inputs, first, count, w.inputs, w.input_plane);
        for (ptrdiff_t column = 0; column < sizes->filters; column += PANEL_COLUMNS) {
            winograd_gradients(&w, gradients, column, first, count);
            winograd_add_panel(&w, gradient, column, count);
        }
    }
}

#endif
