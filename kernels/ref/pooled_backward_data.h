// pooled_backward_data: the gradient of the convolution's input. Constants: pooled.h.
//   KERNEL(input_gradient, gradient, positions, weights, scratch, slots)
// The epilogue is applied to every input gradient; element: its number among all images', channel: the
// input's.
#include "ref/pooled.h"

KERNEL_LINKAGE void KERNEL(real *restrict input_gradient, const real *restrict gradient,
                           const uint8_t *restrict positions, const real *restrict weights,
                           void *restrict scratch, const void *const *slots) {
    const ConvShape shape = KERNEL_CONV_SHAPE;
    const PoolShape pool = KERNEL_POOL_SHAPE;
    const ptrdiff_t own = shape.height * shape.width * shape.channels, elements = shape.images * own;
    const ptrdiff_t pooled =
        shape.output_height / pool.height * (shape.output_width / pool.width) * shape.filters;
    (void)scratch, (void)slots;
    for (ptrdiff_t i = 0; i < elements; i++) input_gradient[i] = 0;
    for (ptrdiff_t image = 0; image < shape.images; image++)
        pooled_visit(&shape, &pool, positions + image * pooled, pooled_visit_backward_data,
                     &(PooledTensors){.result = input_gradient + image * own,
                                      .a = gradient + image * pooled,
                                      .b = weights});
#ifdef KERNEL_EPILOGUE
    for (ptrdiff_t i = 0; i < elements; i++)
        input_gradient[i] = KERNEL_EPILOGUE(vec_all(input_gradient[i]), i, i % shape.channels)[0];
#endif
}

#include "kernel_end.h"
