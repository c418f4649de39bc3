// pooled_backward_weights: adds to ROWS filters' weights, from filter `first` on, the gradient of `images`
// images. Constants: pooled.h and ROWS; IMAGES is how many images a call has. No epilogue.
//   KERNEL(rows_gradient, input, gradient, positions, images, first, scratch, slots)
#include "ref/pooled.h"

KERNEL_LINKAGE void KERNEL(real *restrict rows_gradient, const real *restrict input,
                           const real *restrict gradient, const uint8_t *restrict positions, ptrdiff_t images,
                           ptrdiff_t first, void *restrict scratch, const void *const *slots) {
    const ConvShape shape = KERNEL_CONV_SHAPE;
    const PoolShape pool = KERNEL_POOL_SHAPE;
    const ptrdiff_t own = shape.height * shape.width * shape.channels;
    const ptrdiff_t pooled =
        shape.output_height / pool.height * (shape.output_width / pool.width) * shape.filters;
    (void)scratch, (void)slots;
    for (ptrdiff_t image = 0; image < images; image++)
        pooled_visit(&shape, &pool, positions + image * pooled, pooled_visit_backward_weights,
                     &(PooledTensors){.result = rows_gradient,
                                      .a = input + image * own,
                                      .b = gradient + image * pooled,
                                      .first = first,
                                      .rows = KERNEL_ROWS,
                                      .row = shape.window_height * shape.window_width * shape.channels});
}

#include "kernel_end.h"
