// Convolutions with few products a number, as those over an image's one to four colours: a nest computes them
// pixel by pixel together with the work that follows, so that an output with many more channels than the
// input need not go through memory. Their weights' gradients are sums over the pixels of such a nest, where
// no pool has chosen a few of these pixels (pooled_conv.c).
#include "ops/conv.h"

// Products of one output number, which are the rows of the sums of the weights' gradient: what they are
// multiplied by, and these sums, have to stay in registers, of which some processors have 16. With more of
// them, kernels are faster, which keep pixels by filters there: with 16 products by a tenth, with 25 or 27 by
// a third.
enum { MOST_CHANNELS = 4, MOST_PRODUCTS = 12 };

// Each product waits for the one before it in its sum; what follows the sum waits for all.
enum { SUMS = 2 };

static bool is_narrow(const Geometry *geometry) {
    const Window *window = &geometry->window;
    return geometry->groups == 1 && geometry->channels <= MOST_CHANNELS && !window_padded(window) &&
           window->size[0] * window->size[1] * geometry->channels <= MOST_PRODUCTS;
}

bool conv_nests(const Value *value) {
    Geometry geometry = conv_geometry(value);
    return is_narrow(&geometry);
}

bool conv_weights_nests(const Value *value) {
    Geometry geometry = conv_weights_geometry(value);
    return is_narrow(&geometry);
}

// The input's number that product `product` (window row, column, channel) of the nest's pixel has.
static LoopExpr *input_number(Lowering *lowering, const Value *value, const Geometry *geometry,
                              int64_t product) {
    LoopBuilder *build = &lowering->build;
    const Window *window = &geometry->window;
    int64_t channel = product % geometry->channels, tap = product / geometry->channels;
    int64_t down = tap / window->size[1] * window->dilation[0];
    int64_t right = tap % window->size[1] * window->dilation[1];
    LoopExpr *pixel[2];
    lowering_pixel(lowering, pixel);
    LoopExpr *y = loop_scaled(build, pixel[0], window->stride[0], loop_integer(build, down));
    LoopExpr *x = loop_scaled(build, pixel[1], window->stride[1], loop_integer(build, right));
    LoopExpr *at = loop_scaled(build, loop_scaled(build, y, window->width, x), geometry->channels,
                               loop_integer(build, channel));
    return loop_load(build, lowering_buffer(lowering, value->inputs[0]), at);
}

LoopExpr *conv_element(Lowering *lowering, const Value *value, LoopExpr *const *inputs) {
    (void)inputs;
    LoopBuilder *build = &lowering->build;
    Geometry geometry = conv_geometry(value);
    const Buffer *weights = lowering_buffer(lowering, value->inputs[1]);
    int64_t products = geometry.window.size[0] * geometry.window.size[1] * geometry.channels;
    LoopExpr *sum[SUMS] = {NULL};
    for (int64_t product = 0; product < products; product++) {
        LoopExpr *at =
            plus(build, lowering_channel(lowering), loop_integer(build, product * geometry.filters));
        LoopExpr *next =
            times(build, input_number(lowering, value, &geometry, product), loop_load(build, weights, at));
        LoopExpr **to = &sum[product % SUMS];
        *to = *to ? plus(build, *to, next) : next;
    }
    return sum[1] ? plus(build, sum[0], sum[1]) : sum[0];
}

LoopExpr *conv_weights_term(Lowering *lowering, const Value *value, LoopExpr *const *inputs, int row) {
    Geometry geometry = conv_weights_geometry(value);
    return times(&lowering->build, input_number(lowering, value, &geometry, row), inputs[1]);
}
