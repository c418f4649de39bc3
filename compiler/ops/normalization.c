// Keras's Normalization layer: (x - mean) / max(sqrt(variance), epsilon) with 2C + 1 stored numbers, none of
// them trained: mean, variance and count. Before training, the function "adapt" goes over the train split
// once and merges every batch into them (Chan, Golub, LeVeque, 1979). A frozen layer keeps the numbers it was
// given.
#include "ops/moments.h"
#include "ops/standardize.h"

static const Attribute epsilon_attributes[] = {
    {"epsilon", TYPE_NUMBER, "1e-7", 0, 1, NULL, ATTRIBUTE_INTERNAL, "the least deviation"}};

extern const Op op_normalization, op_deviation, op_merged_mean, op_merged_variance;

static Value *stored(Layer *layer, const char *name, int64_t length, const char *initializer) {
    return layer_tensor(layer, (TensorSpec){.name = name,
                                            .kind = TENSOR_STATISTIC,
                                            .rank = 1,
                                            .shape = {length},
                                            .init = {.name = initializer},
                                            .fan_in = length,
                                            .fan_out = length});
}

static Value *normalization_build(Layer *layer) {
    int64_t channels = shape_channels(&layer->inputs[0]->shape);
    Value *inputs[4] = {layer->inputs[0]};
    inputs[1] = stored(layer, "mean", channels, "zeros");
    inputs[2] = stored(layer, "variance", channels, "ones");
    inputs[3] = stored(layer, "count", 1, "zeros");
    return layer_append(layer, &op_normalization, 4, inputs);
}

static Value *by_statistics(Function *function, const Value *value, Value *x, Value *mean, Value *variance) {
    Value *deviation = value_like(function, value, &op_deviation, 1, &variance);
    function_append(function, deviation);
    return function_append(function,
                           value_like(function, value, &op_standardized, 3, (Value *[]){x, mean, deviation}));
}

static Value *normalization_evaluate(Function *function, const Value *value, Value *const *inputs) {
    return by_statistics(function, value, inputs[0], inputs[1], inputs[2]);
}

static void assign(Function *function, const Value *value, Value *tensor, Value *number) {
    function_append(function, value_like(function, value, &op_assign, 2, (Value *[]){tensor, number}));
}

// inputs: x, mean, variance, count.
static void normalization_adapt(Function *function, const Value *value, Value *const *inputs) {
    Value *moments =
        function_append(function, value_like(function, value, &op_moments, 1, (Value *[]){inputs[0]}));
    Value *now[MOMENT_ROWS];
    for (int row = 0; row < MOMENT_ROWS; row++) now[row] = append_row(function, moments, row);
    Value *of_mean[] = {inputs[1], inputs[3], now[MOMENT_MEAN], now[MOMENT_COUNT]};
    Value *of_variance[] = {inputs[2],        inputs[1], inputs[3], now[MOMENT_MEAN], now[MOMENT_VARIANCE],
                            now[MOMENT_COUNT]};
    Value *mean = function_append(function, value_like(function, value, &op_merged_mean, 4, of_mean));
    Value *variance =
        function_append(function, value_like(function, value, &op_merged_variance, 6, of_variance));
    Value *first = append_row(function, moments, MOMENT_COUNT);
    Value *one = value_like(function, value, &op_slice_channels, 1, &first);
    value_set(one, "count", attr_integer(1));
    function_append(function, one);
    Value *count =
        function_append(function, value_like(function, value, &op_add, 2, (Value *[]){inputs[3], one}));
    assign(function, value, inputs[1], mean);
    assign(function, value, inputs[2], variance);
    assign(function, value, inputs[3], count);
}

const Op op_normalization = {.name = "normalization",
                             .summary = "every channel with mean 0 and variance 1 over the train split",
                             .flags = OP_LAYER,
                             .minimum_inputs = 1,
                             .maximum_inputs = 1,
                             .build = normalization_build,
                             .shape = shape_as_input,
                             .adapt = normalization_adapt,
                             .evaluate = normalization_evaluate};

static LoopExpr *deviation_element(Lowering *lowering, const Value *value, LoopExpr *const *inputs) {
    LoopBuilder *build = &lowering->build;
    LoopExpr *root = loop_unary(build, LOOP_SQUARE_ROOT, inputs[0]);
    return larger(build, root, loop_number(build, value_number(value, "epsilon")));
}

const Op op_deviation = {.name = "deviation",
                         .summary = "max(sqrt(variance), epsilon)",
                         .flags = OP_ELEMENTWISE,
                         .minimum_inputs = 1,
                         .maximum_inputs = 1,
                         ATTRIBUTES(epsilon_attributes),
                         .shape = shape_as_input,
                         .element = deviation_element};

// merged_mean(mean, count, batch's mean, batch's count)
static LoopExpr *merged_mean_element(Lowering *lowering, const Value *value, LoopExpr *const *inputs) {
    (void)value;
    LoopBuilder *build = &lowering->build;
    LoopExpr *share = over(build, inputs[3], plus(build, inputs[1], inputs[3]));
    return plus(build, inputs[0], times(build, minus(build, inputs[2], inputs[0]), share));
}

const Op op_merged_mean = {.name = "merged_mean",
                           .summary = "the mean of what was seen and the batch",
                           .flags = OP_ELEMENTWISE,
                           .minimum_inputs = 4,
                           .maximum_inputs = 4,
                           .shape = shape_as_input,
                           .element = merged_mean_element};

// merged_variance(variance, mean, count, batch's mean, batch's variance, batch's count)
static LoopExpr *merged_variance_element(Lowering *lowering, const Value *value, LoopExpr *const *inputs) {
    (void)value;
    LoopBuilder *build = &lowering->build;
    LoopExpr *count = plus(build, inputs[2], inputs[5]);
    LoopExpr *share = over(build, inputs[5], count), *rest = over(build, inputs[2], count);
    LoopExpr *apart = minus(build, inputs[3], inputs[1]);
    LoopExpr *within = plus(build, times(build, inputs[0], rest), times(build, inputs[4], share));
    return plus(build, within, times(build, times(build, apart, apart), times(build, share, rest)));
}

const Op op_merged_variance = {.name = "merged_variance",
                               .summary = "the variance of what was seen and the batch",
                               .flags = OP_ELEMENTWISE,
                               .minimum_inputs = 6,
                               .maximum_inputs = 6,
                               .shape = shape_as_input,
                               .element = merged_variance_element};
