// Convolutions of any shape in plain loops, and the constants that the families conv_forward,
// conv_backward_data, conv_backward_weights and their depthwise_ counterparts share:
//   HEIGHT, WIDTH, CHANNELS                 of the input
//   OUTPUT_HEIGHT, OUTPUT_WIDTH, FILTERS    of the output
//   WINDOW_HEIGHT, WINDOW_WIDTH, STRIDE_Y, STRIDE_X, DILATION_Y, DILATION_X
//   PAD_TOP, PAD_LEFT                       zeros before the first row and column; after the last, as needed
//   IMAGES                                  computed by a call, one after the other
//   GROUPS                                  divides CHANNELS and FILTERS; depthwise: equals CHANNELS
// input [HEIGHT][WIDTH][CHANNELS], output [OUTPUT_HEIGHT][OUTPUT_WIDTH][FILTERS],
// weights [WINDOW_HEIGHT][WINDOW_WIDTH][CHANNELS / GROUPS][FILTERS].
#ifndef KERNELS_REF_CONV_H
#define KERNELS_REF_CONV_H

#include "kernel.h"
#include <stddef.h>

typedef struct ConvShape {
    ptrdiff_t height, width, channels;
    ptrdiff_t output_height, output_width, filters;
    ptrdiff_t window_height, window_width;
    ptrdiff_t stride_y, stride_x, dilation_y, dilation_x, pad_top, pad_left, groups, images;
} ConvShape;

#define KERNEL_CONV_SHAPE                                                                                    \
    {                                                                                                        \
        KERNEL_HEIGHT, KERNEL_WIDTH, KERNEL_CHANNELS, KERNEL_OUTPUT_HEIGHT, KERNEL_OUTPUT_WIDTH,             \
            KERNEL_FILTERS, KERNEL_WINDOW_HEIGHT, KERNEL_WINDOW_WIDTH, KERNEL_STRIDE_Y, KERNEL_STRIDE_X,     \
            KERNEL_DILATION_Y, KERNEL_DILATION_X, KERNEL_PAD_TOP, KERNEL_PAD_LEFT, KERNEL_GROUPS,            \
            KERNEL_IMAGES                                                                                    \
    }

// One product of the convolution: element numbers in the three tensors.
typedef struct ConvProduct {
    ptrdiff_t input, output, weight;
} ConvProduct;

typedef void ConvVisit(void *context, ConvProduct product);

static inline __attribute__((always_inline)) void conv_visit_pixel(const ConvShape *s, ptrdiff_t output_pixel,
                                                                   ptrdiff_t input_pixel, ptrdiff_t window,
                                                                   ConvVisit *visit, void *context) {
    ptrdiff_t group_channels = s->channels / s->groups, group_filters = s->filters / s->groups;
    for (ptrdiff_t c = 0; c < group_channels; c++)
        for (ptrdiff_t f = 0; f < s->filters; f++)
            visit(context,
                  (ConvProduct){.input = input_pixel * s->channels + f / group_filters * group_channels + c,
                                .output = output_pixel * s->filters + f,
                                .weight = (window * group_channels + c) * s->filters + f});
}

static inline __attribute__((always_inline)) void conv_visit_image(const ConvShape *s, ptrdiff_t image,
                                                                   ConvVisit *visit, void *context) {
    const ptrdiff_t input = image * s->height * s->width, output = image * s->output_height * s->output_width;
    for (ptrdiff_t oy = 0; oy < s->output_height; oy++)
        for (ptrdiff_t ox = 0; ox < s->output_width; ox++)
            for (ptrdiff_t ky = 0; ky < s->window_height; ky++)
                for (ptrdiff_t kx = 0; kx < s->window_width; kx++) {
                    ptrdiff_t y = oy * s->stride_y + ky * s->dilation_y - s->pad_top;
                    ptrdiff_t x = ox * s->stride_x + kx * s->dilation_x - s->pad_left;
                    if (y < 0 || y >= s->height || x < 0 || x >= s->width) continue;
                    conv_visit_pixel(s, output + oy * s->output_width + ox, input + y * s->width + x,
                                     ky * s->window_width + kx, visit, context);
                }
}

// Calls visit for every product in which the window lies on the input.
static inline __attribute__((always_inline)) void conv_visit(const ConvShape *s, ConvVisit *visit,
                                                             void *context) {
    for (ptrdiff_t image = 0; image < s->images; image++) conv_visit_image(s, image, visit, context);
}

// result[.] += a[.] * b[.], the roles of the three tensors being the family's.
typedef struct ConvTensors {
    real *result;
    const real *a, *b;
} ConvTensors;

// The same of the weights start .. end - 1 alone.
typedef struct ConvRows {
    ConvTensors tensors;
    ptrdiff_t start, end;
} ConvRows;

static inline void conv_visit_forward(void *context, ConvProduct product) {
    ConvTensors *tensors = context;
    tensors->result[product.output] += tensors->a[product.input] * tensors->b[product.weight];
}

static inline void conv_visit_backward_data(void *context, ConvProduct product) {
    ConvTensors *tensors = context;
    tensors->result[product.input] += tensors->a[product.output] * tensors->b[product.weight];
}

static inline void conv_visit_backward_rows(void *context, ConvProduct product) {
    const ConvRows *rows = context;
    const ConvTensors *tensors = &rows->tensors;
    if (product.weight >= rows->start && product.weight < rows->end)
        tensors->result[product.weight - rows->start] +=
            tensors->a[product.input] * tensors->b[product.output];
}

static inline void conv_visit_backward_weights(void *context, ConvProduct product) {
    ConvTensors *tensors = context;
    tensors->result[product.weight] += tensors->a[product.input] * tensors->b[product.output];
}

#endif
