// A fully connected layer over the last axis, and its gradients. Weights lie [in][out]; files have out,in.
#include "ops/conv.h"
#include "ops/transpose.h"

static const Attribute attributes[] = {{"units", TYPE_WHOLE, NULL, 1, 1 << 24, NULL, 0, "outputs"}, BIAS_ROW};

static const Attribute panels_attributes[] = {
    {"units", TYPE_WHOLE, NULL, 1, 1 << 24, NULL, ATTRIBUTE_INTERNAL, "outputs"},
    {"columns", TYPE_WHOLE, NULL, 1, 1 << 24, NULL, ATTRIBUTE_INTERNAL, "outputs of a panel"}};

static const Attribute gradient_attributes[] = {{"columns", TYPE_WHOLE, "0", 0, 1 << 24, NULL,
                                                 ATTRIBUTE_INTERNAL,
                                                 "outputs of the layer's panels; 0: it has none"}};

extern const Op op_dense, op_dense_panels, op_dense_backward_weights, op_transpose;

static bool dense_shape(Value *value) {
    const Shape *input = &value->inputs[0]->shape;
    int64_t units = value_integer(value, "units");
    if (units > LARGEST_TENSOR / shape_pixels(input) || units > LARGEST_TENSOR / shape_channels(input))
        return refuse_attribute(value, E0322, "units", "a tensor has at most 2147483647 numbers",
                                "`dense` would be too large");
    value->type = TYPE_REAL;
    value->shape = *input;
    value->shape.dim[input->rank - 1] = units;
    return true;
}

static Value *dense_build(Layer *layer) {
    int64_t inputs = shape_channels(&layer->inputs[0]->shape), units = layer_integer(layer, "units");
    if (units > LARGEST_TENSOR / inputs)
        return layer_refuse(layer, E0322, "units", "a tensor has at most 2147483647 numbers",
                            "the weights of `dense` would be %lldx%lld, which is too large", (long long)units,
                            (long long)inputs);
    Value *weight = layer_tensor(layer, (TensorSpec){.name = "weight",
                                                     .kind = TENSOR_WEIGHT,
                                                     .kernel = true,
                                                     .rank = 2,
                                                     .shape = {units, inputs},
                                                     .axes = {1, 0},
                                                     .init = {.name = "glorot_uniform"},
                                                     .fan_in = inputs,
                                                     .fan_out = units});
    return bias_append(layer, layer_append(layer, &op_dense, 2, (Value *[]){layer->inputs[0], weight}));
}

static void dense_gradient(Gradient *gradient, const Value *value, Value *output_gradient) {
    Function *function = gradient_function(gradient);
    Value *input = value->inputs[0], *weight = value->inputs[1];
    if (gradient_wanted(gradient, weight)) {
        Value *sum =
            value_like(function, value, &op_dense_backward_weights, 2, (Value *[]){input, output_gradient});
        gradient_add(gradient, weight, function_append(function, sum));
    }
    if (gradient_wanted(gradient, input)) {
        Value *turned = value_like(function, value, &op_transpose, 1, &weight);
        function_append(function, turned);
        Value *back = value_like(function, value, &op_dense, 2, (Value *[]){output_gradient, turned});
        value_set(back, "units", attr_integer(shape_channels(&input->shape)));
        gradient_add(gradient, input, function_append(function, back));
    }
}

static Cost cost_of(const Shape *input, int64_t units) {
    double rows = (double)shape_pixels(input), inputs = (double)shape_channels(input);
    return (Cost){.macs = rows * inputs * (double)units, .bytes = 4 * rows * (inputs + (double)units)};
}

static Cost dense_cost(const Value *value) {
    return cost_of(&value->inputs[0]->shape, value_integer(value, "units"));
}

// The kernel computes all rows of a full chunk; the driver keeps what lies beyond the batch's images
// harmless.
static void set_kernel(const Value *value, int64_t images, int64_t outputs, Kernel *kernel) {
    Arena *arena = value->function->module->arena;
    const Shape *input = &value->inputs[0]->shape;
    kernel->family = "dense_forward";
    list_add(arena, &kernel->constants, ((KernelConstant){"ROWS", images * shape_pixels(input)}));
    list_add(arena, &kernel->constants, ((KernelConstant){"INPUTS", shape_channels(input)}));
    list_add(arena, &kernel->constants, ((KernelConstant){"OUTPUTS", outputs}));
    list_add(arena, &kernel->constants, ((KernelConstant){"OUTPUT_STRIDE", value_integer(value, "units")}));
}

static void dense_kernel(const Value *value, int64_t images, Kernel *kernel) {
    set_kernel(value, images, value_integer(value, "units"), kernel);
}

static void dense_lower(Lowering *lowering, const Value *value) {
    LoopBuilder *build = &lowering->build;
    LoopStatement *call = loop_call(build, lowering_contraction(lowering, value));
    loop_operand(build, call, lowering_output(lowering, value), NULL);
    for (int i = 0; i < 2; i++) loop_operand(build, call, lowering_buffer(lowering, value->inputs[i]), NULL);
}

const Op op_dense = {.name = "dense",
                     .summary = "every output from all inputs of the last axis",
                     .flags = OP_LAYER | OP_ROWS | OP_CONTRACTION,
                     .minimum_inputs = 1,
                     .maximum_inputs = 1,
                     ATTRIBUTES(attributes),
                     .build = dense_build,
                     .shape = dense_shape,
                     .gradient = dense_gradient,
                     .cost = dense_cost,
                     .kernel = dense_kernel,
                     .lower = dense_lower};

static void panels_kernel(const Value *value, int64_t images, Kernel *kernel) {
    set_kernel(value, images, value_integer(value, "columns"), kernel);
}

static int64_t panels_pieces(const Value *value) {
    return value_integer(value, "units") / value_integer(value, "columns");
}

// The outputs of one panel, of all chunks.
static void panels_piece(Lowering *lowering, const Value *value, LoopExpr *piece) {
    LoopBuilder *build = &lowering->build;
    const Value *input = value->inputs[0], *weights = value->inputs[1];
    int64_t columns = value_integer(value, "columns"), numbers = shape_channels(&input->shape) * columns;
    LoopExpr *first = times(build, piece, loop_integer(build, columns));
    LoopExpr *chunk = loop_open(build, AXIS_TILE, "part", lowering_chunks(lowering));
    LoopStatement *call = loop_call(build, lowering_contraction(lowering, value));
    loop_operand(build, call, lowering_all_images(lowering, value),
                 lowering_chunk_start(lowering, value, chunk, first));
    loop_operand(build, call, lowering_all_images(lowering, input),
                 lowering_chunk_start(lowering, input, chunk, loop_integer(build, 0)));
    loop_operand(build, call, lowering_buffer(lowering, weights),
                 times(build, piece, loop_integer(build, numbers)));
    loop_close(build);
}

const Op op_dense_panels = {.name = "dense_panels",
                            .summary = "a dense layer in panels of its outputs, of all images at once",
                            .flags = OP_ROWS | OP_CONTRACTION | OP_WHOLE_BATCH,
                            .minimum_inputs = 2,
                            .maximum_inputs = 2,
                            ATTRIBUTES(panels_attributes),
                            .shape = dense_shape,
                            .cost = dense_cost,
                            .kernel = panels_kernel,
                            .pieces = panels_pieces,
                            .lower_piece = panels_piece};

static bool backward_weights_shape(Value *value) {
    value->type = TYPE_REAL;
    value->shape = shape_of(
        false, 2,
        (int64_t[]){shape_channels(&value->inputs[0]->shape), shape_channels(&value->inputs[1]->shape)});
    return true;
}

static Cost backward_weights_cost(const Value *value) {
    return cost_of(&value->inputs[0]->shape, shape_channels(&value->inputs[1]->shape));
}

// For `inputs` of the layer's inputs and `outputs` of its outputs.
static Kernel *backward_weights_kernel(Lowering *lowering, const Value *value, const char *family,
                                       int64_t inputs, int64_t outputs) {
    int64_t pixels = shape_pixels(&value->inputs[0]->shape);
    Kernel *kernel = lowering_kernel(lowering, value, family);
    kernel_constant(lowering, kernel, "ROWS", lowering_full_chunk(lowering) * pixels);
    kernel_constant(lowering, kernel, "INPUTS", inputs);
    kernel_constant(lowering, kernel, "INPUT_STRIDE", value->shape.dim[0]);
    kernel_constant(lowering, kernel, "OUTPUTS", outputs);
    kernel_constant(lowering, kernel, "OUTPUT_STRIDE", value->shape.dim[1]);
    return kernel;
}

// Adds the sums over the chunk's rows: those of its images, and no more.
static void backward_weights_lower(Lowering *lowering, const Value *value) {
    LoopBuilder *build = &lowering->build;
    int64_t pixels = shape_pixels(&value->inputs[0]->shape);
    Kernel *kernel = backward_weights_kernel(lowering, value, "dense_backward_weights", value->shape.dim[0],
                                             value->shape.dim[1]);
    LoopStatement *call = loop_call(build, kernel);
    loop_operand(build, call, lowering_output(lowering, value), NULL);
    for (int i = 0; i < 2; i++) loop_operand(build, call, lowering_buffer(lowering, value->inputs[i]), NULL);
    loop_operand_index(build, call, times(build, lowering_images(lowering), loop_integer(build, pixels)));
}

// Numbers that stay in the first-level cache.
enum { BLOCK_ELEMENTS = 8192 };

static int64_t backward_weights_block_columns(const Value *value) {
    return value_integer(value, "columns");
}

// Of a block: a panel's, or all.
static int64_t block_outputs(const Value *value) {
    int64_t columns = value_integer(value, "columns");
    return columns ? columns : value->shape.dim[1];
}

// Where some of the inputs' rows begin in an image's input, and their outputs, all or a panel's, in its
// output.
typedef struct BlockStarts {
    LoopExpr *of[2];
} BlockStarts;

static BlockStarts block_starts(LoopBuilder *build, const Value *value, LoopExpr *first) {
    int64_t columns = value_integer(value, "columns");
    LoopExpr *inputs = loop_integer(build, value->shape.dim[0]);
    if (!columns) return (BlockStarts){{first, loop_integer(build, 0)}};
    LoopExpr *panel = loop_binary(build, LOOP_DIVIDE, first, inputs);
    return (BlockStarts){
        {loop_binary(build, LOOP_MODULO, first, inputs), times(build, panel, loop_integer(build, columns))}};
}

// A tile's sums pass over all rows of the batch: what a block reads of these stays in the first-level cache.
// Rows of the result are whole vectors, whatever the processor.
static bool backward_weights_block_consumed(const Value *value, int64_t rows) {
    const Module *module = value->function->module;
    int64_t outputs = block_outputs(value), batch = module->batch * shape_pixels(&value->inputs[0]->shape);
    return !module->bf16 && outputs % MOST_LANES == 0 && batch * (rows + outputs) <= BLOCK_ELEMENTS;
}

// Each number of the rows, summed over the batch, to the kernel's consumer.
static void consume_rows(Lowering *lowering, const Value *value, LoopExpr *first, int64_t rows) {
    LoopBuilder *build = &lowering->build;
    int64_t pixels = shape_pixels(&value->inputs[0]->shape), outputs = block_outputs(value);
    BlockStarts starts = block_starts(build, value, first);
    Kernel *kernel = backward_weights_kernel(lowering, value, "dense_backward_rows", rows, outputs);
    LoopStatement *call = loop_call(build, kernel);
    loop_operand_none(build, call);
    for (int i = 0; i < 2; i++)
        loop_operand(build, call, lowering_all_images(lowering, value->inputs[i]), starts.of[i]);
    LoopExpr *zero = loop_integer(build, 0), *one = loop_integer(build, 1);
    loop_operand_index(build, call,
                       times(build, lowering_batch_images(lowering), loop_integer(build, pixels)));
    loop_operand_index(build, call, lowering_chunk_start(lowering, value->inputs[0], one, zero));
    loop_operand_index(build, call, times(build, first, loop_integer(build, outputs)));
}

// Some of the inputs' rows, of all outputs or of a panel's, over the chunks in their order.
static void backward_weights_block(Lowering *lowering, const Value *value, LoopExpr *first, int64_t rows,
                                   const Buffer *block) {
    LoopBuilder *build = &lowering->build;
    if (!block) {
        consume_rows(lowering, value, first, rows);
        return;
    }
    LoopExpr *pixels = loop_integer(build, shape_pixels(&value->inputs[0]->shape));
    BlockStarts starts = block_starts(build, value, first);
    LoopExpr *chunk = loop_open(build, AXIS_REDUCE, "part", lowering_chunks(lowering));
    LoopStatement *call = loop_call(build, backward_weights_kernel(lowering, value, "dense_backward_weights",
                                                                   rows, block_outputs(value)));
    loop_operand(build, call, block, NULL);
    for (int i = 0; i < 2; i++)
        loop_operand(build, call, lowering_all_images(lowering, value->inputs[i]),
                     lowering_chunk_start(lowering, value->inputs[i], chunk, starts.of[i]));
    loop_operand_index(build, call, times(build, lowering_chunk_count(lowering, chunk), pixels));
    loop_close(build);
}

// They stay in the first-level cache. In bf16, tiles have 32 rows.
static int64_t backward_weights_block_elements(const Value *value) {
    enum { ROWS = 32 };
    int64_t rows = value->function->module->bf16 ? ROWS : 1, whole = rows * value->shape.dim[1];
    return whole > BLOCK_ELEMENTS ? whole : BLOCK_ELEMENTS;
}

const Op op_dense_backward_weights = {.name = "dense_backward_weights",
                                      .summary = "the gradient of a dense layer's weights",
                                      .flags = OP_ROWS | OP_REDUCES_BATCH | OP_CONTRACTION,
                                      .minimum_inputs = 2,
                                      .maximum_inputs = 2,
                                      ATTRIBUTES(gradient_attributes),
                                      .shape = backward_weights_shape,
                                      .cost = backward_weights_cost,
                                      .lower = backward_weights_lower,
                                      .block = backward_weights_block,
                                      .block_consumed = backward_weights_block_consumed,
                                      .block_columns = backward_weights_block_columns,
                                      .block_elements = backward_weights_block_elements};

static bool transpose_shape(Value *value) {
    const int64_t *dim = value->inputs[0]->shape.dim;
    value->type = TYPE_REAL;
    value->shape = shape_of(false, 2, (int64_t[]){dim[1], dim[0]});
    return true;
}

const Op op_transpose = {.name = "transpose",
                         .summary = "a matrix with rows and columns exchanged",
                         .minimum_inputs = 1,
                         .maximum_inputs = 1,
                         .shape = transpose_shape,
                         .pieces = transposition_pieces,
                         .lower_piece = lower_transposition};
