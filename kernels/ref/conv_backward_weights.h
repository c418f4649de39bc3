// conv_backward_weights, depthwise_backward_weights: adds one image's gradient to that of the weights.
// Constants: conv.h, of the forward convolution. No epilogue.
//   KERNEL(weights_gradient, input, output_gradient, scratch, slots)
#include "ref/conv.h"

KERNEL_LINKAGE void KERNEL(real *restrict weights_gradient, const real *restrict input,
                           const real *restrict output_gradient, void *restrict scratch,
                           const void *const *slots) {
    const ConvShape shape = KERNEL_CONV_SHAPE;
    (void)scratch, (void)slots;
    conv_visit(&shape, conv_visit_backward_weights, &(ConvTensors){weights_gradient, input, output_gradient});
}

#include "kernel_end.h"
