// Batch norm over a convolution, from the statistics of the convolution's input: with mean m and covariance C
// of its patches, an output channel with weights w and bias b has mean w'm + b and variance w'Cw. So the
// statistics take a pass over the input and not over the output, the normalisation goes into weights and
// bias,
//   conv(x, w * scale) + (b - mean) * scale + beta,
// and the output need not be kept from one segment to the next. The way back follows from the ops' gradients:
// it needs no sums over the output's gradient but those of a convolution's weights and bias. It pays where
// the patch is small, as over data, and in 1x1 convolutions of few channels to many. An input that wants a
// gradient gets what m and C give it too (ops/patch_gradient.c), for which patches must be its pixels.
#include "passes/rewrite.h"

#include "ops/conv.h"
#include "ops/moments.h"
#include "ops/patch_moments.h"

extern const Op op_normalize;

// Products, and the work between segments, grow with its square; longer ones have not been measured.
enum { LONGEST_PATCH = 64 };

// normalize(sum, row(moments), ...), where sum is conv, or bias_add(conv, bias).
typedef struct Pattern {
    const Value *sum, *bias, *conv, *moments;
} Pattern;

static bool is_row(const Value *value, const Op *of, int row) {
    return value->op == &op_row && value->inputs[0]->op == of && value_integer(value, "index") == row;
}

static bool find_pattern(const Value *normalize, Pattern *pattern) {
    if (normalize->op != &op_normalize || !value_integer(normalize, "of_batch")) return false;
    const Value *sum = normalize->inputs[0], *mean = normalize->inputs[1];
    bool biased = sum->op == &op_bias_add;
    *pattern = (Pattern){.sum = sum,
                         .bias = biased ? sum->inputs[1] : NULL,
                         .conv = biased ? sum->inputs[0] : sum,
                         .moments = mean->inputs[0]};
    return pattern->conv->op == &op_conv && is_row(mean, &op_moments, MOMENT_MEAN) &&
           pattern->moments->inputs[0] == sum;
}

static bool offers(const Value *value, const bool *wanted) {
    Pattern pattern;
    if (!find_pattern(value, &pattern)) return false;
    const Value *weights = pattern.conv->inputs[1];
    Window window = conv_geometry(pattern.conv).window;
    if (wanted[pattern.conv->inputs[0]->id] && !patches_are_pixels(&window)) return false;
    int64_t length = shape_elements(&weights->shape) / shape_channels(&weights->shape);
    // A patch of one number would make a vector of the weights, which mul could not tell from the scale.
    return value_integer(pattern.conv, "groups") == 1 && length > 1 && length <= LONGEST_PATCH;
}

static Value *patch_moments(Function *function, const Pattern *pattern) {
    Value *moments =
        value_like(function, pattern->moments, &op_patch_moments, 1, &pattern->conv->inputs[0]->copy);
    copy_attributes(moments, pattern->conv);
    return function_append(function, moments);
}

// The op of two values, of the batch norm's layer.
static Value *append(Function *function, const Pattern *pattern, const Op *op, Value *a, Value *b) {
    return function_append(function, value_like(function, pattern->moments, op, 2, (Value *[]){a, b}));
}

static Value *channel_mean(Function *function, const Pattern *pattern) {
    Value *moments = pattern->moments->copy, *weights = pattern->conv->inputs[1]->copy;
    Value *mean = append_row(function, moments, patch_length(moments));
    mean = append(function, pattern, &op_vector_matrix, mean, weights);
    return pattern->bias ? append(function, pattern, &op_add, mean, pattern->bias->copy) : mean;
}

static Value *channel_variance(Function *function, const Pattern *pattern) {
    Value *weights = pattern->conv->inputs[1]->copy;
    Value *product = append(function, pattern, &op_covariance_product, pattern->moments->copy, weights);
    return append(function, pattern, &op_quadratic_form, product, weights);
}

// (b - mean) * scale + beta
static Value *folded_bias(Function *function, const Pattern *pattern, const Value *normalize) {
    Value *mean = normalize->inputs[1]->copy, *scale = normalize->inputs[2]->copy;
    Value *centred = pattern->bias ? append(function, pattern, &op_subtract, pattern->bias->copy, mean)
                                   : append_negated(function, mean);
    Value *shift = append(function, pattern, &op_mul, centred, scale);
    if (!value_integer(normalize, "center")) return shift;
    Value *beta = normalize->inputs[normalize->input_count - 1]->copy;
    return append(function, pattern, &op_add, shift, beta);
}

static Value *folded_conv(Function *function, const Pattern *pattern, const Value *normalize) {
    const Value *conv = pattern->conv;
    Value *scale = normalize->inputs[2]->copy;
    Value *weights = append(function, pattern, &op_mul, conv->inputs[1]->copy, scale);
    Value *folded = value_like(function, conv, &op_conv, 2, (Value *[]){conv->inputs[0]->copy, weights});
    copy_attributes(folded, conv);
    function_append(function, folded);
    return append(function, pattern, &op_bias_add, folded, folded_bias(function, pattern, normalize));
}

static Value *stand_in(Function *function, const Value *end, const Value *value) {
    Pattern pattern;
    require(find_pattern(end, &pattern));
    if (value == pattern.moments) return patch_moments(function, &pattern);
    if (value == end) return folded_conv(function, &pattern, end);
    if (value->op != &op_row || value->inputs[0] != pattern.moments) return NULL;
    switch (value_integer(value, "index")) {
    case MOMENT_MEAN: return channel_mean(function, &pattern);
    case MOMENT_VARIANCE: return channel_variance(function, &pattern);
    default: fault("a batch norm reads its batch's count");
    }
}

const Alternative alternative_patch_statistics = {TECHNIQUE_PATCH_STATISTICS, offers, stand_in};
