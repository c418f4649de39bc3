#include "ops/conv.h"

#define STRIDE_HELP "1"
static const Attribute attributes[] = {KERNEL_ROW(NULL),
                                       STRIDE_ROW("1"),
                                       DILATION_ROW,
                                       PAD_ROW,
                                       {"multiplier", TYPE_WHOLE, "1", 1, 4096, NULL, 0,
                                        "output channels for every input channel; Keras's default is 1"},
                                       BIAS_ROW};

// Keras counts the fans of a depthwise kernel [h][w][channels][multiplier] like any other's.
static Value *dwconv_build(Layer *layer) {
    if (!layer_needs_image(layer)) return NULL;
    const int64_t *kernel = layer_attr(layer, "kernel")->size;
    int64_t channels = layer->inputs[0]->shape.dim[2], multiplier = layer_integer(layer, "multiplier");
    int64_t taps = kernel[0] * kernel[1];
    return conv_append(layer, channels * multiplier, channels, taps * channels, taps * multiplier);
}

const Op op_dwconv = {.name = "dwconv",
                      .summary = "depthwise convolution: every channel by itself",
                      .flags = OP_LAYER,
                      .minimum_inputs = 1,
                      .maximum_inputs = 1,
                      ATTRIBUTES(attributes),
                      .build = dwconv_build};
