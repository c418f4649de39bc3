// conv_backward_channels: adds to the gradient of the weights of channels first .. first + ROWS - 1, laid out
// as [window][ROWS][FILTERS], what `images` images give, at most IMAGES. TOGETHER of them lie one after the
// other, and the next ones `apart` numbers from these, both inputs and output gradients. Constants: conv.h,
// of the forward convolution, for one group; ROWS, TOGETHER. No epilogue.
//   KERNEL(channels_gradient, input, output_gradient, images, first, apart, scratch, slots)
#include "ref/conv.h"

#ifndef KERNELS_REF_CONV_BACKWARD_CHANNELS_H
#define KERNELS_REF_CONV_BACKWARD_CHANNELS_H

typedef struct ConvChannels {
    ConvTensors tensors;
    const ConvShape *shape;
    ptrdiff_t first, rows;
} ConvChannels;

static inline void conv_visit_backward_channels(void *context, ConvProduct product) {
    const ConvChannels *channels = context;
    const ConvShape *s = channels->shape;
    const ptrdiff_t row = product.weight / s->filters, tap = row / s->channels,
                    channel = row % s->channels - channels->first;
    if (channel >= 0 && channel < channels->rows)
        channels->tensors
            .result[(tap * channels->rows + channel) * s->filters + product.weight % s->filters] +=
            channels->tensors.a[product.input] * channels->tensors.b[product.output];
}

#endif

KERNEL_LINKAGE void KERNEL(real *restrict channels_gradient, const real *restrict input,
                           const real *restrict output_gradient, ptrdiff_t images, ptrdiff_t first,
                           ptrdiff_t apart, void *restrict scratch, const void *const *slots) {
    ConvShape shape = KERNEL_CONV_SHAPE;
    (void)scratch, (void)slots;
    for (ptrdiff_t image = 0; image < images; image += KERNEL_TOGETHER) {
        const ptrdiff_t at = image / KERNEL_TOGETHER * apart, left = images - image;
        shape.images = left < KERNEL_TOGETHER ? left : KERNEL_TOGETHER;
        conv_visit(&shape, conv_visit_backward_channels,
                   &(ConvChannels){.tensors = {channels_gradient, input + at, output_gradient + at},
                                   .shape = &shape,
                                   .first = first,
                                   .rows = KERNEL_ROWS});
    }
}

#include "kernel_end.h"
