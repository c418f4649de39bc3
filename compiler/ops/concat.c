// Branches' channels side by side, and the part of the channels that is each branch's gradient.
#include "ops/rules.h"

extern const Op op_slice_channels;

static bool concat_shape(Value *value) {
    Shape shape = value->inputs[0]->shape;
    int last = shape.rank - 1;
    for (int i = 1; i < value->input_count; i++) {
        const Shape *other = &value->inputs[i]->shape;
        bool fits = other->rank == shape.rank;
        for (int axis = 0; fits && axis < last; axis++) fits = other->dim[axis] == shape.dim[axis];
        if (!fits)
            return refuse_inputs(value, E0307, "make them of the same height and width",
                                 "branches of `concat` differ in more than their channels");
        shape.dim[last] += other->dim[last];
    }
    if (shape.dim[last] > LARGEST_TENSOR / shape_pixels(&value->inputs[0]->shape))
        return refuse_inputs(value, E0322, "a tensor of one image has at most 2147483647 numbers",
                             "`concat` would give a tensor that is too large");
    value->type = TYPE_REAL;
    value->shape = shape;
    return true;
}

static void copy_channels(LoopBuilder *build, const Buffer *to, int64_t to_channels, int64_t to_start,
                          const Buffer *from, int64_t from_channels, int64_t from_start, int64_t count,
                          LoopExpr *pixel) {
    LoopExpr *channel = loop_open_constant(build, AXIS_LANE, "channel", count);
    LoopExpr *source = plus(build, channel, loop_integer(build, from_start));
    LoopExpr *target = plus(build, channel, loop_integer(build, to_start));
    loop_store(build, to, loop_scaled(build, pixel, to_channels, target),
               loop_load(build, from, loop_scaled(build, pixel, from_channels, source)));
    loop_close(build);
}

static void concat_lower(Lowering *lowering, const Value *value) {
    LoopBuilder *build = &lowering->build;
    int64_t channels = shape_channels(&value->shape), start = 0;
    LoopExpr *pixel = loop_open_constant(build, AXIS_TILE, "pixel", shape_pixels(&value->shape));
    for (int i = 0; i < value->input_count; i++) {
        int64_t own = shape_channels(&value->inputs[i]->shape);
        copy_channels(build, lowering_buffer(lowering, value), channels, start,
                      lowering_buffer(lowering, value->inputs[i]), own, 0, own, pixel);
        start += own;
    }
    loop_close(build);
}

static void concat_gradient(Gradient *gradient, const Value *value, Value *output_gradient) {
    Function *function = gradient_function(gradient);
    int64_t start = 0;
    for (int i = 0; i < value->input_count; i++) {
        int64_t own = shape_channels(&value->inputs[i]->shape);
        if (gradient_wanted(gradient, value->inputs[i])) {
            Value *part = value_like(function, value, &op_slice_channels, 1, &output_gradient);
            value_set(part, "start", attr_integer(start));
            value_set(part, "count", attr_integer(own));
            gradient_add(gradient, value->inputs[i], function_append(function, part));
        }
        start += own;
    }
}

const Op op_concat = {.name = "concat",
                      .summary = "branches' channels side by side",
                      .flags = OP_LAYER | OP_JOIN,
                      .minimum_inputs = 2,
                      .maximum_inputs = MAX_INPUTS,
                      .shape = concat_shape,
                      .gradient = concat_gradient,
                      .lower = concat_lower};

static const Attribute slice_attributes[] = {
    {"start", TYPE_WHOLE, "0", 0, 1e9, NULL, ATTRIBUTE_INTERNAL, "the first channel"},
    {"count", TYPE_WHOLE, "1", 1, 1e9, NULL, ATTRIBUTE_INTERNAL, "how many"}};

static bool slice_shape(Value *value) {
    shape_as_input(value);
    value->shape.dim[value->shape.rank - 1] = value_integer(value, "count");
    return true;
}

static void slice_lower(Lowering *lowering, const Value *value) {
    LoopBuilder *build = &lowering->build;
    int64_t count = shape_channels(&value->shape);
    LoopExpr *pixel = loop_open_constant(build, AXIS_TILE, "pixel", shape_pixels(&value->shape));
    copy_channels(build, lowering_buffer(lowering, value), count, 0,
                  lowering_buffer(lowering, value->inputs[0]), shape_channels(&value->inputs[0]->shape),
                  value_integer(value, "start"), count, pixel);
    loop_close(build);
}

const Op op_slice_channels = {.name = "slice_channels",
                              .summary = "some channels of every pixel",
                              .minimum_inputs = 1,
                              .maximum_inputs = 1,
                              ATTRIBUTES(slice_attributes),
                              .shape = slice_shape,
                              .lower = slice_lower};
