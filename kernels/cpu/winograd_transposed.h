// Convolutions by Winograd's minimal filtering, transposed: what the input's gradient is to a convolution
// (cpu/winograd_transform.h), with the image that is read as the gradient of the output. So it is the input
// that is cut into tiles, and each gives a tile of side x side outputs, which overlap and are added. Nothing
// is computed of the padding: where images are small, or what they are cut into comes out even, these are
// fewer tiles than the outputs are cut into.
//
// Tiles are worked on in blocks of whole images, and panel after panel, as in cpu/winograd.h. The weights'
// transform is that of the window turned round.
#ifndef KERNELS_CPU_WINOGRAD_TRANSPOSED_H
#define KERNELS_CPU_WINOGRAD_TRANSPOSED_H

#include "cpu/winograd.h"

// The outputs that the tiles of an image reach, with those of windows that lie in its padding alone.
typedef struct WinogradReach {
    ptrdiff_t rows, columns;
    ptrdiff_t top, left; // where the convolution's outputs begin
} WinogradReach;

static inline WinogradReach winograd_reach(const WinogradTiles *tiles, const KernelSizes *sizes) {
    const ptrdiff_t more = sizes->window_height - 1;
    return (WinogradReach){.rows = tiles->down * tiles->outputs + more,
                           .columns = tiles->across * tiles->outputs + more,
                           .top = more - sizes->pad_top,
                           .left = more - sizes->pad_left};
}

// Tiles of as many images as a block may have, of at least one.
static inline ptrdiff_t winograd_image_tiles(const WinogradTiles *tiles, ptrdiff_t images) {
    const ptrdiff_t own = tiles->down * tiles->across;
    const ptrdiff_t most = WINOGRAD_BLOCK_NUMBERS / (tiles->side * tiles->side * tiles->pitch * own);
    return own * TILE_MOST(gemm_least(most, images), 1);
}

// Tiles of the image that is read, transformed as an output's gradient.
static __attribute__((noinline, unused)) void winograd_read_tiles(const Winograd *w, WinogradImages *images,
                                                                  ptrdiff_t first, ptrdiff_t count) {
    winograd_open_tiles(WINOGRAD_GRADIENT, &w->tiles, images, first, count, w->inputs, w->tiles.pitch,
                        w->input_plane);
}

// Zeros where the first tiles each way are added (winograd_close).
static inline void winograd_clear_edges(real *results, const WinogradReach *reach, ptrdiff_t overlap) {
    const ptrdiff_t row = reach->columns * PANEL_COLUMNS;
    __builtin_memset(results, 0, (size_t)(overlap * row) * sizeof(real));
    for (ptrdiff_t y = overlap; y < reach->rows; y++)
        __builtin_memset(results + y * row, 0, (size_t)(overlap * PANEL_COLUMNS) * sizeof(real));
}

// Adds up what the tiles of an image give, from a panel's sums.
static __attribute__((noinline, unused)) void winograd_add_up(const Winograd *w, const WinogradReach *reach,
                                                              const real *sums, ptrdiff_t vectors) {
    const WinogradTiles *tiles = &w->tiles;
    const ptrdiff_t row = reach->columns * PANEL_COLUMNS;
    winograd_clear_edges(w->results, reach, tiles->side - tiles->outputs);
    for (ptrdiff_t tile = 0; tile < tiles->down * tiles->across; tile++, sums += PANEL_COLUMNS) {
        real *results = w->results + tile / tiles->across * tiles->outputs * row +
                        tile % tiles->across * tiles->outputs * PANEL_COLUMNS;
        for (ptrdiff_t v = 0; v < vectors; v++) {
            real *to = results + v * LANES;
            const real *from = sums + v * LANES;
#define WINOGRAD_CLOSE(side, outputs)                                                                        \
    winograd_close(WINOGRAD_INPUT_GRADIENT, side, outputs, to, row, PANEL_COLUMNS, from, w->sum_plane)
            WINOGRAD_SIZES(tiles->side, tiles->outputs, WINOGRAD_CLOSE);
#undef WINOGRAD_CLOSE
        }
    }
}

// The outputs of an image, of which `gemm` has the elements of a row's first to last pixel.
static inline void winograd_finish_image(const Winograd *w, const WinogradReach *reach, const Gemm *gemm,
                                         ptrdiff_t *result, ptrdiff_t image, ptrdiff_t column) {
    const KernelSizes *sizes = w->sizes;
    for (ptrdiff_t y = 0; y < sizes->output_height; y++) {
        const ptrdiff_t first = (image * sizes->output_height + y) * sizes->output_width;
        for (ptrdiff_t x = 0; x < sizes->output_width; x++) result[x] = (first + x) * sizes->filters;
        gemm->finish(gemm, w->results + ((reach->top + y) * reach->columns + reach->left) * PANEL_COLUMNS, 0,
                     sizes->output_width, column, gemm->slots);
    }
}

KERNEL_SHARED void conv_forward_winograd_transposed(int side, real *restrict output,
                                                    const real *restrict input, const real *restrict weights,
                                                    void *restrict scratch, const void *const *slots,
                                                    const KernelSizes *sizes, GemmFinish *finish) {
    const WinogradTiles of_input = winograd_tiles(side, sizes->height, sizes->width, sizes);
    const WinogradReach reach = winograd_reach(&of_input, sizes);
    const ptrdiff_t own = of_input.down * of_input.across,
                    block = winograd_image_tiles(&of_input, sizes->images);
    real *end;
    Winograd w =
        winograd_new(sizes, of_input, gemm_covered(block), reach.rows * reach.columns, scratch, &end);
    ptrdiff_t *result = (ptrdiff_t *)end;
    WinogradImages images =
        winograd_whole_images(&of_input, input, sizes->height, sizes->width, sizes->channels, sizes,
                              (real *)(result + sizes->output_width), &end);
    const Gemm gemm = {
        .output = output, .result = result, .finish = finish, .slots = slots, .columns = sizes->filters};
    w.weights = weights;
    for (ptrdiff_t first = 0; first < sizes->images * own; first += block) {
        const ptrdiff_t count = gemm_least(block, sizes->images * own - first);
        winograd_places(&w, count);
        winograd_read_tiles(&w, &images, first, count);
        for (ptrdiff_t column = 0; column < sizes->filters; column += PANEL_COLUMNS) {
            winograd_multiply(&w, column, count);
            for (ptrdiff_t t = 0; t < count; t += own) {
                winograd_add_up(&w, &reach, w.sums + t * PANEL_COLUMNS, winograd_vectors(&w, column));
                winograd_finish_image(&w, &reach, &gemm, result, (first + t) / own, column);
            }
        }
    }
}

#endif
