// Zeros around an image; and the image without its border, which is the gradient.
#include "ops/rules.h"

static const Attribute attributes[] = {
    {"pad", TYPE_PADDING, NULL, 0, 4096, NULL, 0,
     "rows and columns of zeros: a number for all sides, or [before, after]"}};
static const Attribute crop_attributes[] = {
    {"pad", TYPE_PADDING, "0", 0, 4096, NULL, ATTRIBUTE_INTERNAL, "what is cut off"}};

extern const Op op_crop;

// The border and the inner image; the outer one is inner plus border.
typedef struct Border {
    int64_t top, left, height, width, channels, outer_width;
} Border;

static bool zero_pad_shape(Value *value) {
    if (!needs_image(value)) return false;
    const Shape *input = &value->inputs[0]->shape;
    const Attr *pad = value_attr(value, "pad");
    if (pad->word)
        return refuse_attribute(value, E0306, "pad", "write a number, or [before, after]",
                                "`zero_pad` needs numbers of rows and columns; `%s` is for windows",
                                pad->word);
    return shape_image(value, input->batched, input->dim[0] + pad->size[0] + pad->size[2],
                       input->dim[1] + pad->size[1] + pad->size[3], input->dim[2]);
}

static Border border_of(const Value *value, const Shape *inner, const Shape *outer) {
    const int64_t *pad = value_attr(value, "pad")->size;
    return (Border){pad[0], pad[1], inner->dim[0], inner->dim[1], inner->dim[2], outer->dim[1]};
}

// Copies the inner image to or from its place in the outer one.
static void copy_inner(LoopBuilder *build, const Border *border, const Buffer *to, const Buffer *from,
                       bool outwards) {
    LoopExpr *row = loop_open_constant(build, AXIS_TILE, "row", border->height);
    LoopExpr *i = loop_open_constant(build, AXIS_LANE, "i", border->width * border->channels);
    int64_t start = (border->top * border->outer_width + border->left) * border->channels;
    LoopExpr *inner = loop_scaled(build, row, border->width * border->channels, i);
    LoopExpr *outer = loop_scaled(build, row, border->outer_width * border->channels,
                                  plus(build, i, loop_integer(build, start)));
    loop_store(build, to, outwards ? outer : inner, loop_load(build, from, outwards ? inner : outer));
    loop_close(build);
    loop_close(build);
}

static void zero_pad_lower(Lowering *lowering, const Value *value) {
    Border border = border_of(value, &value->inputs[0]->shape, &value->shape);
    const Buffer *output = lowering_buffer(lowering, value);
    fill(&lowering->build, output, 0);
    copy_inner(&lowering->build, &border, output, lowering_buffer(lowering, value->inputs[0]), true);
}

static void zero_pad_gradient(Gradient *gradient, const Value *value, Value *output_gradient) {
    Function *function = gradient_function(gradient);
    Value *back = value_like(function, value, &op_crop, 1, &output_gradient);
    copy_attributes(back, value);
    gradient_add(gradient, value->inputs[0], function_append(function, back));
}

const Op op_zero_pad = {.name = "zero_pad",
                        .summary = "zeros around the image",
                        .flags = OP_LAYER,
                        .minimum_inputs = 1,
                        .maximum_inputs = 1,
                        ATTRIBUTES(attributes),
                        .shape = zero_pad_shape,
                        .gradient = zero_pad_gradient,
                        .lower = zero_pad_lower};

static bool crop_shape(Value *value) {
    const int64_t *pad = value_attr(value, "pad")->size;
    const Shape *outer = &value->inputs[0]->shape;
    return shape_image(value, true, outer->dim[0] - pad[0] - pad[2], outer->dim[1] - pad[1] - pad[3],
                       outer->dim[2]);
}

static void crop_lower(Lowering *lowering, const Value *value) {
    Border border = border_of(value, &value->shape, &value->inputs[0]->shape);
    copy_inner(&lowering->build, &border, lowering_buffer(lowering, value),
               lowering_buffer(lowering, value->inputs[0]), false);
}

const Op op_crop = {.name = "crop",
                    .summary = "the image without its border",
                    .minimum_inputs = 1,
                    .maximum_inputs = 1,
                    ATTRIBUTES(crop_attributes),
                    .shape = crop_shape,
                    .lower = crop_lower};
