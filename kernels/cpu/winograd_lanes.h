// Convolutions by Winograd's minimal filtering where channels or filters fill few of a vector's lanes: a lane
// is a tile. LANES tiles of all images are worked on at a time: their numbers are transposed, so that a
// vector has one number of a channel of each, and stay so up to the outputs. Products are then of such
// vectors and single weights, and no lane is empty but for tiles that the images do not have.
#ifndef KERNELS_CPU_WINOGRAD_LANES_H
#define KERNELS_CPU_WINOGRAD_LANES_H

#include "cpu/winograd_tiles.h"
#include "vec_transpose.h"

// So many filters: the sums of all are registers (kernels.def: WINOGRAD_WINDOW, WINOGRAD_FEW_FILTERS).
enum { WINOGRAD_LEAST_FILTERS = 8, WINOGRAD_FILTERS = 12 };

typedef struct WinogradLanes {
    const KernelSizes *sizes;
    WinogradTiles tiles;
    const real *weights, *padded; // of all images, between zeros where there are some
    ptrdiff_t row, image;         // numbers from one row to the next, from one image to the next
    ptrdiff_t width, filters;     // of a tile's row, numbers in whole vectors; of a product, filters
    ptrdiff_t row_plane;          // numbers from one row to the next
    real *rows;                   // [row of a tile][number][tile]
    real *inputs, *sums;          // [position][channel][tile], [position][filter][tile]
    real *results;                // [output of a tile][filter][tile]
    real *finished;               // of one output, [tile][PANEL_COLUMNS]
} WinogradLanes;

// Where the tile's first number lies.
static inline const real *winograd_lanes_tile(const WinogradLanes *w, ptrdiff_t tile) {
    const WinogradTiles *tiles = &w->tiles;
    const ptrdiff_t y = tile / tiles->across % tiles->down, x = tile % tiles->across;
    return w->padded + tile / (tiles->down * tiles->across) * w->image + y * tiles->outputs * w->row +
           x * tiles->outputs * w->sizes->channels;
}

// The numbers of `count` tiles, transposed. Lanes beyond take the last tile's.
static __attribute__((noinline, unused)) void winograd_lanes_read(const WinogradLanes *w, ptrdiff_t first,
                                                                  ptrdiff_t count) {
    const real *from[LANES];
    for (ptrdiff_t lane = 0; lane < LANES; lane++)
        from[lane] = winograd_lanes_tile(w, first + gemm_least(lane, count - 1));
    for (ptrdiff_t i = 0; i < w->tiles.side; i++)
        for (ptrdiff_t number = 0; number < w->width; number += LANES) {
            vec square[LANES];
            UNROLL(16)
            for (int lane = 0; lane < LANES; lane++)
                square[lane] = vec_load(from[lane] + i * w->row + number);
            vec_transpose(square);
            UNROLL(16)
            for (int k = 0; k < LANES; k++)
                vec_store(w->rows + i * w->row_plane + (number + k) * LANES, square[k]);
        }
}

static __attribute__((noinline, unused)) void winograd_lanes_open(const WinogradLanes *w) {
    const ptrdiff_t channels = w->sizes->channels * LANES;
#define WINOGRAD_OPEN(side, outputs)                                                                         \
    winograd_open(WINOGRAD_INPUT, side, outputs, w->inputs, channels, w->rows, w->row_plane, channels,       \
                  channels)
    WINOGRAD_SIZES(w->tiles.side, w->tiles.outputs, WINOGRAD_OPEN);
#undef WINOGRAD_OPEN
}

// Products of all positions with `filters` filters of a panel.
VEC_INLINE void winograd_lanes_multiply_by(const int filters, const WinogradLanes *w) {
    const ptrdiff_t depth = w->sizes->channels;
    const real *inputs = w->inputs, *weights = w->weights;
    real *sums = w->sums;
    for (int position = 0; position < w->tiles.side * w->tiles.side; position++) {
        vec sum[WINOGRAD_FILTERS];
        UNROLL(16)
        for (int f = 0; f < filters; f++) sum[f] = (vec){0};
        for (ptrdiff_t k = 0; k < depth; k++, inputs += LANES, weights += PANEL_COLUMNS) {
            vec input = vec_load(inputs);
            VEC_KEEP(input);
            UNROLL(16)
            for (int f = 0; f < filters; f++) sum[f] += weights[f] * input;
        }
        UNROLL(16)
        for (int f = 0; f < filters; f++) vec_store(sums + f * LANES, sum[f]);
        sums += w->filters * LANES;
    }
}

// Weights behind the last filter are zeros.
#define WINOGRAD_LANES_MULTIPLY(filters)                                                                     \
    static                                                                                                   \
        __attribute__((noinline, unused)) void winograd_lanes_multiply_##filters(const WinogradLanes *w) {   \
        winograd_lanes_multiply_by(filters, w);                                                              \
    }
WINOGRAD_LANES_MULTIPLY(8)
WINOGRAD_LANES_MULTIPLY(10)
WINOGRAD_LANES_MULTIPLY(12)

static inline void winograd_lanes_multiply(const WinogradLanes *w) {
    if (w->filters > 10)
        winograd_lanes_multiply_12(w);
    else if (w->filters > 8)
        winograd_lanes_multiply_10(w);
    else
        winograd_lanes_multiply_8(w);
}

static __attribute__((noinline, unused)) void winograd_lanes_close(const WinogradLanes *w) {
    const ptrdiff_t filters = w->filters * LANES;
    for (ptrdiff_t f = 0; f < w->sizes->filters; f++) {
        real *to = w->results + f * LANES;
        const real *from = w->sums + f * LANES;
#define WINOGRAD_CLOSE(side, outputs)                                                                        \
    winograd_close(WINOGRAD_OUTPUT, side, outputs, to, outputs *filters, filters, from, filters)
        WINOGRAD_SIZES(w->tiles.side, w->tiles.outputs, WINOGRAD_CLOSE);
#undef WINOGRAD_CLOSE
    }
}

// Outputs (i, 0), (i, 1), ... of all tiles, each as [tile][output][PANEL_COLUMNS].
static __attribute__((noinline, unused)) void winograd_lanes_turn(const WinogradLanes *w, ptrdiff_t i) {
    const ptrdiff_t outputs = w->tiles.outputs;
    const real *from = w->results + i * outputs * w->filters * LANES;
    for (ptrdiff_t j = 0; j < outputs; j++, from += w->filters * LANES)
        for (ptrdiff_t f = 0; f < w->filters; f += LANES) {
            vec square[LANES];
            UNROLL(16)
            for (int k = 0; k < LANES; k++) square[k] = vec_load(from + (f + k) * LANES);
            vec_transpose(square);
            real *to = w->finished + j * PANEL_COLUMNS + f;
            UNROLL(16)
            for (int lane = 0; lane < LANES; lane++)
                vec_store(to + lane * outputs * PANEL_COLUMNS, square[lane]);
        }
}

static __attribute__((noinline, unused)) void
winograd_lanes_finish(const WinogradLanes *w, const Gemm *finished, ptrdiff_t first, ptrdiff_t count) {
    const KernelSizes *sizes = w->sizes;
    const WinogradTiles *tiles = &w->tiles;
    const ptrdiff_t outputs = tiles->outputs;
    ptrdiff_t element[LANES], rows[LANES], columns[LANES], result[WINOGRAD_MOST_SIDE];
    for (ptrdiff_t lane = 0; lane < count; lane++) {
        const ptrdiff_t tile = first + lane, image = tile / (tiles->down * tiles->across);
        const ptrdiff_t y = tile / tiles->across % tiles->down * outputs, x = tile % tiles->across * outputs;
        element[lane] = ((image * sizes->output_height + y) * sizes->output_width + x) * sizes->filters;
        rows[lane] = sizes->output_height - y;
        columns[lane] = gemm_least(outputs, sizes->output_width - x);
    }
    Gemm gemm = *finished;
    gemm.result = result;
    for (ptrdiff_t i = 0; i < outputs; i++) {
        winograd_lanes_turn(w, i);
        for (ptrdiff_t lane = 0; lane < count; lane++) {
            if (i >= rows[lane]) continue;
            for (ptrdiff_t j = 0; j < columns[lane]; j++)
                result[j] = element[lane] + (i * sizes->output_width + j) * sizes->filters;
            gemm.finish(&gemm, w->finished + lane * outputs * PANEL_COLUMNS, 0, columns[lane], 0, gemm.slots);
        }
    }
}

// Whether filters leave a quarter of their vectors' lanes empty, or more.
static inline bool winograd_lanes_fit(const KernelSizes *sizes) {
    return sizes->filters <= WINOGRAD_FILTERS &&
           4 * sizes->filters <= 3 * TILE_ROUND_UP(sizes->filters, LANES) * LANES;
}

// The images as they are, or all of them between zeros in `padded`: tiles of several are read at a time.
static inline void winograd_lanes_images(WinogradLanes *w, const real *input, real *padded) {
    const KernelSizes *sizes = w->sizes;
    real *end;
    const WinogradImages images = winograd_input_images(&w->tiles, input, sizes, padded, &end);
    w->row = (images.padded ? images.columns : images.width) * images.numbers;
    w->image = (images.padded ? images.rows : images.height) * w->row;
    w->padded = images.padded ? padded : input;
    if (!images.padded) return;
    for (ptrdiff_t image = 0; image < sizes->images; image++)
        conv_pad(padded + image * w->image, input + image * images.height * images.width * images.numbers,
                 images.rows, images.columns, images.height, images.width, images.numbers, images.top,
                 images.left);
}

static __attribute__((noinline, unused)) void
conv_forward_winograd_lanes(int side, real *restrict output, const real *restrict input,
                            const real *restrict weights, void *restrict scratch, const void *const *slots,
                            const KernelSizes *sizes, GemmFinish *finish) {
    WinogradLanes w = {.sizes = sizes,
                       .tiles = winograd_tiles(side, sizes->output_height, sizes->output_width, sizes),
                       .weights = weights,
                       .width = TILE_ROUND_UP(side * sizes->channels, LANES) * LANES,
                       .filters = TILE_MOST(TILE_ROUND_UP(sizes->filters, 2) * 2, WINOGRAD_LEAST_FILTERS)};
    w.row_plane = winograd_plane(w.width * LANES);
    const ptrdiff_t tiles = sizes->images * w.tiles.down * w.tiles.across;
    w.rows = gemm_aligned(scratch);
    w.inputs = w.rows + side * w.row_plane;
    w.sums = w.inputs + side * side * sizes->channels * LANES;
    w.results = w.sums + side * side * w.filters * LANES;
    w.finished = w.results + w.tiles.outputs * w.tiles.outputs * w.filters * LANES;
    winograd_lanes_images(&w, input, w.finished + LANES * w.tiles.outputs * PANEL_COLUMNS);
    const Gemm gemm = {.output = output, .finish = finish, .slots = slots, .columns = sizes->filters};
    for (ptrdiff_t first = 0; first < tiles; first += LANES) {
        const ptrdiff_t count = gemm_least(LANES, tiles - first);
        winograd_lanes_read(&w, first, count);
        winograd_lanes_open(&w);
        winograd_lanes_multiply(&w);
        winograd_lanes_close(&w);
        winograd_lanes_finish(&w, &gemm, first, count);
    }
}

#endif
