// Convolutions by Winograd's minimal filtering (cpu/winograd_transform.h): with stride 1, no dilation, one
// group and a square window. The tiles of all images are worked on in blocks: their input tiles are
// transformed, [position][tile][channel]; then, panel after panel of the filters, each position's matrix is
// multiplied with that of the transformed weights (ref/pack_winograd.h) and the products are transformed into
// outputs. A block's transformed inputs stay in the second-level cache while all panels pass them, and the
// products of one panel are there for their own transform alone. What a tile becomes does not depend on the
// block it is in.
#ifndef KERNELS_CPU_WINOGRAD_H
#define KERNELS_CPU_WINOGRAD_H

#include "cpu/gemm_tile.h"
#include "cpu/pad.h"
#include "cpu/winograd_transform.h"

// A block's transformed inputs have at most so many numbers, unless these are fewer than a tile of the
// product: 256 KB, of a second-level cache of 512 KB or more.
enum { WINOGRAD_BLOCK_NUMBERS = 262144 / (int)sizeof(real), WINOGRAD_LINE = 64 / (int)sizeof(real) };

typedef struct Winograd {
    const KernelSizes *sizes;
    const real *images, *weights;
    int side, outputs;                // of a tile, each way: numbers, and results
    ptrdiff_t down, across, tiles;    // tiles of an image, of all images
    ptrdiff_t pitch;                  // numbers from one tile to the next: its channels in whole vectors
    ptrdiff_t block;                  // tiles of a block, with those that fill the last tile of a product
    ptrdiff_t input_plane, sum_plane; // numbers from one position to the next
    ptrdiff_t height, width;          // of an image on which all tiles lie whole
    ptrdiff_t padded_image;           // the one that `padded` holds
    ptrdiff_t *place;                 // of each tile in its plane
    real *inputs, *sums, *results;    // [position][tile][pitch]; of a panel [position][tile]; [output]
    real *padded;                     // NULL: the images need no zeros around
} Winograd;

// So many numbers that planes lie in different sets of the cache: an odd number of its lines.
static ptrdiff_t winograd_plane(ptrdiff_t numbers) {
    return (((numbers + WINOGRAD_LINE - 1) / WINOGRAD_LINE) | 1) * WINOGRAD_LINE;
}

// Blocks as even as possible, of whole tiles of the product.
static ptrdiff_t winograd_block(ptrdiff_t tiles, ptrdiff_t numbers) {
    ptrdiff_t most = WINOGRAD_BLOCK_NUMBERS / numbers / GEMM_ROWS * GEMM_ROWS;
    if (most < GEMM_ROWS) most = GEMM_ROWS;
    const ptrdiff_t blocks = (tiles + most - 1) / most;
    return ((tiles + blocks - 1) / blocks + GEMM_ROWS - 1) / GEMM_ROWS * GEMM_ROWS;
}

// The sizes, and the scratch: planes, places, a tile's results, an image between zeros.
static Winograd winograd_new(int side, const KernelSizes *sizes, void *scratch) {
    Winograd w = {.sizes = sizes,
                  .side = side,
                  .outputs = side - (int)sizes->window_height + 1,
                  .pitch = (sizes->channels + LANES - 1) / LANES * LANES,
                  .padded_image = -1};
    w.down = (sizes->output_height + w.outputs - 1) / w.outputs;
    w.across = (sizes->output_width + w.outputs - 1) / w.outputs;
    w.tiles = sizes->images * w.down * w.across;
    w.height = w.down * w.outputs + side - w.outputs;
    w.width = w.across * w.outputs + side - w.outputs;
    w.block = winograd_block(w.tiles, side * side * w.pitch);
    w.input_plane = winograd_plane(w.block * w.pitch);
    w.sum_plane = winograd_plane(w.block * PANEL_COLUMNS);
    w.inputs = gemm_aligned(scratch);
    w.sums = w.inputs + side * side * w.input_plane;
    w.results = w.sums + side * side * w.sum_plane;
    w.place = (ptrdiff_t *)(w.results + w.outputs * w.outputs * PANEL_COLUMNS);
    const bool whole =
        sizes->pad_top == 0 && sizes->pad_left == 0 && w.height <= sizes->height && w.width <= sizes->width;
    if (!whole) w.padded = (real *)(w.place + w.block);
    return w;
}

// Where the input tile with this number among all images' begins; numbers from one row to the next.
static const real *winograd_tile(Winograd *w, ptrdiff_t tile, ptrdiff_t *row) {
    const KernelSizes *sizes = w->sizes;
    const ptrdiff_t image = tile / (w->down * w->across), y = tile / w->across % w->down,
                    x = tile % w->across;
    const real *numbers = w->images + image * sizes->height * sizes->width * sizes->channels;
    *row = (w->padded ? w->width : sizes->width) * sizes->channels;
    if (w->padded && w->padded_image != image)
        conv_pad(w->padded, numbers, w->height, w->width, sizes->height, sizes->width, sizes->channels,
                 sizes->pad_top, sizes->pad_left);
    w->padded_image = image;
    return (w->padded ? w->padded : numbers) + y * w->outputs * *row + x * w->outputs * sizes->channels;
}

static __attribute__((noinline, unused)) void winograd_inputs(Winograd *w, ptrdiff_t first, ptrdiff_t count) {
    ptrdiff_t row;
    for (ptrdiff_t t = 0; t < count; t++) {
        const real *from = winograd_tile(w, first + t, &row);
        real *to = w->inputs + t * w->pitch;
        if (w->side == 4)
            winograd_input(4, to, w->input_plane, from, row, w->sizes->channels, w->pitch);
        else
            winograd_input(6, to, w->input_plane, from, row, w->sizes->channels, w->pitch);
    }
    for (ptrdiff_t t = 0; t < w->block; t++) w->place[t] = t < count ? t * w->pitch : 0;
}

// The products of a block with the panel that begins with `column`.
static __attribute__((noinline, unused)) void winograd_multiply(const Winograd *w, ptrdiff_t column,
                                                                ptrdiff_t count) {
    const ptrdiff_t depth = w->sizes->channels;
    const real *panel = w->weights + w->side * w->side * column * depth;
    for (int position = 0; position < w->side * w->side; position++, panel += depth * PANEL_COLUMNS)
        for (ptrdiff_t k = 0; k < depth; k += GEMM_DEPTH) {
            const GemmRun run = {k, k, gemm_least(GEMM_DEPTH, depth - k)};
            for (ptrdiff_t t = 0; t < count; t += GEMM_ROWS)
                gemm_tile(w->sums + position * w->sum_plane + t * PANEL_COLUMNS, k > 0,
                          w->inputs + position * w->input_plane, w->place + t, panel, &run, &run + 1);
        }
}

// The results of a tile in `columns` columns each way, from a panel's sums.
VEC_INLINE void winograd_results(const Winograd *w, real *sums, ptrdiff_t columns) {
    for (int v = 0; v < GEMM_VECTORS; v++) {
        real *to = w->results + v * LANES;
        real *from = sums + v * LANES;
        if (w->side == 6)
            winograd_output(6, 4, to, columns * PANEL_COLUMNS, PANEL_COLUMNS, from, w->sum_plane);
        else if (w->outputs == 3)
            winograd_output(4, 3, to, columns * PANEL_COLUMNS, PANEL_COLUMNS, from, w->sum_plane);
        else
            winograd_output(4, 2, to, columns * PANEL_COLUMNS, PANEL_COLUMNS, from, w->sum_plane);
    }
}

static __attribute__((noinline, unused)) void winograd_outputs(const Winograd *w, const Gemm *finished,
                                                               ptrdiff_t column, ptrdiff_t first,
                                                               ptrdiff_t count) {
    const KernelSizes *sizes = w->sizes;
    ptrdiff_t result[WINOGRAD_MOST_SIDE * WINOGRAD_MOST_SIDE];
    Gemm gemm = *finished;
    gemm.result = result;
    for (ptrdiff_t t = 0; t < count; t++) {
        const ptrdiff_t image = (first + t) / (w->down * w->across);
        const ptrdiff_t y = (first + t) / w->across % w->down * w->outputs,
                        x = (first + t) % w->across * w->outputs;
        const ptrdiff_t rows = gemm_least(w->outputs, sizes->output_height - y),
                        columns = gemm_least(w->outputs, sizes->output_width - x);
        gemm.row_count = 0;
        for (ptrdiff_t i = 0; i < rows; i++)
            for (ptrdiff_t j = 0; j < columns; j++)
                result[gemm.row_count++] =
                    ((image * sizes->output_height + y + i) * sizes->output_width + x + j) * sizes->filters;
        winograd_results(w, w->sums + t * PANEL_COLUMNS, columns);
        for (ptrdiff_t row = 0; row < gemm.row_count; row += GEMM_ROWS) {
            const ptrdiff_t last = gemm.row_count - GEMM_ROWS, r = last < 0 ? 0 : gemm_least(row, last);
            gemm.finish(&gemm, w->results + r * PANEL_COLUMNS, r, column, gemm.slots);
        }
    }
}

KERNEL_SHARED void conv_forward_winograd(int side, real *restrict output, const real *restrict input,
                                         const real *restrict weights, void *restrict scratch,
                                         const void *const *slots, const KernelSizes *sizes,
                                         GemmFinish *finish) {
    Winograd w = winograd_new(side, sizes, scratch);
    const Gemm gemm = {.output = output, .finish = finish, .slots = slots, .columns = sizes->filters};
    w.images = input, w.weights = weights;
    for (ptrdiff_t first = 0; first < w.tiles; first += w.block) {
        const ptrdiff_t count = gemm_least(w.block, w.tiles - first);
        winograd_inputs(&w, first, count);
        for (ptrdiff_t column = 0; column < sizes->filters; column += PANEL_COLUMNS) {
            winograd_multiply(&w, column, count);
            winograd_outputs(&w, &gemm, column, first, count);
        }
    }
}

#endif
