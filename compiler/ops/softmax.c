// exp(x) / sum exp(x) over the last axis; the largest number is taken off first, so that nothing overflows.
#include "ops/rules.h"

#include <math.h>

extern const Op op_softmax_backward;

static void softmax_row(LoopBuilder *build, const Buffer *input, const Buffer *output, int64_t length,
                        LoopExpr *row) {
    LoopExpr *most = loop_declare(build, "most", loop_number(build, -INFINITY));
    LoopExpr *sum = loop_declare(build, "sum", loop_number(build, 0));
    LoopExpr *i = loop_open_constant(build, AXIS_LANE, "i", length);
    loop_accumulate(build, most, LOOP_MAXIMUM, loop_load(build, input, loop_scaled(build, row, length, i)));
    loop_close(build);
    i = loop_open_constant(build, AXIS_LANE, "i", length);
    LoopExpr *at = loop_scaled(build, row, length, i);
    LoopExpr *apart = minus(build, loop_load(build, input, at), most);
    LoopExpr *power = loop_let(build, "power", loop_unary(build, LOOP_EXP, apart));
    loop_store(build, output, at, power);
    loop_accumulate(build, sum, LOOP_ADD, power);
    loop_close(build);
    LoopExpr *share = loop_let(build, "share", over(build, loop_number(build, 1), sum));
    i = loop_open_constant(build, AXIS_LANE, "i", length);
    at = loop_scaled(build, row, length, i);
    loop_store(build, output, at, times(build, loop_load(build, output, at), share));
    loop_close(build);
}

static void softmax_lower(Lowering *lowering, const Value *value) {
    LoopBuilder *build = &lowering->build;
    LoopExpr *row = loop_open_constant(build, AXIS_TILE, "row", shape_pixels(&value->shape));
    softmax_row(build, lowering_buffer(lowering, value->inputs[0]), lowering_buffer(lowering, value),
                shape_channels(&value->shape), row);
    loop_close(build);
}

static void softmax_gradient(Gradient *gradient, const Value *value, Value *output_gradient) {
    Function *function = gradient_function(gradient);
    gradient_add(gradient, value->inputs[0],
                 ADD(function, &op_softmax_backward, output_gradient, (Value *)value));
}

const Op op_softmax = {.name = "softmax",
                       .summary = "exp(x) / sum exp(x) over the last axis",
                       .flags = OP_LAYER | OP_ACTIVATION,
                       .minimum_inputs = 1,
                       .maximum_inputs = 1,
                       .shape = shape_as_input,
                       .gradient = softmax_gradient,
                       .lower = softmax_lower};

// softmax_backward(dy, y) = y * (dy - sum dy y)
static void backward_lower(Lowering *lowering, const Value *value) {
    LoopBuilder *build = &lowering->build;
    const Buffer *slope = lowering_buffer(lowering, value->inputs[0]),
                 *result = lowering_buffer(lowering, value->inputs[1]);
    const Buffer *output = lowering_buffer(lowering, value);
    int64_t length = shape_channels(&value->shape);
    LoopExpr *row = loop_open_constant(build, AXIS_TILE, "row", shape_pixels(&value->shape));
    LoopExpr *sum = loop_declare(build, "sum", loop_number(build, 0));
    LoopExpr *i = loop_open_constant(build, AXIS_LANE, "i", length);
    LoopExpr *at = loop_scaled(build, row, length, i);
    loop_accumulate(build, sum, LOOP_ADD,
                    times(build, loop_load(build, slope, at), loop_load(build, result, at)));
    loop_close(build);
    i = loop_open_constant(build, AXIS_LANE, "i", length);
    at = loop_scaled(build, row, length, i);
    LoopExpr *apart = minus(build, loop_load(build, slope, at), sum);
    loop_store(build, output, at, times(build, loop_load(build, result, at), apart));
    loop_close(build);
    loop_close(build);
}

const Op op_softmax_backward = {.name = "softmax_backward",
                                .summary = "the gradient through softmax",
                                .minimum_inputs = 2,
                                .maximum_inputs = 2,
                                .shape = shape_as_input,
                                .lower = backward_lower};
