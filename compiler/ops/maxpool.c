// Max and min pools, over windows and over the whole image. In training they leave the position of what they
// chose, the first one among equals, as their second result (also.c), and the gradient goes there alone.
#include "ops/pool.h"

#include <math.h>
#include <string.h>

static const Attribute attributes[] = {SIZE_ROW("2", POOL_HELP), POOL_STRIDE_ROW, PAD_ROW};
static const Attribute global_attributes[] = {KEEP_ROW};
static const Attribute backward_attributes[] = {POOL_BACKWARD_ROWS};

extern const Op op_pool_backward;

static void extreme_begin(Lowering *lowering, const Value *value, LoopExpr **state, double worst) {
    LoopBuilder *build = &lowering->build;
    state[0] = loop_declare(build, "best", loop_number(build, worst));
    if (lowering_also(lowering, value)) state[1] = loop_declare(build, "position", loop_number(build, 0));
}

static void note_position(LoopBuilder *build, LoopExpr *const *state, LoopExpr *better, LoopExpr *position) {
    if (!state[1]) return;
    LoopExpr *here = loop_unary(build, LOOP_TO_REAL, position);
    loop_assign(build, state[1], loop_select(build, better, here, state[1]));
}

static void maximum_begin(Lowering *lowering, const Value *value, LoopExpr **state) {
    extreme_begin(lowering, value, state, -INFINITY);
}

static void maximum_add(Lowering *lowering, LoopExpr *const *state, LoopExpr *number, LoopExpr *position) {
    LoopBuilder *build = &lowering->build;
    note_position(build, state, less(build, state[0], number), position);
    loop_assign(build, state[0], larger(build, state[0], number));
}

static void minimum_begin(Lowering *lowering, const Value *value, LoopExpr **state) {
    extreme_begin(lowering, value, state, INFINITY);
}

static void minimum_add(Lowering *lowering, LoopExpr *const *state, LoopExpr *number, LoopExpr *position) {
    LoopBuilder *build = &lowering->build;
    note_position(build, state, less(build, number, state[0]), position);
    loop_assign(build, state[0], smaller(build, state[0], number));
}

static LoopExpr *extreme_end(Lowering *lowering, LoopExpr *const *state, LoopExpr *part) {
    (void)lowering, (void)part;
    return state[0];
}

static const PoolRules maximum_rules = {.begin = maximum_begin, .add = maximum_add, .end = extreme_end};
static const PoolRules minimum_rules = {.begin = minimum_begin, .add = minimum_add, .end = extreme_end};

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
                       .lower = pool_lower,
                       .pool = &maximum_rules};

const Op op_minpool = {.name = "minpool",
                       .summary = "the smallest number of each window",
                       .flags = OP_LAYER,
                       .minimum_inputs = 1,
                       .maximum_inputs = 1,
                       ATTRIBUTES(attributes),
                       .shape = pool_shape,
                       .gradient = extreme_gradient,
                       .lower = pool_lower,
                       .pool = &minimum_rules};

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
static LoopExpr *chosen_spread(Lowering *lowering, LoopExpr *const *inputs, LoopExpr *position,
                               LoopExpr *part) {
    (void)part;
    LoopBuilder *build = &lowering->build;
    LoopExpr *here = loop_unary(build, LOOP_TO_REAL, position);
    return loop_select(build, loop_binary(build, LOOP_EQUAL, inputs[1], here), inputs[0],
                       loop_number(build, 0));
}

static const PoolRules chosen_rules = {.spread = chosen_spread};

const Op op_pool_backward = {.name = "pool_backward",
                             .summary = "the gradient of a pool that chooses",
                             .minimum_inputs = 2,
                             .maximum_inputs = 2,
                             ATTRIBUTES(backward_attributes),
                             .shape = pool_backward_shape,
                             .lower = pool_lower,
                             .pool = &chosen_rules};
