// Average pools, over windows and over the whole image. Padding is left out of the mean, as in Keras.
#include "ops/pool.h"

static const Attribute attributes[] = {SIZE_ROW("2", POOL_HELP), POOL_STRIDE_ROW, PAD_ROW};
static const Attribute global_attributes[] = {KEEP_ROW};
static const Attribute backward_attributes[] = {POOL_BACKWARD_ROWS};

extern const Op op_avgpool_backward;

static void avgpool_lower(Lowering *lowering, const Value *value) {
    LoopBuilder *build = &lowering->build;
    Window window = pool_window(value);
    int64_t channels = shape_channels(&value->shape);
    const Buffer *input = lowering_buffer(lowering, value->inputs[0]),
                 *output = lowering_buffer(lowering, value);
    LoopExpr *row = loop_open_constant(build, AXIS_TILE, "row", window.out_height);
    LoopExpr *column = loop_open_constant(build, AXIS_TILE, "column", window.out_width);
    LoopExpr *part = window_part(build, &window, row, column);
    LoopExpr *channel = loop_open_constant(build, AXIS_LANE, "channel", channels);
    LoopExpr *sum = loop_declare(build, "sum", loop_number(build, 0));
    PoolTap tap = tap_open(build, &window, row, column);
    LoopExpr *number = loop_load(build, input, loop_scaled(build, tap.pixel, channels, channel));
    loop_assign(build, sum, plus(build, sum, number));
    tap_close(build, &tap);
    LoopExpr *to = loop_scaled(build, loop_scaled(build, row, window.out_width, column), channels, channel);
    loop_store(build, output, to, times(build, sum, part));
    for (int i = 0; i < 3; i++) loop_close(build);
}

static void avgpool_gradient(Gradient *gradient, const Value *value, Value *output_gradient) {
    Function *function = gradient_function(gradient);
    Value *back = pool_backward_new(function, value, &op_avgpool_backward, output_gradient, NULL);
    gradient_add(gradient, value->inputs[0], back);
}

const Op op_avgpool = {.name = "avgpool",
                       .summary = "the mean of each window; padding is left out of it",
                       .flags = OP_LAYER,
                       .minimum_inputs = 1,
                       .maximum_inputs = 1,
                       ATTRIBUTES(attributes),
                       .shape = pool_shape,
                       .gradient = avgpool_gradient,
                       .lower = avgpool_lower};

static Value *global_avgpool_build(Layer *layer) {
    return global_pool_build(layer, &op_avgpool);
}

const Op op_global_avgpool = {.name = "global_avgpool",
                              .summary = "every channel's mean",
                              .flags = OP_LAYER,
                              .minimum_inputs = 1,
                              .maximum_inputs = 1,
                              ATTRIBUTES(global_attributes),
                              .build = global_avgpool_build};

static LoopExpr *mean_share(Lowering *lowering, const Value *value, LoopExpr *index, LoopExpr *tap,
                            LoopExpr *part) {
    (void)tap;
    LoopBuilder *build = &lowering->build;
    return times(build, loop_load(build, lowering_buffer(lowering, value->inputs[0]), index), part);
}

static void backward_lower(Lowering *lowering, const Value *value) {
    pool_backward_lower(lowering, value, mean_share, true);
}

const Op op_avgpool_backward = {.name = "avgpool_backward",
                                .summary = "the gradient of an average pool",
                                .minimum_inputs = 1,
                                .maximum_inputs = 1,
                                ATTRIBUTES(backward_attributes),
                                .shape = pool_backward_shape,
                                .lower = backward_lower};
