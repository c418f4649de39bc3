// Batch normalisation (Ioffe, Szegedy, 2015). The layer becomes
//   scale = inverse_deviation(variance) * gamma;  y = normalize(x, mean, scale, inverse, [gamma], [beta])
// with the batch's mean and variance in training and the running ones otherwise. The way back through the
// batch's statistics is closed: with x^ = (x - mean) * inverse, N numbers a channel, and sums over them,
//   dbeta = sum dy,  dgamma = sum dy x^,  dx = scale * (dy - (dbeta + x^ dgamma) / N).
#include "ops/moments.h"

static const Attribute attributes[] = {
    {"momentum", TYPE_RATE, "0.99", 0, 1, NULL, ATTRIBUTE_RUNTIME,
     "the part of the running statistics that a step keeps; Keras's default is 0.99"},
    {"epsilon", TYPE_NUMBER, "0.001", 0, 1, NULL, 0, "added to the variance; Keras's default is 0.001"},
    {"scale", TYPE_TRUTH, "true", 0, 0, NULL, 0, "multiplies by a trained gamma; Keras's default is true"},
    {"center", TYPE_TRUTH, "true", 0, 0, NULL, 0, "adds a trained beta; Keras's default is true"}};

extern const Op op_batchnorm, op_inverse_deviation, op_normalize, op_normalize_sums, op_normalize_backward,
    op_update_running;

static Value *channel_tensor(Layer *layer, const char *name, TensorKind kind, const char *initializer) {
    int64_t channels = shape_channels(&layer->inputs[0]->shape);
    return layer_tensor(layer, (TensorSpec){.name = name,
                                            .kind = kind,
                                            .rank = 1,
                                            .shape = {channels},
                                            .init = {.name = initializer},
                                            .fan_in = channels,
                                            .fan_out = channels});
}

// Inputs: x, running mean, running variance, then gamma and beta where there are. Files have them in
// PyTorch's order.
static Value *batchnorm_build(Layer *layer) {
    Value *inputs[5] = {layer->inputs[0]};
    int count = 3;
    if (layer_truth(layer, "scale")) inputs[count++] = channel_tensor(layer, "weight", TENSOR_WEIGHT, "ones");
    if (layer_truth(layer, "center")) inputs[count++] = channel_tensor(layer, "bias", TENSOR_WEIGHT, "zeros");
    inputs[1] = channel_tensor(layer, "running_mean", TENSOR_STATISTIC, "zeros");
    inputs[2] = channel_tensor(layer, "running_var", TENSOR_STATISTIC, "ones");
    return layer_append(layer, &op_batchnorm, count, inputs);
}

static Value *normalized(Function *function, const Value *layer, Value *const *inputs, Value *mean,
                         Value *variance, bool of_batch) {
    bool scales = value_integer(layer, "scale"), centers = value_integer(layer, "center");
    Value *inverse = value_like(function, layer, &op_inverse_deviation, 1, &variance);
    copy_attributes(inverse, layer);
    function_append(function, inverse);
    Value *scale = inverse;
    if (scales)
        scale = function_append(function,
                                value_like(function, layer, &op_mul, 2, (Value *[]){inverse, inputs[3]}));
    Value *operands[6] = {inputs[0], mean, scale, inverse};
    int count = 4;
    if (scales) operands[count++] = inputs[3];
    if (centers) operands[count++] = inputs[3 + scales];
    Value *value = value_like(function, layer, &op_normalize, count, operands);
    copy_attributes(value, layer);
    value_set(value, "of_batch", attr_bool(of_batch));
    return function_append(function, value);
}

static Value *batchnorm_train(Function *function, const Value *value, Value *const *inputs) {
    Value *moments = value_like(function, value, &op_moments, 1, (Value *[]){inputs[0]});
    function_append(function, moments);
    Value *mean = append_row(function, moments, MOMENT_MEAN);
    Value *variance = append_row(function, moments, MOMENT_VARIANCE);
    Value *update =
        value_like(function, value, &op_update_running, 4, (Value *[]){inputs[1], inputs[2], mean, variance});
    copy_attributes(update, value);
    function_append(function, update);
    return normalized(function, value, inputs, mean, variance, true);
}

static Value *batchnorm_evaluate(Function *function, const Value *value, Value *const *inputs) {
    return normalized(function, value, inputs, inputs[1], inputs[2], false);
}

const Op op_batchnorm = {
    .name = "batchnorm",
    .summary = "every channel with mean 0 and variance 1 over the batch, then scaled and shifted",
    .flags = OP_LAYER,
    .minimum_inputs = 1,
    .maximum_inputs = 1,
    ATTRIBUTES(attributes),
    .build = batchnorm_build,
    .shape = shape_as_input,
    .train = batchnorm_train,
    .evaluate = batchnorm_evaluate};

// inverse_deviation(variance): 1 / sqrt(variance + epsilon)
static const Attribute epsilon_attributes[] = {
    {"epsilon", TYPE_NUMBER, "0.001", 0, 1, NULL, ATTRIBUTE_INTERNAL, "added to the variance"}};

static LoopExpr *inverse_element(Lowering *lowering, const Value *value, LoopExpr *const *inputs) {
    LoopBuilder *build = &lowering->build;
    LoopExpr *variance = plus_number(build, inputs[0], value_number(value, "epsilon"));
    return over(build, loop_number(build, 1), loop_unary(build, LOOP_SQUARE_ROOT, variance));
}

static LoopExpr *inverse_slope(Lowering *lowering, const Value *value, LoopExpr *output) {
    (void)value;
    LoopBuilder *build = &lowering->build;
    return times_number(build, times(build, output, times(build, output, output)), -0.5);
}

const Op op_inverse_deviation = {.name = "inverse_deviation",
                                 .summary = "1 / sqrt(variance + epsilon)",
                                 .flags = OP_ELEMENTWISE | OP_KEEPS_OUTPUT,
                                 .minimum_inputs = 1,
                                 .maximum_inputs = 1,
                                 ATTRIBUTES(epsilon_attributes),
                                 .shape = shape_as_input,
                                 .element = inverse_element,
                                 .slope = inverse_slope};

// normalize(x, mean, scale, inverse, [gamma], [beta]): inverse and gamma stand there for the way back alone.
static const Attribute normalize_attributes[] = {
    {"scale", TYPE_TRUTH, "true", 0, 0, NULL, ATTRIBUTE_INTERNAL, "gamma is an input"},
    {"center", TYPE_TRUTH, "true", 0, 0, NULL, ATTRIBUTE_INTERNAL, "beta is an input"},
    {"of_batch", TYPE_TRUTH, "true", 0, 0, NULL, ATTRIBUTE_INTERNAL, "mean and inverse depend on x"}};

static LoopExpr *normalize_element(Lowering *lowering, const Value *value, LoopExpr *const *inputs) {
    LoopBuilder *build = &lowering->build;
    LoopExpr *scaled = times(build, minus(build, inputs[0], inputs[1]), inputs[2]);
    return value_integer(value, "center") ? plus(build, scaled, inputs[value->input_count - 1]) : scaled;
}

static Value *input_gradient(Function *function, const Value *value, Value *sums, Value *output_gradient) {
    Value *const *inputs = value->inputs;
    if (!value_integer(value, "of_batch"))
        return function_append(
            function, value_like(function, value, &op_mul, 2, (Value *[]){output_gradient, inputs[2]}));
    Value *operands[] = {output_gradient,
                         inputs[0],
                         inputs[1],
                         inputs[2],
                         inputs[3],
                         append_row(function, sums, 0),
                         append_row(function, sums, 1)};
    return function_append(function, value_like(function, value, &op_normalize_backward, 7, operands));
}

static void normalize_gradient(Gradient *gradient, const Value *value, Value *output_gradient) {
    Function *function = gradient_function(gradient);
    Value *const *inputs = value->inputs;
    bool scales = value_integer(value, "scale"), centers = value_integer(value, "center");
    Value *sums = value_like(function, value, &op_normalize_sums, 4,
                             (Value *[]){output_gradient, inputs[0], inputs[1], inputs[3]});
    function_append(function, sums);
    if (scales && gradient_wanted(gradient, inputs[4]))
        gradient_add(gradient, inputs[4], append_row(function, sums, 1));
    Value *beta = centers ? inputs[4 + scales] : NULL;
    if (beta && gradient_wanted(gradient, beta)) gradient_add(gradient, beta, append_row(function, sums, 0));
    if (gradient_wanted(gradient, inputs[0]))
        gradient_add(gradient, inputs[0], input_gradient(function, value, sums, output_gradient));
}

const Op op_normalize = {.name = "normalize",
                         .summary = "(x - mean) * scale + beta",
                         .flags = OP_ELEMENTWISE,
                         .minimum_inputs = 4,
                         .maximum_inputs = 6,
                         ATTRIBUTES(normalize_attributes),
                         .shape = shape_as_input,
                         .gradient = normalize_gradient,
                         .element = normalize_element};

// normalize_sums(dy, x, mean, inverse) -> [2][C]: sum dy, sum dy x^.
static bool sums_shape(Value *value) {
    value->type = TYPE_REAL;
    value->shape = shape_of(false, 2, (int64_t[]){2, shape_channels(&value->inputs[0]->shape)});
    return true;
}

static LoopExpr *sums_term(Lowering *lowering, const Value *value, LoopExpr *const *inputs, int row) {
    (void)value;
    LoopBuilder *build = &lowering->build;
    if (row == 0) return inputs[0];
    return times(build, inputs[0], times(build, minus(build, inputs[1], inputs[2]), inputs[3]));
}

const Op op_normalize_sums = {.name = "normalize_sums",
                              .summary = "the sums that the way back through a normalisation needs",
                              .flags = OP_REDUCES_BATCH,
                              .minimum_inputs = 4,
                              .maximum_inputs = 4,
                              .shape = sums_shape,
                              .term = sums_term};

// normalize_backward(dy, x, mean, scale, inverse, sum dy, sum dy x^)
static LoopExpr *backward_element(Lowering *lowering, const Value *value, LoopExpr *const *inputs) {
    LoopBuilder *build = &lowering->build;
    LoopExpr *count = times_number(build, lowering_batch(lowering), (double)shape_pixels(&value->shape));
    LoopExpr *share = over(build, loop_number(build, 1), count);
    LoopExpr *normal = times(build, minus(build, inputs[1], inputs[2]), inputs[4]);
    LoopExpr *common = times(build, plus(build, inputs[5], times(build, normal, inputs[6])), share);
    return times(build, inputs[3], minus(build, inputs[0], common));
}

const Op op_normalize_backward = {.name = "normalize_backward",
                                  .summary = "the gradient through a normalisation by the batch's statistics",
                                  .flags = OP_ELEMENTWISE,
                                  .minimum_inputs = 7,
                                  .maximum_inputs = 7,
                                  .shape = shape_as_input,
                                  .element = backward_element};

// update_running(running mean, running variance, mean, variance)
static const Attribute update_attributes[] = {{"momentum", TYPE_RATE, "0.99", 0, 1, NULL,
                                               ATTRIBUTE_RUNTIME | ATTRIBUTE_INTERNAL,
                                               "the part of the running statistics that a step keeps"}};

static void update_lower(Lowering *lowering, const Value *value) {
    LoopBuilder *build = &lowering->build;
    LoopExpr *kept = lowering_number(lowering, value, "momentum");
    for (int i = 0; i < 2; i++) {
        LoopExpr *running = lowering_operand(lowering, value->inputs[i]);
        LoopExpr *now = lowering_operand(lowering, value->inputs[i + 2]);
        LoopExpr *rest = times(build, minus(build, loop_number(build, 1), kept), now);
        loop_store(build, lowering_buffer(lowering, value->inputs[i]), lowering_element(lowering),
                   plus(build, times(build, running, kept), rest));
    }
}

const Op op_update_running = {.name = "update_running",
                              .summary = "moves running statistics towards the batch's",
                              .flags = OP_EFFECT | OP_ELEMENTWISE,
                              .minimum_inputs = 4,
                              .maximum_inputs = 4,
                              ATTRIBUTES(update_attributes),
                              .shape = shape_of_effect,
                              .lower = update_lower};
