// Images on which the windows of a convolution lie, for sizes that are arguments.
#ifndef KERNELS_CPU_CONV_IMAGES_H
#define KERNELS_CPU_CONV_IMAGES_H

#include "cpu/pad.h"

// Images on which every window lies whole.
typedef struct ConvImages {
    const real *numbers;
    ptrdiff_t row, image; // numbers from one row to the next, from one image to the next
} ConvImages;

// The images themselves, or their copies between zeros in `scratch`.
static __attribute__((noinline, unused)) ConvImages conv_images(const real *images, ptrdiff_t count,
                                                                real *scratch, const KernelSizes *sizes) {
    const ptrdiff_t height =
        (sizes->output_height - 1) * sizes->stride_y + (sizes->window_height - 1) * sizes->dilation_y + 1;
    const ptrdiff_t width =
        (sizes->output_width - 1) * sizes->stride_x + (sizes->window_width - 1) * sizes->dilation_x + 1;
    const ptrdiff_t own = sizes->height * sizes->width * sizes->channels,
                    size = height * width * sizes->channels;
    if (sizes->pad_top == 0 && sizes->pad_left == 0 && height <= sizes->height && width <= sizes->width)
        return (ConvImages){images, sizes->width * sizes->channels, own};
    for (ptrdiff_t image = 0; image < count; image++)
        conv_pad(scratch + image * size, images + image * own, height, width, sizes->height, sizes->width,
                 sizes->channels, sizes->channels, sizes->pad_top, sizes->pad_left);
    return (ConvImages){scratch, width * sizes->channels, size};
}

// Where each output pixel's window begins, image after image.
static inline void conv_places(ptrdiff_t *place, const ConvImages *images, ptrdiff_t count,
                               const KernelSizes *sizes) {
    for (ptrdiff_t image = 0; image < count; image++)
        for (ptrdiff_t y = 0; y < sizes->output_height; y++)
            for (ptrdiff_t x = 0; x < sizes->output_width; x++)
                *place++ = image * images->image + y * sizes->stride_y * images->row +
                           x * sizes->stride_x * sizes->channels;
}

#endif
