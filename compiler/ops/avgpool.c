// Average pools, over windows and over the whole image. Padding is left out of the mean, as in Keras.
#include "ops/pool.h"

static const Attribute attributes[] = {SIZE_ROW("2", POOL_HELP), POOL_STRIDE_ROW, PAD_ROW};
static const Attribute global_attributes[] = {KEEP_ROW};
static const Attribute backward_attributes[] = {POOL_BACKWARD_ROWS};

extern const Op op_avgpool_backward;

static void mean_begin(Lowering *lowering, const Value *value, LoopExpr **state) {
    (void)value;
    state[0] = loop_declare(&lowering->build, "sum", loop_number(&lowering->build, 0));
}

static void mean_add(Lowering *lowering, LoopExpr *const *state, LoopExpr *number, LoopExpr *position) {
    (void)position;
    loop_assign(&lowering->build, state[0], plus(&lowering->build, state[0], number));
}

static LoopExpr *mean_end(Lowering *lowering, LoopExpr *const *state, LoopExpr *part) {
    return times(&lowering->build, state[0], part);
}

static const PoolRules mean_rules = {.begin = mean_begin, .add = mean_add, .end = mean_end, .divides = true};

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
                       .lower = pool_lower,
                       .pool = &mean_rules};

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

static LoopExpr *mean_spread(Lowering *lowering, LoopExpr *const *inputs, LoopExpr *position,
                             LoopExpr *part) {
    (void)position;
    return times(&lowering->build, inputs[0], part);
}

static const PoolRules spread_rules = {.spread = mean_spread, .divides = true};

const Op op_avgpool_backward = {.name = "avgpool_backward",
                                .summary = "the gradient of an average pool",
                                .minimum_inputs = 1,
                                .maximum_inputs = 1,
                                ATTRIBUTES(backward_attributes),
                                .shape = pool_backward_shape,
                                .lower = pool_lower,
                                .pool = &spread_rules};
