// Gradients of weights in bf16 (amx.h): C[row][column] += sum over k of a[row][k] * b[k][column], where k
// runs over pixels (or rows of a dense layer), rows over what a weight is multiplied with there, and columns
// over filters (or outputs).
//
// Each row needs its numbers of all ks one after the other. So the input is rounded and turned into planes,
// one for each channel, once for all places of the window: in a plane, a row of the result has a run of
// numbers for each line of output pixels. With a stride, a line of a plane has every stride-th number first,
// then those behind each of them, and so on.
#ifndef KERNELS_CPU_CONV_WEIGHTS_BF16_H
#define KERNELS_CPU_CONV_WEIGHTS_BF16_H

#include "cpu/gemm_bf16.h"

enum { BF16_MOST_DEPTH = 2048, BF16_TURNED = 8 }; // pixels at a time; numbers turned at a time, each way

typedef bf16 bf16_eight __attribute__((vector_size(BF16_TURNED * sizeof(bf16))));

typedef struct Bf16Weights {
    real *gradient;          // [row_count][columns]
    const bf16 *planes;      // offsets and places are counted from here
    const ptrdiff_t *offset; // of each row
    const ptrdiff_t *place;  // of each line, from an offset
    const real *columns_at;  // b: [lines * width][columns]
    ptrdiff_t row_count, columns, lines, width;
    void *scratch; // what bf16_weights needs
} Bf16Weights;

// --- planes ---

VEC_INLINE void bf16_interleave(bf16_eight *to, const bf16_eight *from) {
    for (int i = 0; i < BF16_TURNED / 2; i++) {
        const bf16_eight a = from[i], b = from[i + BF16_TURNED / 2];
        to[2 * i] = __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
        to[2 * i + 1] = __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15);
    }
}

// Eight rows of eight numbers with rows and columns exchanged: three times interleaved.
VEC_INLINE void bf16_turn_eight(bf16 *restrict to, ptrdiff_t to_step, const bf16 *restrict from,
                                ptrdiff_t from_step) {
    bf16_eight rows[BF16_TURNED], turned[BF16_TURNED];
    for (int i = 0; i < BF16_TURNED; i++) __builtin_memcpy(&rows[i], from + i * from_step, sizeof *rows);
    bf16_interleave(turned, rows);
    bf16_interleave(rows, turned);
    bf16_interleave(turned, rows);
    for (int i = 0; i < BF16_TURNED; i++) __builtin_memcpy(to + i * to_step, &turned[i], sizeof *turned);
}

VEC_INLINE ptrdiff_t bf16_whole(ptrdiff_t count) {
    return (count + BF16_TURNED - 1) / BF16_TURNED * BF16_TURNED;
}

// One line for all planes, `plane` numbers apart, from pixels that lie one after the other.
static inline void bf16_turn_line(bf16 *restrict planes, ptrdiff_t plane, const bf16 *restrict pixels,
                                  ptrdiff_t width, ptrdiff_t channels) {
    for (ptrdiff_t channel = 0; channel < channels; channel += BF16_TURNED)
        for (ptrdiff_t x = 0; x < width; x += BF16_TURNED)
            bf16_turn_eight(planes + channel * plane + x, plane, pixels + x * channels + channel, channels);
}

// --- the product ---

// The packed columns of `count` ks from `first` on: panel by panel.
static inline void bf16_weights_columns(const Bf16Weights *gemm, bf16 *packed, ptrdiff_t first,
                                        ptrdiff_t count) {
    const ptrdiff_t depth = bf16_depth(count);
    for (ptrdiff_t column = 0; column < gemm->columns; column += AMX_COLUMNS, packed += depth * AMX_COLUMNS) {
        const real *from = gemm->columns_at + first * gemm->columns + column;
        for (ptrdiff_t k = 0; k < depth; k += 2, from += 2 * gemm->columns)
            bf16_pack_pair(packed, k / 2, from, k + 1 < count ? from + gemm->columns : NULL,
                           k < count ? gemm->columns - column : 0);
    }
}

// Some rows' numbers on the lines from `first` on.
static inline void bf16_weights_rows(const Bf16Weights *gemm, bf16 *block, ptrdiff_t step, ptrdiff_t row,
                                     ptrdiff_t rows, ptrdiff_t first, ptrdiff_t lines) {
    for (ptrdiff_t r = 0; r < rows; r++, block += step) {
        const bf16 *from = gemm->planes + gemm->offset[row + r];
        for (ptrdiff_t line = 0; line < lines; line++)
            bf16_copy(block + line * gemm->width, from + gemm->place[first + line], gemm->width);
        bf16_fill(block, lines * gemm->width);
    }
    for (ptrdiff_t r = rows; r % AMX_TILE != 0; r++, block += step)
        __builtin_memset(block, 0, (size_t)bf16_depth(lines * gemm->width) * sizeof(bf16));
}

static inline void bf16_weights_add(const Bf16Weights *gemm, const real *sums, ptrdiff_t row, ptrdiff_t rows,
                                    ptrdiff_t column) {
    const ptrdiff_t columns = gemm_least(AMX_COLUMNS, gemm->columns - column);
    for (ptrdiff_t r = 0; r < rows; r++)
        for (ptrdiff_t i = 0; i < columns; i += LANES) {
            real *to = gemm->gradient + (row + r) * gemm->columns + column + i;
            const real *sum = sums + (i / PANEL_COLUMNS * AMX_ROWS + r) * PANEL_COLUMNS + i % PANEL_COLUMNS;
            vec_store_part(to, vec_load(to) + vec_load(sum), columns - i);
        }
}

// `lines` lines from `first` on.
static inline void bf16_weights_part(const Bf16Weights *gemm, AmxBlock *block, ptrdiff_t first,
                                     ptrdiff_t lines) {
    const ptrdiff_t depth = bf16_depth(lines * gemm->width), step = bf16_row_step(depth);
    real *sums = gemm_aligned(gemm->scratch);
    bf16 *rows_at = bf16_aligned(sums + AMX_ROWS * AMX_COLUMNS),
         *packed = bf16_aligned(rows_at + AMX_ROWS * step + BF16_COPIED);
    bf16_weights_columns(gemm, packed, first * gemm->width, lines * gemm->width);
    for (ptrdiff_t row = 0; row < gemm->row_count; row += AMX_ROWS) {
        const ptrdiff_t rows = gemm_least(AMX_ROWS, gemm->row_count - row);
        bf16_weights_rows(gemm, rows_at, step, row, rows, first, lines);
        for (ptrdiff_t column = 0; column < gemm->columns; column += AMX_COLUMNS) {
            const bf16 *panel = packed + column * depth;
            amx_clear(block, rows);
            for (ptrdiff_t k = 0; k < depth; k += AMX_DEPTH)
                amx_multiply_add(block, rows_at + k, step, panel + k * AMX_COLUMNS);
            amx_store(block, sums);
            bf16_weights_add(gemm, sums, row, rows, column);
        }
    }
}

static __attribute__((noinline, unused)) void bf16_weights(const Bf16Weights *gemm) {
    const ptrdiff_t most = gemm->width < BF16_MOST_DEPTH ? BF16_MOST_DEPTH / gemm->width : 1;
    AmxBlock block;
    amx_begin(&block);
    for (ptrdiff_t line = 0; line < gemm->lines; line += most)
        bf16_weights_part(gemm, &block, line, gemm_least(most, gemm->lines - line));
    amx_end(&block);
}

// --- convolutions ---

// Planes of a convolution's input: [channel][image][line of the padded image][phase][number].
typedef struct Bf16Planes {
    bf16 *numbers;
    ptrdiff_t rows, phase;        // of a padded image; numbers of a phase
    ptrdiff_t line, image, plane; // numbers from one to the next
} Bf16Planes;

static inline Bf16Planes bf16_planes(void *scratch, ptrdiff_t images, const KernelSizes *sizes) {
    const ptrdiff_t width =
        (sizes->output_width - 1) * sizes->stride_x + (sizes->window_width - 1) * sizes->dilation_x + 1;
    Bf16Planes planes = {.numbers = bf16_aligned(scratch)};
    planes.rows =
        (sizes->output_height - 1) * sizes->stride_y + (sizes->window_height - 1) * sizes->dilation_y + 1;
    planes.phase = (width + sizes->stride_x - 1) / sizes->stride_x;
    planes.line = bf16_whole(planes.phase * sizes->stride_x);
    planes.image = planes.rows * planes.line;
    // Not a multiple of what planes would compete for places in the cache with.
    planes.plane = images * planes.image + (images * planes.image % 64 == 0 ? 40 : 8);
    return planes;
}

// The next address behind planes of so many channels.
static inline void *bf16_planes_end(const Bf16Planes *planes, ptrdiff_t channels) {
    return planes->numbers + bf16_whole(channels) * planes->plane + BF16_COPIED;
}

// A line of an image, rounded and in the order of the planes; zeros around it.
static inline void bf16_line(const Bf16Planes *planes, bf16 *restrict pixels, const real *restrict line,
                             const KernelSizes *sizes) {
    const ptrdiff_t channels = bf16_whole(sizes->channels);
    for (ptrdiff_t slot = 0; slot < planes->line; slot++, pixels += channels) {
        const ptrdiff_t x = slot % planes->phase * sizes->stride_x + slot / planes->phase - sizes->pad_left;
        if (line && slot < planes->phase * sizes->stride_x && x >= 0 && x < sizes->width)
            bf16_round(pixels, line + x * sizes->channels, sizes->channels);
        else
            __builtin_memset(pixels, 0, (size_t)channels * sizeof(bf16));
    }
}

// `pixels`: room for a line.
static __attribute__((noinline, unused)) void bf16_fill_planes(const Bf16Planes *planes, bf16 *pixels,
                                                               const real *input, ptrdiff_t images,
                                                               const KernelSizes *sizes) {
    for (ptrdiff_t image = 0; image < images; image++)
        for (ptrdiff_t row = 0; row < planes->rows; row++) {
            const ptrdiff_t y = row - sizes->pad_top;
            const bool inside = y >= 0 && y < sizes->height;
            const ptrdiff_t line = (image * sizes->height + y) * sizes->width * sizes->channels;
            bf16_line(planes, pixels, inside ? input + line : NULL, sizes);
            bf16_turn_line(planes->numbers + image * planes->image + row * planes->line, planes->plane,
                           pixels, planes->line, bf16_whole(sizes->channels));
        }
}

static inline void bf16_offsets(ptrdiff_t *offset, const Bf16Planes *planes, ptrdiff_t first, ptrdiff_t rows,
                                const KernelSizes *sizes) {
    for (ptrdiff_t row = 0; row < rows; row++) {
        const ptrdiff_t tap = (first + row) / sizes->channels, channel = (first + row) % sizes->channels;
        const ptrdiff_t down = tap / sizes->window_width * sizes->dilation_y,
                        right = tap % sizes->window_width * sizes->dilation_x;
        offset[row] = channel * planes->plane + down * planes->line +
                      right % sizes->stride_x * planes->phase + right / sizes->stride_x;
    }
}

// Adds to gradient [rows][filters] what rows first .. first + rows - 1 of [window][channels] get, some images
// at a time. Scratch: lines' places and rows' offsets, the planes, a line, what bf16_weights needs.
KERNEL_SHARED void conv_weights_bf16(real *restrict gradient, const real *restrict input,
                                     const real *restrict output_gradient, ptrdiff_t images, ptrdiff_t first,
                                     ptrdiff_t rows, void *restrict scratch, const KernelSizes *sizes) {
    const ptrdiff_t pixels = sizes->output_height * sizes->output_width;
    const ptrdiff_t most = pixels < BF16_MOST_DEPTH ? BF16_MOST_DEPTH / pixels : 1,
                    together = gemm_least(most, images), lines = together * sizes->output_height;
    ptrdiff_t *place = scratch, *offset = place + lines;
    const Bf16Planes planes = bf16_planes(offset + rows, together, sizes);
    bf16 *line = bf16_planes_end(&planes, sizes->channels);
    bf16_offsets(offset, &planes, first, rows, sizes);
    for (ptrdiff_t i = 0; i < lines; i++)
        place[i] = i / sizes->output_height * planes.image +
                   i % sizes->output_height * sizes->stride_y * planes.line;
    for (ptrdiff_t image = 0; image < images; image += together) {
        const ptrdiff_t count = gemm_least(together, images - image);
        bf16_fill_planes(&planes, line, input + image * sizes->height * sizes->width * sizes->channels, count,
                         sizes);
        bf16_weights(&(Bf16Weights){.gradient = gradient,
                                    .planes = planes.numbers,
                                    .offset = offset,
                                    .place = place,
                                    .columns_at = output_gradient + image * pixels * sizes->filters,
                                    .row_count = rows,
                                    .columns = sizes->filters,
                                    .lines = count * sizes->output_height,
                                    .width = sizes->output_width,
                                    .scratch = line + planes.line * bf16_whole(sizes->channels)});
    }
}

// --- dense layers: one line, whose numbers are those of one input in all rows ---

KERNEL_SHARED void dense_weights_bf16(real *restrict gradient, const real *restrict input,
                                      const real *restrict output_gradient, ptrdiff_t rows,
                                      void *restrict scratch, const KernelSizes *sizes) {
    const ptrdiff_t width = bf16_whole(rows), inputs = bf16_whole(sizes->inputs), plane = width + 8;
    const ptrdiff_t place = 0;
    ptrdiff_t *offset = scratch;
    bf16 *planes = bf16_aligned(offset + sizes->inputs),
         *line = bf16_aligned(planes + inputs * plane + BF16_COPIED);
    for (ptrdiff_t i = 0; i < sizes->inputs; i++) offset[i] = i * plane;
    for (ptrdiff_t row = 0; row < width; row++)
        if (row < rows)
            bf16_round(line + row * inputs, input + row * sizes->input_stride, sizes->inputs);
        else
            __builtin_memset(line + row * inputs, 0, (size_t)inputs * sizeof(bf16));
    bf16_turn_line(planes, plane, line, width, inputs);
    bf16_weights(&(Bf16Weights){.gradient = gradient,
                                .planes = planes,
                                .offset = offset,
                                .place = &place,
                                .columns_at = output_gradient,
                                .row_count = sizes->inputs,
                                .columns = sizes->outputs,
                                .lines = 1,
                                .width = rows,
                                .scratch = line + width * inputs});
}

#endif
