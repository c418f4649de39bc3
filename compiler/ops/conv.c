// Convolution, its two gradients and the reversed weights that turn a gradient into a convolution again.
//
// Weights lie [ky][kx][input channel of the group][output channel]; files have PyTorch's O,I,H,W.
#include "ops/conv.h"
#include "ops/transpose.h"

#define STRIDE_HELP "1"
static const Attribute conv_attributes[] = {
    {"filters", TYPE_WHOLE, NULL, 1, 1 << 20, NULL, 0, "output channels"},
    KERNEL_ROW(NULL),
    STRIDE_ROW("1"),
    DILATION_ROW,
    PAD_ROW,
    {"groups", TYPE_WHOLE, "1", 1, 1 << 20, NULL, 0,
     "parts that input and output channels are split into, each on its own; Keras's default is 1"},
    BIAS_ROW};

static const Attribute backward_attributes[] = {CONV_BACKWARD_ROWS};

extern const Op op_conv_backward_data, op_conv_backward_weights, op_flip;

static Geometry geometry_of(const Value *value, const Shape *input, int64_t filters) {
    const int64_t *size = value_attr(value, "kernel")->size;
    return (Geometry){.window = window_of(value, input->dim[0], input->dim[1], size),
                      .channels = input->dim[2],
                      .filters = filters,
                      .groups = value_integer(value, "groups")};
}

static double macs_of(const Geometry *geometry) {
    const Window *window = &geometry->window;
    return (double)window->out_height * (double)window->out_width * (double)geometry->filters *
           (double)(window->size[0] * window->size[1]) * (double)(geometry->channels / geometry->groups);
}

Cost conv_geometry_cost(const Geometry *geometry) {
    const Window *window = &geometry->window;
    double input = (double)window->height * (double)window->width * (double)geometry->channels;
    double output = (double)window->out_height * (double)window->out_width * (double)geometry->filters;
    return (Cost){.macs = macs_of(geometry), .bytes = 4 * (input + output)};
}

// A 1x1 convolution at every pixel takes an image of the same pixels in any number of rows for the same.
// Short rows would make small tiles: as many rows as divide the image become one until it has this many
// pixels.
enum { LONG_ROW = 64 };

static Window joined_rows(const Window *window) {
    Window joined = *window;
    for (int i = 0; i < 2; i++)
        if (window->size[i] != 1 || window->stride[i] != 1) return joined;
    if (window_padded(window)) return joined;
    int64_t rows = 1;
    while (rows < window->height && (window->height % rows != 0 || rows * window->width < LONG_ROW)) rows++;
    joined.height = joined.out_height = window->height / rows;
    joined.width = joined.out_width = window->width * rows;
    return joined;
}

void conv_constants(Arena *arena, Kernel *kernel, const Window *window, int64_t channels, int64_t filters,
                    int64_t groups, int64_t images) {
    const struct {
        const char *name;
        int64_t number;
    } constants[] = {{"HEIGHT", window->height},
                     {"WIDTH", window->width},
                     {"CHANNELS", channels},
                     {"OUTPUT_HEIGHT", window->out_height},
                     {"OUTPUT_WIDTH", window->out_width},
                     {"FILTERS", filters},
                     {"WINDOW_HEIGHT", window->size[0]},
                     {"WINDOW_WIDTH", window->size[1]},
                     {"STRIDE_Y", window->stride[0]},
                     {"STRIDE_X", window->stride[1]},
                     {"DILATION_Y", window->dilation[0]},
                     {"DILATION_X", window->dilation[1]},
                     {"PAD_TOP", window->pad[0]},
                     {"PAD_LEFT", window->pad[1]},
                     {"GROUPS", groups},
                     {"IMAGES", images}};
    for (size_t i = 0; i < sizeof constants / sizeof *constants; i++)
        list_add(arena, &kernel->constants, ((KernelConstant){constants[i].name, constants[i].number}));
}

// The kernel template of a family with these constants.
static void set_kernel(Kernel *kernel, const Value *value, const Geometry *geometry, int64_t images,
                       const char *dense_family, const char *depthwise_family) {
    const Window window = joined_rows(&geometry->window);
    bool depthwise = geometry->groups == geometry->channels && geometry->groups > 1;
    kernel->family = depthwise ? depthwise_family : dense_family;
    conv_constants(value->function->module->arena, kernel, &window, geometry->channels, geometry->filters,
                   geometry->groups, images);
}

// Calls the kernel: from the two inputs to the output.
static LoopStatement *call_kernel(Lowering *lowering, const Value *value) {
    LoopBuilder *build = &lowering->build;
    LoopStatement *call = loop_call(build, lowering_contraction(lowering, value));
    loop_operand(build, call, lowering_output(lowering, value), NULL);
    for (int i = 0; i < 2; i++) loop_operand(build, call, lowering_buffer(lowering, value->inputs[i]), NULL);
    return call;
}

static void conv_lower(Lowering *lowering, const Value *value) {
    call_kernel(lowering, value);
}

// --- forward ---

static bool conv_shape(Value *value) {
    if (!needs_image(value)) return false;
    const Shape *input = &value->inputs[0]->shape;
    Geometry geometry = geometry_of(value, input, value_integer(value, "filters"));
    long long channels = geometry.channels, groups = geometry.groups, filters = geometry.filters;
    if (channels % groups != 0)
        return refuse_attribute(
            value, E0303, "groups", "choose a number that divides both channels and filters",
            "the %lld channels that come in can't be split into %lld groups", channels, groups);
    if (filters % groups != 0)
        return refuse_attribute(value, E0303, "groups",
                                "choose a number that divides both channels and filters",
                                "%lld filters can't be split into %lld groups", filters, groups);
    const Window *window = &geometry.window;
    if (!window_resolve(value, window, "kernel")) return false;
    return shape_image(value, input->batched, window->out_height, window->out_width, filters);
}

Geometry conv_geometry(const Value *value) {
    return geometry_of(value, &value->inputs[0]->shape, value_integer(value, "filters"));
}

static Cost conv_cost(const Value *value) {
    Geometry geometry = conv_geometry(value);
    return conv_geometry_cost(&geometry);
}

static void conv_kernel(const Value *value, int64_t images, Kernel *kernel) {
    Geometry geometry = conv_geometry(value);
    set_kernel(kernel, value, &geometry, images, "conv_forward", "depthwise_forward");
}

Value *bias_append(Layer *layer, Value *value) {
    if (!value || !layer_truth(layer, "bias")) return value;
    int64_t channels = shape_channels(&value->shape);
    Value *bias = layer_tensor(layer, (TensorSpec){.name = "bias",
                                                   .kind = TENSOR_WEIGHT,
                                                   .rank = 1,
                                                   .shape = {channels},
                                                   .init = {.name = "zeros"},
                                                   .fan_in = channels,
                                                   .fan_out = channels});
    return layer_append(layer, &op_bias_add, 2, (Value *[]){value, bias});
}

// An attribute of conv that a complaint points at, among the layer's own.
static int own_attribute(const Layer *layer, int attribute) {
    return attribute < 0 ? -1 : op_attribute(layer->op, conv_attributes[attribute].name);
}

Value *conv_append(Layer *layer, int64_t filters, int64_t groups, int64_t fan_in, int64_t fan_out) {
    const int64_t *kernel = layer_attr(layer, "kernel")->size;
    const char *names[] = {"kernel", "stride", "dilation", "pad"};
    Value *value = value_new(layer->function, &op_conv, 1, layer->inputs);
    value->path = layer->path;
    value->span = layer->span;
    value->frozen = layer->frozen;
    for (int i = 0; i < 4; i++) value_set(value, names[i], *layer_attr(layer, names[i]));
    value_set(value, "filters", attr_integer(filters));
    value_set(value, "groups", attr_integer(groups));
    int64_t inner = layer->inputs[0]->shape.dim[2] / groups;
    if (!conv_shape(value)) {
        Complaint complaint = *last_complaint(layer->function->module);
        complaint.attribute = own_attribute(layer, complaint.attribute);
        return layer_fail(layer, complaint);
    }
    if (kernel[0] * kernel[1] > LARGEST_TENSOR / inner / filters)
        return layer_refuse(layer, E0322, "kernel", "a tensor has at most 2147483647 numbers",
                            "the weights of `%s` would be too large", layer->op->name);
    Value *weight = layer_tensor(layer, (TensorSpec){.name = "weight",
                                                     .kind = TENSOR_WEIGHT,
                                                     .kernel = true,
                                                     .rank = 4,
                                                     .shape = {filters, inner, kernel[0], kernel[1]},
                                                     .axes = {2, 3, 1, 0},
                                                     .init = {.name = "glorot_uniform"},
                                                     .fan_in = fan_in,
                                                     .fan_out = fan_out});
    value->inputs[value->input_count++] = weight;
    return bias_append(layer, function_append(layer->function, value));
}

static Value *conv_build(Layer *layer) {
    if (!layer_needs_image(layer)) return NULL;
    const int64_t *kernel = layer_attr(layer, "kernel")->size;
    int64_t filters = layer_integer(layer, "filters"), groups = layer_integer(layer, "groups");
    int64_t taps = kernel[0] * kernel[1];
    return conv_append(layer, filters, groups, taps * (layer->inputs[0]->shape.dim[2] / groups),
                       taps * filters);
}

// --- backward ---

Value *conv_backward_new(Function *function, const Value *conv, const Op *op, int input_count,
                         Value *const *inputs) {
    Value *value = value_like(function, conv, op, input_count, inputs);
    copy_attributes(value, conv);
    value_set(value, "size", attr_size(2, conv->inputs[0]->shape.dim));
    value_set(value, "channels", attr_integer(shape_channels(&conv->inputs[0]->shape)));
    return value;
}

// With stride 1 the input's gradient is a convolution of the output's gradient with the reversed weights,
// under the padding that a full convolution has beyond what the forward one had.
static bool reversible(const Geometry *geometry, int64_t pad[4]) {
    const Window *window = &geometry->window;
    for (int i = 0; i < 4; i++) {
        pad[i] = (window->size[i % 2] - 1) * window->dilation[i % 2] - window->pad[i];
        if (pad[i] < 0) return false;
    }
    return window->stride[0] == 1 && window->stride[1] == 1 && geometry->groups == 1;
}

static Value *input_gradient(Function *function, const Value *conv, const Geometry *geometry,
                             Value *output_gradient) {
    int64_t pad[4];
    if (!reversible(geometry, pad))
        return conv_backward_new(function, conv, &op_conv_backward_data, 2,
                                 (Value *[]){output_gradient, conv->inputs[1]});
    Value *reversed = value_like(function, conv, &op_flip, 1, (Value *[]){conv->inputs[1]});
    function_append(function, reversed);
    Value *value = value_like(function, conv, &op_conv, 2, (Value *[]){output_gradient, reversed});
    copy_attributes(value, conv);
    value_set(value, "filters", attr_integer(geometry->channels));
    value_set(value, "pad", attr_pad(pad[0], pad[1], pad[2], pad[3]));
    return value;
}

static void conv_gradient(Gradient *gradient, const Value *value, Value *output_gradient) {
    Function *function = gradient_function(gradient);
    Value *input = value->inputs[0], *weight = value->inputs[1];
    Geometry geometry = conv_geometry(value);
    if (gradient_may_stay_pooled(gradient) && conv_is_pooled(gradient, value, output_gradient)) {
        conv_pooled_gradient(gradient, value, output_gradient);
        return;
    }
    if (gradient_wanted(gradient, weight)) {
        Value *sum = conv_backward_new(function, value, &op_conv_backward_weights, 2,
                                       (Value *[]){input, output_gradient});
        gradient_add(gradient, weight, function_append(function, sum));
    }
    if (gradient_wanted(gradient, input)) {
        Value *back = input_gradient(function, value, &geometry, output_gradient);
        gradient_add(gradient, input, function_append(function, back));
    }
}

const Op op_conv = {.name = "conv",
                    .summary =
                        "convolution: every output channel from windows of all input channels of its group",
                    .flags = OP_LAYER | OP_CONTRACTION,
                    .minimum_inputs = 1,
                    .maximum_inputs = 1,
                    ATTRIBUTES(conv_attributes),
                    .build = conv_build,
                    .shape = conv_shape,
                    .gradient = conv_gradient,
                    .cost = conv_cost,
                    .kernel = conv_kernel,
                    .lower = conv_lower,
                    .element = conv_element,
                    .nests = conv_nests};

// conv_backward_data(output gradient, weights) -> input gradient.
Geometry conv_data_geometry(const Value *value) {
    const int64_t *size = value_attr(value, "size")->size;
    Shape input = shape_of(true, 3, (int64_t[]){size[0], size[1], value_integer(value, "channels")});
    return geometry_of(value, &input, shape_channels(&value->inputs[0]->shape));
}

static bool data_shape(Value *value) {
    Geometry geometry = conv_data_geometry(value);
    return shape_image(value, true, geometry.window.height, geometry.window.width, geometry.channels);
}

static Cost data_cost(const Value *value) {
    Geometry geometry = conv_data_geometry(value);
    return conv_geometry_cost(&geometry);
}

static void data_kernel(const Value *value, int64_t images, Kernel *kernel) {
    Geometry geometry = conv_data_geometry(value);
    set_kernel(kernel, value, &geometry, images, "conv_backward_data", "depthwise_backward_data");
}

const Op op_conv_backward_data = {.name = "conv_backward_data",
                                  .summary = "the gradient of a convolution's input",
                                  .flags = OP_CONTRACTION,
                                  .minimum_inputs = 2,
                                  .maximum_inputs = 2,
                                  ATTRIBUTES(backward_attributes),
                                  .shape = data_shape,
                                  .cost = data_cost,
                                  .kernel = data_kernel,
                                  .lower = conv_lower};

// conv_backward_weights(input, output gradient) -> weights' gradient, summed over the images.
Geometry conv_weights_geometry(const Value *value) {
    return geometry_of(value, &value->inputs[0]->shape, value->inputs[1]->shape.dim[2]);
}

static bool weights_shape(Value *value) {
    Geometry geometry = conv_weights_geometry(value);
    const int64_t *size = geometry.window.size;
    value->type = TYPE_REAL;
    value->shape = shape_of(
        false, 4, (int64_t[]){size[0], size[1], geometry.channels / geometry.groups, geometry.filters});
    return true;
}

static Cost weights_cost(const Value *value) {
    Geometry geometry = conv_weights_geometry(value);
    return conv_geometry_cost(&geometry);
}

// What a batch in chunks of so many images gives so many of the input's channels.
static void set_batch_kernel(Kernel *kernel, const Value *value, int64_t chunk, int64_t channels) {
    Geometry geometry = conv_weights_geometry(value);
    const Module *module = value->function->module;
    set_kernel(kernel, value, &geometry, module->batch, "conv_backward_channels", "conv_backward_channels");
    list_add(module->arena, &kernel->constants, ((KernelConstant){"ROWS", channels}));
    list_add(module->arena, &kernel->constants, ((KernelConstant){"TOGETHER", chunk}));
}

// Of several images: all rows of the result.
static void weights_kernel(const Value *value, int64_t images, Kernel *kernel) {
    Geometry geometry = conv_weights_geometry(value);
    if (kernel->of_batch) {
        set_batch_kernel(kernel, value, images, geometry.channels);
        return;
    }
    const char *family = images > 1 ? "conv_backward_rows" : "conv_backward_weights";
    set_kernel(kernel, value, &geometry, images, family, "depthwise_backward_weights");
    if (images == 1) return;
    int64_t rows = shape_elements(&value->shape) / geometry.filters;
    list_add(value->function->module->arena, &kernel->constants, ((KernelConstant){"ROWS", rows}));
}

static void weights_lower(Lowering *lowering, const Value *value) {
    LoopStatement *call = call_kernel(lowering, value);
    if (!value->kernel->of_chunk) return;
    loop_operand_index(&lowering->build, call, lowering_images(lowering));
    loop_operand_index(&lowering->build, call, loop_integer(&lowering->build, 0));
}

void conv_rows_of_chunks(Lowering *lowering, const Value *value, Kernel *kernel, LoopExpr *first,
                         const Buffer *block) {
    LoopBuilder *build = &lowering->build;
    LoopExpr *chunk = loop_open(build, AXIS_REDUCE, "part", lowering_chunks(lowering));
    LoopStatement *call = loop_call(build, kernel);
    loop_operand(build, call, block, NULL);
    for (int i = 0; i < value->input_count; i++)
        loop_operand(build, call, lowering_all_images(lowering, value->inputs[i]),
                     lowering_chunk_start(lowering, value->inputs[i], chunk, loop_integer(build, 0)));
    loop_operand_index(build, call, lowering_chunk_count(lowering, chunk));
    loop_operand_index(build, call, first);
    loop_close(build);
}

static bool is_of_batch(const Value *value) {
    return value->kernel && value->kernel->of_batch;
}

// A block of the kernels for a batch has the same channels at each of the window's positions.
static int64_t weights_block_runs(const Value *value) {
    Geometry geometry = conv_weights_geometry(value);
    return is_of_batch(value) ? geometry.window.size[0] * geometry.window.size[1] : 1;
}

static void channels_block(Lowering *lowering, const Value *value, LoopExpr *first, int64_t channels,
                           const Buffer *block) {
    LoopBuilder *build = &lowering->build;
    LoopExpr *zero = loop_integer(build, 0), *one = loop_integer(build, 1);
    Kernel *kernel = lowering_kernel(lowering, value, "conv_backward_channels");
    kernel->may_transform = true;
    set_batch_kernel(kernel, value, lowering_full_chunk(lowering), channels);
    LoopStatement *call = loop_call(build, kernel);
    loop_operand(build, call, block, NULL);
    for (int i = 0; i < value->input_count; i++)
        loop_operand(build, call, lowering_all_images(lowering, value->inputs[i]), NULL);
    loop_operand_index(build, call, lowering_batch_images(lowering));
    loop_operand_index(build, call, first);
    loop_operand_index(build, call, lowering_chunk_start(lowering, value->inputs[0], one, zero));
}

static void weights_block(Lowering *lowering, const Value *value, LoopExpr *first, int64_t rows,
                          const Buffer *block) {
    if (is_of_batch(value)) {
        channels_block(lowering, value, first, rows / weights_block_runs(value), block);
        return;
    }
    Kernel *kernel = lowering_kernel(lowering, value, "conv_backward_rows");
    Geometry geometry = conv_weights_geometry(value);
    set_kernel(kernel, value, &geometry, lowering_full_chunk(lowering), kernel->family, kernel->family);
    kernel_constant(lowering, kernel, "ROWS", rows);
    conv_rows_of_chunks(lowering, value, kernel, first, block);
}

// The packed rows of the input stay in the second-level cache; of groups, there is no kernel, and none if
// another one takes a whole chunk. Of a batch, all blocks transform the output's gradient.
static int64_t weights_block_elements(const Value *value) {
    enum { CHANNELS = 32 };
    bool of_chunk = value->kernel && value->kernel->of_chunk;
    if (is_of_batch(value)) return weights_block_runs(value) * CHANNELS * shape_channels(&value->shape);
    return value_integer(value, "groups") == 1 && !of_chunk ? 32768 : 0;
}

const Op op_conv_backward_weights = {.name = "conv_backward_weights",
                                     .summary = "the gradient of a convolution's weights",
                                     .flags = OP_CONTRACTION | OP_REDUCES_BATCH,
                                     .minimum_inputs = 2,
                                     .maximum_inputs = 2,
                                     ATTRIBUTES(backward_attributes),
                                     .shape = weights_shape,
                                     .cost = weights_cost,
                                     .kernel = weights_kernel,
                                     .block = weights_block,
                                     .block_runs = weights_block_runs,
                                     .block_elements = weights_block_elements,
                                     .lower = weights_lower,
                                     .term = conv_weights_term,
                                     .nests = conv_weights_nests};

// flip(weights): [ky][kx][in][out] -> [-ky][-kx][out][in].
static bool flip_shape(Value *value) {
    const int64_t *dim = value->inputs[0]->shape.dim;
    value->type = TYPE_REAL;
    value->shape = shape_of(false, 4, (int64_t[]){dim[0], dim[1], dim[3], dim[2]});
    return true;
}

const Op op_flip = {.name = "flip",
                    .summary = "a convolution's weights turned round, input and output channels exchanged",
                    .minimum_inputs = 1,
                    .maximum_inputs = 1,
                    .shape = flip_shape,
                    .pieces = transposition_pieces,
                    .lower_piece = lower_transposition};
