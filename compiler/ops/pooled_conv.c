// The gradients of a convolution whose output nothing reads but a pool that chooses: the output's gradient is
// that of the pool at the chosen positions and 0 elsewhere, so it is not spread over the output. Both
// gradients read what the pool left, at a fraction of the products: one in as many as a window has positions.
//
// Both have the weights filter by filter, [filter][ky][kx][channel], since what a position adds to is a whole
// filter.
#include "ops/conv.h"
#include "ops/pool.h"

static const Attribute attributes[] = {
    CONV_BACKWARD_ROWS, {"pool", TYPE_WINDOW, "1", 1, 4096, NULL, ATTRIBUTE_INTERNAL, "the pool's windows"}};

extern const Op op_pool_backward, op_pooled_backward_data, op_pooled_backward_weights, op_transpose;

// The kernels' own limits (kernels.def). Runs of few numbers would leave most lanes of their vectors idle.
enum { LEAST_RUN = 6, MOST_ROWS = 14, MOST_POSITIONS = 256 };
// Not so in the variant `lanes` of the weights' gradient, whose lanes are filters.
enum { LANES_MOST_RUN = 8, LANES_MOST_POSITIONS = 4 };

bool conv_is_pooled(const Gradient *gradient, const Value *conv, const Value *output_gradient) {
    if (output_gradient->op != &op_pool_backward) return false;
    Window pool = pool_window(output_gradient);
    Geometry geometry = conv_geometry(conv);
    const int64_t *size = geometry.window.size, run = size[1] * geometry.channels;
    int64_t positions = pool.size[0] * pool.size[1];
    bool fits_lanes = run <= LANES_MOST_RUN && positions <= LANES_MOST_POSITIONS &&
                      !gradient_wanted(gradient, conv->inputs[0]);
    return (fits_lanes || (run >= LEAST_RUN && !conv_nests(conv))) && pool_tiles(&pool) && positions > 1 &&
           positions <= MOST_POSITIONS && geometry.groups == 1 && geometry.window.dilation[1] == 1 &&
           size[0] <= MOST_ROWS;
}

// The weights as one matrix: [ky][kx][in] x [out], or turned round.
static Value *append_matrix(Function *function, const Value *conv, Value *weights) {
    int64_t filters = shape_channels(&weights->shape);
    Value *matrix = value_like(function, conv, &op_reshape, 1, &weights);
    value_set(matrix, "shape", attr_size(2, (int64_t[]){shape_elements(&weights->shape) / filters, filters}));
    return function_append(function, matrix);
}

static Value *append_transposed(Function *function, const Value *conv, Value *matrix) {
    return function_append(function, value_like(function, conv, &op_transpose, 1, &matrix));
}

static Value *append_backward(Function *function, const Value *conv, const Op *op, const Value *spread,
                              Value *const inputs[3]) {
    Value *value = conv_backward_new(function, conv, op, 3, inputs);
    value_set(value, "pool", *value_attr(spread, "size"));
    return function_append(function, value);
}

void conv_pooled_gradient(Gradient *gradient, const Value *conv, const Value *spread) {
    Function *function = gradient_function(gradient);
    Value *input = conv->inputs[0], *weights = conv->inputs[1];
    Value *pooled = spread->inputs[0], *positions = spread->inputs[1];
    if (gradient_wanted(gradient, weights)) {
        Value *sum = append_backward(function, conv, &op_pooled_backward_weights, spread,
                                     (Value *[]){input, pooled, positions});
        Value *back = append_transposed(function, conv, sum);
        back = value_like(function, conv, &op_reshape, 1, &back);
        value_set(back, "shape", attr_size(weights->shape.rank, weights->shape.dim));
        gradient_add(gradient, weights, function_append(function, back));
    }
    if (gradient_wanted(gradient, input)) {
        Value *turned = append_transposed(function, conv, append_matrix(function, conv, weights));
        gradient_add(gradient, input,
                     append_backward(function, conv, &op_pooled_backward_data, spread,
                                     (Value *[]){pooled, positions, turned}));
    }
}

static void set_kernel(Arena *arena, Kernel *kernel, const Value *value, const Geometry *geometry,
                       int64_t images) {
    const int64_t *pool = value_attr(value, "pool")->size;
    conv_constants(arena, kernel, &geometry->window, geometry->channels, geometry->filters, geometry->groups,
                   images);
    list_add(arena, &kernel->constants, ((KernelConstant){"POOL_HEIGHT", pool[0]}));
    list_add(arena, &kernel->constants, ((KernelConstant){"POOL_WIDTH", pool[1]}));
}

// --- pooled_backward_data(pooled gradient, positions, weights) -> input gradient ---

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
    kernel->family = "pooled_backward_data";
    set_kernel(value->function->module->arena, kernel, value, &geometry, images);
}

static LoopStatement *open_call(Lowering *lowering, const Value *value) {
    LoopBuilder *build = &lowering->build;
    LoopStatement *call = loop_call(build, lowering_contraction(lowering, value));
    loop_operand(build, call, lowering_output(lowering, value), NULL);
    for (int i = 0; i < value->input_count; i++)
        loop_operand(build, call, lowering_buffer(lowering, value->inputs[i]), NULL);
    return call;
}

static void data_lower(Lowering *lowering, const Value *value) {
    open_call(lowering, value);
}

const Op op_pooled_backward_data = {.name = "pooled_backward_data",
                                    .summary = "the gradient of a convolution's input, from that of a pool",
                                    .flags = OP_CONTRACTION,
                                    .minimum_inputs = 3,
                                    .maximum_inputs = 3,
                                    ATTRIBUTES(attributes),
                                    .shape = data_shape,
                                    .cost = data_cost,
                                    .kernel = data_kernel,
                                    .lower = data_lower};

// --- pooled_backward_weights(input, pooled gradient, positions) -> weights' gradient, summed over the images
// ---

static bool weights_shape(Value *value) {
    Geometry geometry = conv_weights_geometry(value);
    const int64_t *size = geometry.window.size;
    value->type = TYPE_REAL;
    value->shape = shape_of(false, 2, (int64_t[]){geometry.filters, size[0] * size[1] * geometry.channels});
    return true;
}

static Cost weights_cost(const Value *value) {
    Geometry geometry = conv_weights_geometry(value);
    return conv_geometry_cost(&geometry);
}

static void set_weights_kernel(Arena *arena, Kernel *kernel, const Value *value, int64_t images,
                               int64_t rows) {
    Geometry geometry = conv_weights_geometry(value);
    set_kernel(arena, kernel, value, &geometry, images);
    list_add(arena, &kernel->constants, ((KernelConstant){"ROWS", rows}));
}

static void weights_kernel(const Value *value, int64_t images, Kernel *kernel) {
    kernel->family = "pooled_backward_weights";
    set_weights_kernel(value->function->module->arena, kernel, value, images, value->shape.dim[0]);
}

// One image, all filters.
static void weights_lower(Lowering *lowering, const Value *value) {
    LoopBuilder *build = &lowering->build;
    LoopStatement *call = open_call(lowering, value);
    loop_operand_index(build, call, loop_integer(build, 1));
    loop_operand_index(build, call, loop_integer(build, 0));
}

// Some filters, over the chunks in their order.
static void weights_block(Lowering *lowering, const Value *value, LoopExpr *first, int64_t rows,
                          const Buffer *block) {
    Kernel *kernel = lowering_kernel(lowering, value, "pooled_backward_weights");
    set_weights_kernel(lowering->arena, kernel, value, lowering_full_chunk(lowering), rows);
    conv_rows_of_chunks(lowering, value, kernel, first, block);
}

// They stay in the second-level cache.
static int64_t weights_block_elements(const Value *value) {
    (void)value;
    return 32768;
}

const Op op_pooled_backward_weights = {.name = "pooled_backward_weights",
                                       .summary =
                                           "the gradient of a convolution's weights, from that of a pool",
                                       .flags = OP_CONTRACTION | OP_REDUCES_BATCH,
                                       .minimum_inputs = 3,
                                       .maximum_inputs = 3,
                                       ATTRIBUTES(attributes),
                                       .shape = weights_shape,
                                       .cost = weights_cost,
                                       .kernel = weights_kernel,
                                       .lower = weights_lower,
                                       .block = weights_block,
                                       .block_elements = weights_block_elements};
