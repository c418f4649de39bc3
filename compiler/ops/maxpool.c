// Max and min pools, over windows and over the whole image. In training they leave the position of what they
// chose, the first one among equals, as their second result (also.c), and the gradient goes there alone.
#include "ops/pool.h"

#include <math.h>
#include <string.h>

static const Attribute attributes[] = {SIZE_ROW("2", POOL_HELP), POOL_STRIDE_ROW, PAD_ROW};
static const Attribute global_attributes[] = {KEEP_ROW};
static const Attribute backward_attributes[] = {POOL_BACKWARD_ROWS};

extern const Op op_pool_backward;

static void extreme_lower(Lowering *lowering, const Value *value, double worst) {
    LoopBuilder *build = &lowering->build;
    Window window = pool_window(value);
    int64_t channels = shape_channels(&value->shape);
    const Buffer *input = lowering_buffer(lowering, value->inputs[0]);
    const Buffer *output = lowering_buffer(lowering, value), *also = lowering_also(lowering, value);
    LoopExpr *row = loop_open_constant(build, AXIS_TILE, "row", window.out_height);
    LoopExpr *column = loop_open_constant(build, AXIS_TILE, "column", window.out_width);
    LoopExpr *channel = loop_open_constant(build, AXIS_LANE, "channel", channels);
    LoopExpr *best = loop_declare(build, "best", loop_number(build, worst));
    LoopExpr *position = also ? loop_declare(build, "position", loop_number(build, 0)) : NULL;
    PoolTap tap = tap_open(build, &window, row, column);
    LoopExpr *number =
        loop_let(build, "number", loop_load(build, input, loop_scaled(build, tap.pixel, channels, channel)));
    LoopExpr *better = worst < 0 ? less(build, best, number) : less(build, number, best);
    if (also) {
        LoopExpr *here = loop_unary(build, LOOP_TO_REAL, tap.position);
        loop_assign(build, position, loop_select(build, better, here, position));
    }
    loop_assign(build, best, worst < 0 ? larger(build, best, number) : smaller(build, best, number));
    tap_close(build, &tap);
    LoopExpr *to = loop_scaled(build, loop_scaled(build, row, window.out_width, column), channels, channel);
    loop_store(build, output, to, best);
    if (also) loop_store(build, also, to, position);
    for (int i = 0; i < 3; i++) loop_close(build);
}

static void maxpool_lower(Lowering *lowering, const Value *value) {
    extreme_lower(lowering, value, -INFINITY);
}

static void minpool_lower(Lowering *lowering, const Value *value) {
    extreme_lower(lowering, value, INFINITY);
}

static void extreme_gradient(Gradient *gradient, const Value *value, Value *output_gradient) {
    Function *function = gradient_function(gradient);
    const int64_t *size = value_attr(value, "size")->size;
    Value *also = value_like(function, value, &op_also, 1, (Value *[]){(Value *)value});
    value_set(also, "positions", attr_integer(size[0] * size[1]));
    function_append(function, also);
    Value *back = pool_backward_new(function, value, &op_pool_backward, output_gradient, also);
    gradient_add(gradient, value->inputs[0], back);
}

const Op op_maxpool = {.name = "maxpool",
                       .summary = "the largest number of each window",
                       .flags = OP_LAYER,
                       .minimum_inputs = 1,
                       .maximum_inputs = 1,
                       ATTRIBUTES(attributes),
                       .shape = pool_shape,
                       .gradient = extreme_gradient,
                       .lower = maxpool_lower};

const Op op_minpool = {.name = "minpool",
                       .summary = "the smallest number of each window",
                       .flags = OP_LAYER,
                       .minimum_inputs = 1,
                       .maximum_inputs = 1,
                       ATTRIBUTES(attributes),
                       .shape = pool_shape,
                       .gradient = extreme_gradient,
                       .lower = minpool_lower};

static Value *global_maxpool_build(Layer *layer) {
    return global_pool_build(layer, &op_maxpool);
}

const Op op_global_maxpool = {.name = "global_maxpool",
                              .summary = "every channel's largest number",
                              .flags = OP_LAYER,
                              .minimum_inputs = 1,
                              .maximum_inputs = 1,
                              ATTRIBUTES(global_attributes),
                              .build = global_maxpool_build};

// pool_backward(output gradient, positions): the gradient where the position was chosen, 0 elsewhere.
static LoopExpr *chosen_share(Lowering *lowering, const Value *value, LoopExpr *index, LoopExpr *tap,
                              LoopExpr *part) {
    (void)part;
    LoopBuilder *build = &lowering->build;
    LoopExpr *position = loop_load(build, lowering_buffer(lowering, value->inputs[1]), index);
    LoopExpr *chosen = loop_binary(build, LOOP_EQUAL, position, loop_unary(build, LOOP_TO_REAL, tap));
    LoopExpr *gradient = loop_load(build, lowering_buffer(lowering, value->inputs[0]), index);
    return loop_select(build, chosen, gradient, loop_number(build, 0));
}

static void backward_lower(Lowering *lowering, const Value *value) {
    pool_backward_lower(lowering, value, chosen_share, false);
}

const Op op_pool_backward = {.name = "pool_backward",
                             .summary = "the gradient of a pool that chooses",
                             .minimum_inputs = 2,
                             .maximum_inputs = 2,
                             ATTRIBUTES(backward_attributes),
                             .shape = pool_backward_shape,
                             .lower = backward_lower};
