// One channel, three times: what a network made for colour images gets from grey ones.
#include "ops/rules.h"

extern const Op op_rgb_backward;

enum { COLOURS = 3 };

static bool rgb_shape(Value *value) {
    if (!needs_image(value)) return false;
    const Shape *input = &value->inputs[0]->shape;
    if (input->dim[2] != 1)
        return refuse_attribute(value, E0301, NULL,
                                input->dim[2] == COLOURS ? "leave it out: these are three channels already"
                                                         : "make one channel first, by conv(1, 1x1)",
                                "`rgb` copies one channel three times; it gets %lld channels",
                                (long long)input->dim[2]);
    return shape_image(value, input->batched, input->dim[0], input->dim[1], COLOURS);
}

static void rgb_lower(Lowering *lowering, const Value *value) {
    LoopBuilder *build = &lowering->build;
    LoopExpr *pixel = loop_open_constant(build, AXIS_LANE, "pixel", shape_pixels(&value->shape));
    LoopExpr *grey = loop_load(build, lowering_buffer(lowering, value->inputs[0]), pixel);
    for (int i = 0; i < COLOURS; i++)
        loop_store(build, lowering_buffer(lowering, value),
                   loop_scaled(build, pixel, COLOURS, loop_integer(build, i)), grey);
    loop_close(build);
}

static void rgb_gradient(Gradient *gradient, const Value *value, Value *output_gradient) {
    gradient_add(gradient, value->inputs[0],
                 ADD(gradient_function(gradient), &op_rgb_backward, output_gradient));
}

const Op op_rgb = {.name = "rgb",
                   .summary = "one channel, three times",
                   .flags = OP_LAYER,
                   .minimum_inputs = 1,
                   .maximum_inputs = 1,
                   .shape = rgb_shape,
                   .gradient = rgb_gradient,
                   .lower = rgb_lower};

static bool backward_shape(Value *value) {
    const Shape *input = &value->inputs[0]->shape;
    return shape_image(value, true, input->dim[0], input->dim[1], 1);
}

static void backward_lower(Lowering *lowering, const Value *value) {
    LoopBuilder *build = &lowering->build;
    LoopExpr *pixel = loop_open_constant(build, AXIS_LANE, "pixel", shape_pixels(&value->shape)), *sum = NULL;
    for (int i = 0; i < COLOURS; i++) {
        LoopExpr *index = loop_scaled(build, pixel, COLOURS, loop_integer(build, i));
        LoopExpr *slope = loop_load(build, lowering_buffer(lowering, value->inputs[0]), index);
        sum = sum ? plus(build, sum, slope) : slope;
    }
    loop_store(build, lowering_buffer(lowering, value), pixel, sum);
    loop_close(build);
}

const Op op_rgb_backward = {.name = "rgb_backward",
                            .summary = "the sum over three channels",
                            .minimum_inputs = 1,
                            .maximum_inputs = 1,
                            .shape = backward_shape,
                            .lower = backward_lower};
