// The ends of a function: what it reads that the runtime or another function placed, and what it leaves for
// them.
#include "ops/lowering.h"

// Places: "input" and "label" (made by load, read by the others), "logits", "loss" (one for each image),
// "penalty" (a scalar), "gradient" (of tensor `index`).
static const Attribute input_attributes[] = {
    {"shape", TYPE_DIMENSIONS, "1", 1, 1e9, NULL, ATTRIBUTE_INTERNAL, "height x width x channels"}};

static bool input_shape(Value *value) {
    const Attr *shape = value_attr(value, "shape");
    value->type = TYPE_REAL;
    value->shape = shape_of(true, shape->count, shape->size);
    return true;
}

const Op op_input = {.name = "input",
                     .summary = "the batch's images",
                     .flags = OP_SOURCE,
                     .attributes = input_attributes,
                     .attribute_count = 1,
                     .shape = input_shape};

static bool label_shape(Value *value) {
    value->type = TYPE_INT;
    value->shape = shape_of(true, 1, (int64_t[]){1});
    return true;
}

const Op op_label = {
    .name = "label", .summary = "the batch's labels", .flags = OP_SOURCE, .shape = label_shape};

static const Attribute tensor_attributes[] = {
    {"index", TYPE_WHOLE, "0", 0, 1e9, NULL, ATTRIBUTE_INTERNAL, "which tensor of the module"}};

static bool tensor_shape(Value *value) {
    const Tensor *tensor = &value->function->module->tensors.items[value_integer(value, "index")];
    value->type = TYPE_REAL;
    value->shape = shape_of(false, tensor->shape.rank, tensor->shape.dim);
    for (int i = 0; i < tensor->shape.rank; i++) value->shape.dim[i] = tensor->shape.dim[tensor->axes[i]];
    return true;
}

const Op op_tensor = {.name = "tensor",
                      .summary = "a kept tensor",
                      .flags = OP_SOURCE,
                      .attributes = tensor_attributes,
                      .attribute_count = 1,
                      .shape = tensor_shape};

static const Attribute image_attributes[] = {
    {"shape", TYPE_DIMENSIONS, "1", 1, 1e9, NULL, ATTRIBUTE_INTERNAL, "height x width x channels"},
    {"place", TYPE_WORD, "input", 0, 0, "input", ATTRIBUTE_INTERNAL, "where the result goes"}};

// An image's bytes as numbers 0..255.
static void gather_image_lower(Lowering *lowering, const Value *value) {
    LoopBuilder *build = &lowering->build;
    int64_t elements = shape_elements(&value->shape);
    LoopExpr *sample = loop_let(build, "sample", lowering_sample(lowering));
    LoopExpr *i = loop_open_constant(build, AXIS_LANE, "i", elements);
    loop_store(build, lowering_buffer(lowering, value), i,
               loop_load(build, lowering_images_source(lowering), loop_scaled(build, sample, elements, i)));
    loop_close(build);
}

const Op op_gather_image = {.name = "gather_image",
                            .summary = "an image of the data set",
                            .flags = OP_OUTPUT,
                            .attributes = image_attributes,
                            .attribute_count = 2,
                            .shape = input_shape,
                            .lower = gather_image_lower};

static const Attribute label_attributes[] = {
    {"place", TYPE_WORD, "label", 0, 0, "label", ATTRIBUTE_INTERNAL, "where the result goes"}};

static void gather_label_lower(Lowering *lowering, const Value *value) {
    LoopBuilder *build = &lowering->build;
    LoopExpr *label = loop_load_index(build, lowering_labels_source(lowering), lowering_sample(lowering));
    loop_store(build, lowering_buffer(lowering, value), loop_integer(build, 0), label);
}

const Op op_gather_label = {.name = "gather_label",
                            .summary = "a label of the data set",
                            .flags = OP_OUTPUT,
                            .attributes = label_attributes,
                            .attribute_count = 1,
                            .shape = label_shape,
                            .lower = gather_label_lower};

static const Attribute output_attributes[] = {
    {"place", TYPE_WORD, "logits", 0, 0, "logits loss penalty gradient", ATTRIBUTE_INTERNAL,
     "where the result goes"},
    {"index", TYPE_WHOLE, "0", 0, 1e9, NULL, ATTRIBUTE_INTERNAL, "of a gradient's tensor"}};

static bool same_shape(Value *value) {
    value->type = value->inputs[0]->type;
    value->shape = value->inputs[0]->shape;
    return true;
}

static LoopExpr *same_element(Lowering *lowering, const Value *value, LoopExpr *const *inputs) {
    (void)lowering, (void)value;
    return inputs[0];
}

static void output_gradient(Gradient *gradient, const Value *value, Value *output_gradient) {
    gradient_add(gradient, value->inputs[0], output_gradient);
}

const Op op_output = {.name = "output",
                      .summary = "leaves a value for the runtime",
                      .flags = OP_ELEMENTWISE | OP_OUTPUT,
                      .minimum_inputs = 1,
                      .maximum_inputs = 1,
                      .attributes = output_attributes,
                      .attribute_count = 2,
                      .shape = same_shape,
                      .gradient = output_gradient,
                      .element = same_element};

static bool mean_seed_shape(Value *value) {
    value->type = TYPE_REAL;
    value->shape = shape_of(true, 1, (int64_t[]){1});
    return true;
}

static LoopExpr *mean_seed_element(Lowering *lowering, const Value *value, LoopExpr *const *inputs) {
    (void)value, (void)inputs;
    return loop_binary(&lowering->build, LOOP_DIVIDE, loop_number(&lowering->build, 1),
                       lowering_batch(lowering));
}

const Op op_mean_seed = {.name = "mean_seed",
                         .summary = "the derivative of the mean loss by each image's loss, 1 / n",
                         .flags = OP_ELEMENTWISE,
                         .shape = mean_seed_shape,
                         .element = mean_seed_element};
