// What the layers conv and dwconv share.
#ifndef OPS_CONV_H
#define OPS_CONV_H

#include "ops/window.h"

#define KERNEL_ROW(initial)                                                                                  \
    {                                                                                                        \
        "kernel", TYPE_WINDOW, initial, 1, 4096, NULL, 0,                                                    \
            "the window's size, height x width, or one number for both"                                      \
    }
#define DILATION_ROW                                                                                         \
    {                                                                                                        \
        "dilation", TYPE_WINDOW, "1", 1, 4096, NULL, 0,                                                      \
            "steps between the window's taps; Keras's default is 1"                                          \
    }
#define BIAS_ROW                                                                                             \
    {                                                                                                        \
        "bias", TYPE_TRUTH, "true", 0, 0, NULL, 0,                                                           \
            "adds a number to every output channel; Keras's default is true"                                 \
    }

typedef struct Geometry {
    Window window;
    int64_t channels, filters, groups;
} Geometry;

Geometry conv_geometry(const Value *value);         // of op_conv
Geometry conv_weights_geometry(const Value *value); // of op_conv_backward_weights

// As members of nests (conv_nest.c): see Op.
bool conv_nests(const Value *value);
bool conv_weights_nests(const Value *value);
LoopExpr *conv_element(Lowering *lowering, const Value *value, LoopExpr *const *inputs);
LoopExpr *conv_weights_term(Lowering *lowering, const Value *value, LoopExpr *const *inputs, int row);

// Declares the layer's weight and bias, and appends the convolution with the layer's kernel, stride, dilation
// and pad. Fans as Keras counts them, for its initializers.
Value *conv_append(Layer *layer, int64_t filters, int64_t groups, int64_t fan_in, int64_t fan_out);
// Declares "bias", of zeros, and adds it to the value's channels, if the layer has bias = true.
Value *bias_append(Layer *layer, Value *value);

// Sets the constants that the convolutions' kernels have in common (kernels/ref/conv.h).
void conv_constants(Lowering *lowering, Kernel *kernel, const Window *window, int64_t channels,
                    int64_t filters, int64_t groups);

extern const Op op_conv, op_bias_add;

#endif
