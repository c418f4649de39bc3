// conv_backward_data, depthwise_backward_data: the gradient of the input from that of the output. Constants:
// conv.h, of the forward convolution.
//   KERNEL(input_gradient, output_gradient, weights, scratch, slots)
// The epilogue is applied to every input gradient; element: its number among all images', channel: the
// input's.
#include "ref/conv.h"

KERNEL_LINKAGE void KERNEL(real *restrict input_gradient, const real *restrict output_gradient,
                           const real *restrict weights, void *restrict scratch, const void *const *slots) {
    const ConvShape shape = KERNEL_CONV_SHAPE;
    const ptrdiff_t elements = shape.images * shape.height * shape.width * shape.channels;
    (void)scratch, (void)slots;
    for (ptrdiff_t i = 0; i < elements; i++) input_gradient[i] = 0;
    conv_visit(&shape, conv_visit_backward_data, &(ConvTensors){input_gradient, output_gradient, weights});
#ifdef KERNEL_EPILOGUE
    for (ptrdiff_t i = 0; i < elements; i++)
        input_gradient[i] = KERNEL_EPILOGUE(vec_all(input_gradient[i]), i, i % shape.channels)[0];
#endif
}

#include "kernel_end.h"
