// Resizing with half-pixel centres and no antialiasing, as TensorFlow and Keras do it: output pixel o looks
// at place (o + 1/2) * in / out - 1/2 of the input. Places are exact fractions: ((2o + 1) * in - out) / (2
// out).
#include "ops/rules.h"

#include <string.h>

static const Attribute attributes[] = {
    {"size", TYPE_WINDOW, NULL, 1, 65536, NULL, 0, "the new height x width, or one number for both"},
    {"method", TYPE_WORD, "bilinear", 0, 0, "nearest bilinear", 0,
     "how to look between pixels; Keras's default is bilinear"}};
static const Attribute backward_attributes[] = {
    {"input", TYPE_WINDOW, "1", 1, 1e9, NULL, ATTRIBUTE_INTERNAL, "the input's height x width"},
    {"method", TYPE_WORD, "bilinear", 0, 0, "nearest bilinear", ATTRIBUTE_INTERNAL, "as forward"}};

extern const Op op_resize_backward;

static bool resize_shape(Value *value) {
    if (!needs_image(value)) return false;
    const Shape *input = &value->inputs[0]->shape;
    const int64_t *size = value_attr(value, "size")->size;
    return shape_image(value, input->batched, size[0], size[1], input->dim[2]);
}

static bool is_nearest(const Value *value) {
    return strcmp(value_attr(value, "method")->word, "nearest") == 0;
}

// Where an output line looks: two input lines and the part of the second; with `nearest` the first alone.
typedef struct Place {
    LoopExpr *line[2], *part;
} Place;

static Place place_of(LoopBuilder *build, LoopExpr *output, int64_t in, int64_t out, bool nearest) {
    LoopExpr *last = loop_integer(build, in - 1), *whole = loop_integer(build, 2 * out);
    LoopExpr *centre = loop_scaled(build, output, 2 * in, loop_integer(build, in));
    if (nearest) return (Place){.line = {loop_let(build, "line", over(build, centre, whole))}};
    LoopExpr *place = larger(build, minus(build, centre, loop_integer(build, out)), loop_integer(build, 0));
    LoopExpr *first = loop_let(build, "first", over(build, place, whole));
    LoopExpr *second =
        loop_let(build, "second", smaller(build, plus(build, first, loop_integer(build, 1)), last));
    LoopExpr *rest = loop_unary(build, LOOP_TO_REAL, loop_binary(build, LOOP_MODULO, place, whole));
    return (Place){{first, second},
                   loop_let(build, "part", times_number(build, rest, 1.0 / (double)(2 * out)))};
}

// The weight of line `which` (0 or 1).
static LoopExpr *weight_of(LoopBuilder *build, const Place *place, int which) {
    if (!place->part) return loop_number(build, 1);
    return which ? place->part : minus(build, loop_number(build, 1), place->part);
}

static LoopExpr *element_at(LoopBuilder *build, LoopExpr *row, LoopExpr *column, int64_t width,
                            int64_t channels, LoopExpr *channel) {
    return loop_scaled(build, loop_scaled(build, row, width, column), channels, channel);
}

// Opens the loops over the output's pixels.
static void open_pixels(LoopBuilder *build, const Shape *small, const Shape *large, bool nearest,
                        LoopExpr *at[2], Place places[2]) {
    const char *names[] = {"row", "column"};
    for (int axis = 0; axis < 2; axis++) {
        at[axis] = loop_open_constant(build, AXIS_TILE, names[axis], large->dim[axis]);
        places[axis] = place_of(build, at[axis], small->dim[axis], large->dim[axis], nearest);
    }
}

static void resize_lower(Lowering *lowering, const Value *value) {
    LoopBuilder *build = &lowering->build;
    const Shape *from = &value->inputs[0]->shape, *to = &value->shape;
    const Buffer *input = lowering_buffer(lowering, value->inputs[0]),
                 *output = lowering_buffer(lowering, value);
    bool nearest = is_nearest(value);
    int64_t channels = to->dim[2];
    LoopExpr *at[2], *sum = NULL;
    Place places[2];
    open_pixels(build, from, to, nearest, at, places);
    LoopExpr *channel = loop_open_constant(build, AXIS_LANE, "channel", channels);
    for (int corner = 0; corner < (nearest ? 1 : 4); corner++) {
        int down = corner / 2, right = corner % 2;
        LoopExpr *index =
            element_at(build, places[0].line[down], places[1].line[right], from->dim[1], channels, channel);
        LoopExpr *weight =
            times(build, weight_of(build, &places[0], down), weight_of(build, &places[1], right));
        LoopExpr *term = times(build, loop_load(build, input, index), weight);
        sum = sum ? plus(build, sum, term) : term;
    }
    loop_store(build, output, element_at(build, at[0], at[1], to->dim[1], channels, channel), sum);
    for (int i = 0; i < 3; i++) loop_close(build);
}

static void resize_gradient(Gradient *gradient, const Value *value, Value *output_gradient) {
    Function *function = gradient_function(gradient);
    Value *back = value_like(function, value, &op_resize_backward, 1, &output_gradient);
    copy_attributes(back, value);
    value_set(back, "input", attr_size(2, value->inputs[0]->shape.dim));
    gradient_add(gradient, value->inputs[0], function_append(function, back));
}

const Op op_resize = {.name = "resize",
                      .summary = "the image in another height and width",
                      .flags = OP_LAYER,
                      .minimum_inputs = 1,
                      .maximum_inputs = 1,
                      ATTRIBUTES(attributes),
                      .shape = resize_shape,
                      .gradient = resize_gradient,
                      .lower = resize_lower};

static bool backward_shape(Value *value) {
    const int64_t *size = value_attr(value, "input")->size;
    return shape_image(value, true, size[0], size[1], shape_channels(&value->inputs[0]->shape));
}

// Every output pixel gives its gradient back to the pixels it looked at, by their weights.
static void backward_lower(Lowering *lowering, const Value *value) {
    LoopBuilder *build = &lowering->build;
    const Shape *from = &value->shape, *to = &value->inputs[0]->shape;
    const Buffer *input = lowering_buffer(lowering, value->inputs[0]),
                 *output = lowering_buffer(lowering, value);
    bool nearest = is_nearest(value);
    int64_t channels = to->dim[2];
    LoopExpr *at[2];
    Place places[2];
    fill(build, output, 0);
    open_pixels(build, from, to, nearest, at, places);
    for (int corner = 0; corner < (nearest ? 1 : 4); corner++) {
        int down = corner / 2, right = corner % 2;
        LoopExpr *weight =
            times(build, weight_of(build, &places[0], down), weight_of(build, &places[1], right));
        LoopExpr *channel = loop_open_constant(build, AXIS_LANE, "channel", channels);
        LoopExpr *index =
            element_at(build, places[0].line[down], places[1].line[right], from->dim[1], channels, channel);
        LoopExpr *slope =
            loop_load(build, input, element_at(build, at[0], at[1], to->dim[1], channels, channel));
        loop_store(build, output, index,
                   plus(build, loop_load(build, output, index), times(build, slope, weight)));
        loop_close(build);
    }
    loop_close(build);
    loop_close(build);
}

const Op op_resize_backward = {.name = "resize_backward",
                               .summary = "the gradient through resize",
                               .minimum_inputs = 1,
                               .maximum_inputs = 1,
                               ATTRIBUTES(backward_attributes),
                               .shape = backward_shape,
                               .lower = backward_lower};
