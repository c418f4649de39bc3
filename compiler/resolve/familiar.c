#include "resolve/familiar.h"

#include "base/text.h"

#include <string.h>
#include <strings.h>

typedef struct Pair {
    const char *theirs, *ours;
} Pair;

// Compared without regard to case.
static const Pair layers[] = {
    {"conv2d", "conv"},
    {"convolution2d", "conv"},
    {"convolution", "conv"},
    {"depthwise_conv2d", "dwconv"},
    {"depthwiseconv2d", "dwconv"},
    {"depthwise_conv", "dwconv"},
    {"linear", "dense"},
    {"fc", "dense"},
    {"fully_connected", "dense"},
    {"maxpooling2d", "maxpool"},
    {"maxpool2d", "maxpool"},
    {"max_pool", "maxpool"},
    {"max_pool2d", "maxpool"},
    {"averagepooling2d", "avgpool"},
    {"avgpool2d", "avgpool"},
    {"avg_pool", "avgpool"},
    {"globalaveragepooling2d", "global_avgpool"},
    {"adaptiveavgpool2d", "global_avgpool"},
    {"gap", "global_avgpool"},
    {"globalmaxpooling2d", "global_maxpool"},
    {"adaptivemaxpool2d", "global_maxpool"},
    {"batchnormalization", "batchnorm"},
    {"batchnorm2d", "batchnorm"},
    {"batch_norm", "batchnorm"},
    {"bn", "batchnorm"},
    {"dropout2d", "dropout"},
    {"droppath", "drop_path"},
    {"stochastic_depth", "drop_path"},
    {"zeropadding2d", "zero_pad"},
    {"zeropad2d", "zero_pad"},
    {"rescaling", "rescale"},
    {"resizing", "resize"},
    {"upsample", "resize"},
    {"upsampling2d", "resize"},
    {"silu", "swish"},
    {"hardswish", "hard_swish"},
    {"hardsigmoid", "hard_sigmoid"},
    {"leakyrelu", "leaky_relu"},
    {"concatenate", "concat"},
    {"cat", "concat"},
    {"multiply", "mul"},
    {"categorical_crossentropy", "crossentropy"},
    {"sparse_categorical_crossentropy", "crossentropy"},
    {"cross_entropy", "crossentropy"},
    {"crossentropyloss", "crossentropy"},
    {"mean_squared_error", "mse"},
    {"mseloss", "mse"},
    {"xavier_uniform", "glorot_uniform"},
    {"kaiming_normal", "he_normal"},
    {"kaiming_uniform", "he_uniform"},
};

static const Pair arguments[] = {
    {"kernel_size", "kernel"},
    {"pool_size", "size"},
    {"padding", "pad"},
    {"strides", "stride"},
    {"out_channels", "filters"},
    {"channels", "filters"},
    {"out_features", "units"},
    {"dilation_rate", "dilation"},
    {"dilations", "dilation"},
    {"use_bias", "bias"},
    {"depth_multiplier", "multiplier"},
    {"p", "rate"},
    {"drop", "rate"},
    {"eps", "epsilon"},
    {"alpha", "slope"},
    {"negative_slope", "slope"},
    {"learning_rate", "lr"},
    {"beta_1", "beta1"},
    {"beta_2", "beta2"},
    {"clipnorm", "clip"},
    {"global_clipnorm", "clip"},
    {"target_shape", "shape"},
    {"keepdims", "keep"},
    {"keep_dims", "keep"},
    {"kernel_initializer", "init"},
    {"kernel_regularizer", "l2"},
    {"initializer", "init"},
    {"regularizer", "l2"},
    {"interpolation", "method"},
    {"factor", "scale"},
    {"max_lr", "max"},
    {"warmup_steps", "warmup"},
    {"decay", "weight_decay"},
    {"affine", "scale"},
    {"wd", "weight_decay"},
};

static const char *find(const Pair *pairs, size_t count, const char *name) {
    for (size_t i = 0; i < count; i++) {
        if (strcasecmp(pairs[i].theirs, name) == 0) return pairs[i].ours;
    }
    return NULL;
}

const char *familiar_layer(const char *name) {
    return find(layers, sizeof layers / sizeof *layers, name);
}

const char *familiar_argument(Arena *arena, const char *name) {
    enum { COUNT = sizeof arguments / sizeof *arguments };
    const char **theirs = NEW_ARRAY(arena, const char *, COUNT + 1);
    for (int i = 0; i < COUNT; i++) theirs[i] = arguments[i].theirs;
    const char *exact = find(arguments, COUNT, name), *close = exact ? NULL : closest_word(name, theirs);
    return close ? find(arguments, COUNT, close) : exact;
}

const char *instead_of_argument(const char *name) {
    static const Pair instead[] = {
        {"activation", "an activation is a layer of its own: write `-> relu` after this one"},
        {"name", "a layer is named by a label before it: `c1 = conv(32, 3x3)`"},
        {"input_shape",
         "the input's shape is the data set's, or in the model's head: model net(input = 28x28x1)"},
        {"in_channels", "what enters is known from the layer before: leave it out"},
        {"in_features", "what enters is known from the layer before: leave it out"},
        {"num_features", "what enters is known from the layer before: leave it out"},
        {"data_format", "images are always height x width x channels: leave it out"},
        {"axis", "it is always the last axis, the channels: leave it out"},
        {"trainable", "write `frozen = true` where a layer is not trained"},
    };
    return find(instead, sizeof instead / sizeof *instead, name);
}
