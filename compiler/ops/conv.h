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
Geometry conv_data_geometry(const Value *value);    // of op_conv_backward_data
// Of the convolution, for each image.
Cost conv_geometry_cost(const Geometry *geometry);
// A value of an op with CONV_BACKWARD_ROWS that are those of the convolution.
Value *conv_backward_new(Function *function, const Value *conv, const Op *op, int input_count,
                         Value *const *inputs);

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

// Calls `kernel`, which adds to rows of the weights' gradient from row `first` on, over the chunks in their
// order; it reads the inputs of `value` and takes a chunk's images and `first`.
void conv_rows_of_chunks(Lowering *lowering, const Value *value, Kernel *kernel, LoopExpr *first,
                         const Buffer *block);

// Sets the constants that the convolutions' kernels have in common (kernels/ref/conv.h).
void conv_constants(Arena *arena, Kernel *kernel, const Window *window, int64_t channels, int64_t filters,
                    int64_t groups, int64_t images);

// Of a convolution's gradients (pooled_conv.c): whether they are had from the gradient of a pool that
// chooses, of which `output_gradient` is the spread; and appends them.
bool conv_is_pooled(const Gradient *gradient, const Value *conv, const Value *output_gradient);
void conv_pooled_gradient(Gradient *gradient, const Value *conv, const Value *spread);

// Attributes of the gradients: as conv's, and what can't be seen from their inputs.
#define CONV_BACKWARD_ROWS                                                                                   \
    {"kernel", TYPE_WINDOW, "1", 1, 4096, NULL, ATTRIBUTE_INTERNAL, "of the convolution"},                   \
        {"stride", TYPE_WINDOW, "1", 1, 4096, NULL, ATTRIBUTE_INTERNAL, "of the convolution"},               \
        {"dilation", TYPE_WINDOW, "1", 1, 4096, NULL, ATTRIBUTE_INTERNAL, "of the convolution"},             \
        {"pad", TYPE_PADDING, "valid", 0, 4096, NULL, ATTRIBUTE_INTERNAL, "of the convolution"},             \
        {"groups", TYPE_WHOLE, "1", 1, 1 << 20, NULL, ATTRIBUTE_INTERNAL, "of the convolution"},             \
        {"size",                                                                                             \
         TYPE_WINDOW,                                                                                        \
         "1",                                                                                                \
         1,                                                                                                  \
         1e9,                                                                                                \
         NULL,                                                                                               \
         ATTRIBUTE_INTERNAL,                                                                                 \
         "of the convolution's input, height x width"},                                                      \
    {                                                                                                        \
        "channels", TYPE_WHOLE, "1", 1, 1 << 20, NULL, ATTRIBUTE_INTERNAL, "of the convolution's input"      \
    }

extern const Op op_conv, op_bias_add;

#endif
