// conv_forward, depthwise_forward: output = input * weights. Constants: conv.h.
//   KERNEL(output, input, weights, scratch, slots)
// The epilogue is applied to every output; element: its number among all images', channel: its filter.
#include "ref/conv.h"

KERNEL_LINKAGE void KERNEL(real *restrict output, const real *restrict input, const real *restrict weights,
                           void *restrict scratch, const void *const *slots) {
    const ConvShape shape = KERNEL_CONV_SHAPE;
    const ptrdiff_t elements = shape.images * shape.output_height * shape.output_width * shape.filters;
    (void)scratch, (void)slots;
    for (ptrdiff_t i = 0; i < elements; i++) output[i] = 0;
    conv_visit(&shape, conv_visit_forward, &(ConvTensors){output, input, weights});
#ifdef KERNEL_EPILOGUE
    for (ptrdiff_t i = 0; i < elements; i++)
        output[i] = KERNEL_EPILOGUE(vec_all(output[i]), i, i % shape.filters)[0];
#endif
}

#include "kernel_end.h"
