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
} WinogradLanes;

// The tiles that are worked on.
typedef struct WinogradLanesTiles {
    const real *from[LANES];                                        // where a tile's first number lies
    ptrdiff_t element[LANES];                                       // the element number of its first output
    uint32_t rows[WINOGRAD_MOST_SIDE], columns[WINOGRAD_MOST_SIDE]; // bit l: tile l has outputs there
} WinogradLanesTiles;

// The lane has outputs only in the first `rows` rows or columns.
static inline void winograd_lanes_cut(uint32_t *lanes, ptrdiff_t lane, ptrdiff_t rows, ptrdiff_t outputs) {
    for (ptrdiff_t i = rows; i < outputs; i++) lanes[i] &= ~(UINT32_C(1) << lane);
}

// Tiles first .. first + count - 1. Lanes beyond take the last one's numbers, and have no outputs.
static inline void winograd_lanes_tiles(const WinogradLanes *w, ptrdiff_t first, ptrdiff_t count,
                                        WinogradLanesTiles *tiles) {
    const KernelSizes *sizes = w->sizes;
    const ptrdiff_t down = w->tiles.down, across = w->tiles.across, outputs = w->tiles.outputs;
    const ptrdiff_t last_row = sizes->output_height - (down - 1) * outputs,
                    last_column = sizes->output_width - (across - 1) * outputs;
    ptrdiff_t image = first / (down * across), row = first / across % down, column = first % across;
    for (ptrdiff_t i = 0; i < outputs; i++)
        tiles->rows[i] = tiles->columns[i] = (uint32_t)((UINT64_C(1) << count) - 1);
    for (ptrdiff_t lane = 0; lane < count; lane++) {
        const ptrdiff_t y = row * outputs, x = column * outputs;
        tiles->from[lane] = w->padded + image * w->image + y * w->row + x * sizes->channels;
        tiles->element[lane] =
            ((image * sizes->output_height + y) * sizes->output_width + x) * sizes->filters;
        if (row == down - 1) winograd_lanes_cut(tiles->rows, lane, last_row, outputs);
        if (column == across - 1) winograd_lanes_cut(tiles->columns, lane, last_column, outputs);
        if (++column < across) continue;
        column = 0;
        if (++row < down) continue;
        row = 0, image++;
    }
    for (ptrdiff_t lane = count; lane < LANES; lane++) tiles->from[lane] = tiles->from[lane - 1];
}

// The numbers of the tiles, transposed.
static __attribute__((noinline, unused)) void winograd_lanes_read(const WinogradLanes *w,
                                                                  const WinogradLanesTiles *tiles) {
    for (ptrdiff_t i = 0; i < w->tiles.side; i++)
        for (ptrdiff_t number = 0; number < w->width; number += LANES) {
            vec square[LANES];
            UNROLL(16)
            for (int lane = 0; lane < LANES; lane++)
                square[lane] = vec_load(tiles->from[lane] + i * w->row + number);
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

static inline void winograd_lanes_finish(const WinogradLanes *w, const WinogradLanesTiles *tiles,
                                         real *output, GemmFinishTurned *finish, const void *const *slots) {
    const KernelSizes *sizes = w->sizes;
    const real *results = w->results;
    for (int i = 0; i < w->tiles.outputs; i++)
        for (int j = 0; j < w->tiles.outputs; j++, results += w->filters * LANES)
            finish(output, results, (i * sizes->output_width + j) * sizes->filters, tiles->element,
                   tiles->rows[i] & tiles->columns[j], sizes->filters, slots);
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
                 images.rows, images.columns, images.height, images.width, images.numbers, images.numbers,
                 images.top, images.left);
}

static __attribute__((noinline, unused)) void
conv_forward_winograd_lanes(int side, real *restrict output, const real *restrict input,
                            const real *restrict weights, void *restrict scratch, const void *const *slots,
                            const KernelSizes *sizes, GemmFinishTurned *finish) {
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
    // Of the last output whole vectors of filters are read.
    winograd_lanes_images(
        &w, input, w.results + (w.tiles.outputs * w.tiles.outputs * w.filters + WINOGRAD_FILTERS) * LANES);
    for (ptrdiff_t first = 0; first < tiles; first += LANES) {
        WinogradLanesTiles of_lanes;
        winograd_lanes_tiles(&w, first, gemm_least(LANES, tiles - first), &of_lanes);
        winograd_lanes_read(&w, &of_lanes);
        winograd_lanes_open(&w);
        winograd_lanes_multiply(&w);
        winograd_lanes_close(&w);
        winograd_lanes_finish(&w, &of_lanes, output, finish, slots);
    }
}

#endif
