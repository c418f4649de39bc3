// conv_backward_rows: adds to rows first .. first + ROWS - 1 of the weights' gradient [window][channel] what
// `images` images give, at most IMAGES. Constants: conv.h, of the forward convolution, for one group; ROWS.
// No epilogue.
//   KERNEL(rows_gradient [ROWS][FILTERS], input, output_gradient, images, first, scratch, slots)
#include "ref/conv.h"

KERNEL_LINKAGE void KERNEL(real *restrict rows_gradient, const real *restrict input,
                           const real *restrict output_gradient, ptrdiff_t images, ptrdiff_t first,
                           void *restrict scratch, const void *const *slots) {
    ConvShape shape = KERNEL_CONV_SHAPE;
    const ptrdiff_t start = first * shape.filters;
    shape.images = images;
    (void)scratch, (void)slots;
    conv_visit(
        &shape, conv_visit_backward_rows,
        &(ConvRows){{rows_gradient, input, output_gradient}, start, start + KERNEL_ROWS * shape.filters});
}

#include "kernel_end.h"
