// Convolutions as products of rows and packed panels, of which the left is never built. For one group.
#ifndef KERNELS_CPU_CONV_PANELS_H
#define KERNELS_CPU_CONV_PANELS_H

#include "cpu/conv_images.h"
#include "cpu/gemm_tile.h"

// --- forward: rows are output pixels, columns filters ---

// The numbers of a window, in the order of the weights. Without gaps between its columns, a row of it is one
// run.
static inline void conv_add_window(Gemm *gemm, GemmRun *runs, ptrdiff_t row, const KernelSizes *sizes) {
    const bool merged = sizes->dilation_x == 1;
    const ptrdiff_t columns = merged ? 1 : sizes->window_width;
    const ptrdiff_t count = merged ? sizes->window_width * sizes->channels : sizes->channels;
    for (ptrdiff_t y = 0; y < sizes->window_height; y++)
        for (ptrdiff_t x = 0; x < columns; x++)
            gemm_add_runs(gemm, runs, y * sizes->dilation_y * row + x * sizes->dilation_x * sizes->channels,
                          (y * columns + x) * count, count);
}

static inline void conv_forward_products(const GemmMethod *method, real *restrict output,
                                         const real *restrict input, const real *restrict weights,
                                         void *restrict scratch, const void *const *slots,
                                         const KernelSizes *sizes, GemmFinish *finish, const real *bias) {
    const ptrdiff_t pixels = sizes->images * sizes->output_height * sizes->output_width;
    const ptrdiff_t window = sizes->window_height * sizes->window_width, depth = window * sizes->channels;
    const GemmPlaces places = gemm_places(scratch, pixels, window, depth);
    real *padded = places.rest;
    const ConvImages images = conv_images(input, sizes->images, padded, sizes);
    const ptrdiff_t numbers = sizes->images * images.image;
    Gemm gemm = {.output = output,
                 .rows = images.numbers,
                 .panels = weights,
                 .place = places.place,
                 .result = places.result,
                 .result_step = sizes->filters,
                 .runs = places.runs,
                 .finish = finish,
                 .bias = bias,
                 .slots = slots,
                 .row_count = pixels,
                 .columns = sizes->filters,
                 .depth = depth};
    conv_places(places.place, &images, sizes->images, sizes);
    for (int i = 0; i < GEMM_ROWS; i++) places.place[pixels + i] = 0;
    for (ptrdiff_t i = 0; i < pixels; i++) places.result[i] = i * sizes->filters;
    conv_add_window(&gemm, places.runs, images.row, sizes);
    method->prepare(&gemm, numbers, padded + (images.numbers == padded ? numbers : 0));
    method->multiply(&gemm);
}

// --- by the data ---
//
// Without scattering: the input's pixels whose numbers are equal modulo the strides are reached by the same
// part of the window, so each such class is a convolution of the output gradient, with stride 1 and this part
// of the window turned round (ref/pack_turned.h). A class that nothing reaches is zero.

// One axis. An input pixel p = class + stride * j gets from output pixel j + reach(tap) by the taps that have
// it.
typedef struct ConvAxis {
    ptrdiff_t size, output, window, stride, dilation, pad;
    ptrdiff_t before, padded; // zeros before the output gradient; its size with them and those behind
} ConvAxis;

static ConvAxis conv_axis(ptrdiff_t size, ptrdiff_t output, ptrdiff_t window, ptrdiff_t stride,
                          ptrdiff_t dilation, ptrdiff_t pad) {
    const ptrdiff_t reach = (window - 1) * dilation - pad;
    const ptrdiff_t before = reach > 0 ? (reach + stride - 1) / stride : 0;
    return (ConvAxis){size,     output, window, stride,
                      dilation, pad,    before, before + (size - 1 + pad) / stride + 1};
}

// Whether the tap reaches the class; then how far from j (with the zeros before).
static bool conv_reach(const ConvAxis *axis, ptrdiff_t class, ptrdiff_t tap, ptrdiff_t *reach) {
    const ptrdiff_t distance = class + axis->pad - tap * axis->dilation + axis->before * axis->stride;
    *reach = distance / axis->stride;
    return distance % axis->stride == 0;
}

static void conv_add_class_window(Gemm *gemm, GemmRun *runs, const ConvAxis *vertical,
                                  const ConvAxis *horizontal, ptrdiff_t row, ptrdiff_t column,
                                  const KernelSizes *sizes) {
    const ptrdiff_t window = sizes->window_height * sizes->window_width;
    ptrdiff_t y, x;
    // The last tap first: so weights that were turned round lie.
    for (ptrdiff_t tap = window - 1; tap >= 0; tap--)
        if (conv_reach(vertical, row, tap / sizes->window_width, &y) &&
            conv_reach(horizontal, column, tap % sizes->window_width, &x))
            gemm_add_runs(gemm, runs, (y * horizontal->padded + x) * sizes->filters,
                          (window - 1 - tap) * sizes->filters, sizes->filters);
}

// The rows of a class: its pixels in all images. Returns how many.
static ptrdiff_t conv_add_class_pixels(const GemmPlaces *places, const ConvAxis *vertical,
                                       const ConvAxis *horizontal, ptrdiff_t row, ptrdiff_t column,
                                       const KernelSizes *sizes) {
    ptrdiff_t *place = places->place, *result = places->result;
    ptrdiff_t count = 0;
    for (ptrdiff_t image = 0; image < sizes->images; image++)
        for (ptrdiff_t y = row, j = 0; y < sizes->height; y += sizes->stride_y, j++)
            for (ptrdiff_t x = column, i = 0; x < sizes->width; x += sizes->stride_x, i++, count++) {
                place[count] = ((image * vertical->padded + j) * horizontal->padded + i) * sizes->filters;
                result[count] = ((image * sizes->height + y) * sizes->width + x) * sizes->channels;
            }
    for (int i = 0; i < GEMM_ROWS; i++) place[count + i] = place[0];
    return count;
}

static inline void conv_backward_data_products(const GemmMethod *method, real *restrict input_gradient,
                                               const real *restrict output_gradient,
                                               const real *restrict weights, void *restrict scratch,
                                               const void *const *slots, const KernelSizes *sizes,
                                               GemmFinish *finish, const real *bias) {
    const ConvAxis vertical = conv_axis(sizes->height, sizes->output_height, sizes->window_height,
                                        sizes->stride_y, sizes->dilation_y, sizes->pad_top),
                   horizontal = conv_axis(sizes->width, sizes->output_width, sizes->window_width,
                                          sizes->stride_x, sizes->dilation_x, sizes->pad_left);
    const ptrdiff_t pixels = sizes->images * sizes->height * sizes->width;
    const ptrdiff_t window = sizes->window_height * sizes->window_width, depth = window * sizes->filters;
    const ptrdiff_t image_size = vertical.padded * horizontal.padded * sizes->filters,
                    numbers = sizes->images * image_size;
    const GemmPlaces places = gemm_places(scratch, pixels, window, depth);
    real *padded = places.rest;
    const bool fits = vertical.padded == vertical.output && horizontal.padded == horizontal.output;
    for (ptrdiff_t image = 0; image < sizes->images && !fits; image++)
        conv_pad(padded + image * image_size,
                 output_gradient + image * vertical.output * horizontal.output * sizes->filters,
                 vertical.padded, horizontal.padded, vertical.output, horizontal.output, sizes->filters,
                 sizes->filters, vertical.before, horizontal.before);
    Gemm gemm = {.output = input_gradient,
                 .rows = fits ? output_gradient : padded,
                 .panels = weights,
                 .place = places.place,
                 .result = places.result,
                 .result_step = sizes->stride_y == 1 && sizes->stride_x == 1 ? sizes->channels : 0,
                 .runs = places.runs,
                 .finish = finish,
                 .bias = bias,
                 .slots = slots,
                 .columns = sizes->channels,
                 .depth = depth};
    method->prepare(&gemm, numbers, padded + (fits ? 0 : numbers));
    for (ptrdiff_t row = 0; row < gemm_least(sizes->stride_y, sizes->height); row++)
        for (ptrdiff_t column = 0; column < gemm_least(sizes->stride_x, sizes->width); column++) {
            gemm.run_count = gemm.count = 0;
            gemm.row_count = conv_add_class_pixels(&places, &vertical, &horizontal, row, column, sizes);
            conv_add_class_window(&gemm, places.runs, &vertical, &horizontal, row, column, sizes);
            method->multiply(&gemm);
        }
}

#endif
