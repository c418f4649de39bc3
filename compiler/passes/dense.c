// Turns convolutions whose window is the whole image, such as those of squeeze-and-excitation's single
// pixels, into dense layers: these take the rows of all images of a chunk at once, where a convolution reads
// its weights, and adds to their gradient, image by image.
#include "ops/conv.h"
#include "passes/passes.h"

#include <string.h>

extern const Op op_dense;

static bool covers_image(const Value *conv) {
    const Geometry geometry = conv_geometry(conv);
    const Window *window = &geometry.window;
    return geometry.groups == 1 && !window_padded(window) && window->size[0] == window->height &&
           window->size[1] == window->width;
}

static Value *reshaped(Function *function, const Value *conv, Value *input, int rank, const int64_t *dims) {
    const Shape shape = shape_of(input->shape.batched, rank, dims);
    if (shape_equal(&input->shape, &shape)) return input;
    Value *value = value_like(function, conv, &op_reshape, 1, &input);
    value_set(value, "shape", attr_size(rank, dims));
    return function_append(function, value);
}

// In the convolution's place, as one pixel: what reads it reads the same shape.
static void become_dense(Function *function, Value *conv) {
    const int64_t filters = value_integer(conv, "filters"), inputs = shape_elements(&conv->inputs[0]->shape);
    Value *operands[] = {reshaped(function, conv, conv->inputs[0], 3, (int64_t[]){1, 1, inputs}),
                         reshaped(function, conv, conv->inputs[1], 2, (int64_t[]){inputs, filters})};
    Value *dense = value_like(function, conv, &op_dense, 2, operands);
    copy_attributes(dense, conv);
    value_set(dense, "units", attr_integer(filters));
    *conv = *dense;
    function_append(function, conv);
}

static void dense_function(Function *function) {
    Value **values = function->values.items;
    const int count = function->values.count;
    memset(&function->values, 0, sizeof function->values);
    for (int i = 0; i < count; i++)
        if (values[i]->op == &op_conv && covers_image(values[i]))
            become_dense(function, values[i]);
        else
            list_add(function->module->arena, &function->values, values[i]);
    function_renumber(function);
}

void pass_dense(Module *module) {
    for (int i = 0; i < module->functions.count; i++)
        if (strcmp(module->functions.items[i]->name, "model") != 0)
            dense_function(module->functions.items[i]);
}
