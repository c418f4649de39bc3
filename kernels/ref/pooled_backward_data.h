// pooled_backward_data: the gradient of the convolution's input. Constants: pooled.h, with IMAGES 1.
//   KERNEL(input_gradient, gradient, positions, weights, scratch, slots)
// The epilogue is applied to every input gradient; element: its number, channel: the input's.
#include "ref/pooled.h"

KERNEL_LINKAGE void KERNEL(real *restrict input_gradient, const real *restrict gradient,
                           const uint8_t *restrict positions, const real *restrict weights,
                           void *restrict scratch, const void *const *slots) {
    const ConvShape shape = KERNEL_CONV_SHAPE;
    const PoolShape pool = KERNEL_POOL_SHAPE;
    const ptrdiff_t elements = shape.height * shape.width * shape.channels;
    (void)scratch, (void)slots;
    for (ptrdiff_t i = 0; i < elements; i++) input_gradient[i] = 0;
    pooled_visit(&shape, &pool, positions, pooled_visit_backward_data,
                 &(PooledTensors){.result = input_gradient, .a = gradient, .b = weights});
#ifdef KERNEL_EPILOGUE
    for (ptrdiff_t i = 0; i < elements; i++)
        input_gradient[i] = KERNEL_EPILOGUE(vec_all(input_gradient[i]), i, i % shape.channels)[0];
#endif
}

#include "kernel_end.h"
