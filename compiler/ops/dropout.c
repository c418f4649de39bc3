// Dropout (Srivastava et al., 2014) and drop_path (stochastic depth: Huang et al., 2016). In training a mask
// of bytes is drawn, once for each number or once for each image, and what is kept is divided by 1 - rate; in
// evaluation nothing happens.
#include "base/text.h"
#include "ops/rules.h"

#include <string.h>

#define RATE_ROW(help)                                                                                       \
    { "rate", TYPE_RATE, NULL, 0, 0.999, NULL, ATTRIBUTE_RUNTIME, help }
static const Attribute dropout_attributes[] = {RATE_ROW("the part that is set to 0: 20%, or 0.2")};
static const Attribute path_attributes[] = {
    RATE_ROW("the part of the images whose branch is set to 0: 20%, or 0.2")};
static const Attribute apply_attributes[] = {{"rate", TYPE_RATE, "0", 0, 0.999, NULL,
                                              ATTRIBUTE_RUNTIME | ATTRIBUTE_INTERNAL,
                                              "the part that is set to 0"}};
static const Attribute mask_attributes[] = {
    {"rate", TYPE_RATE, "0", 0, 0.999, NULL, ATTRIBUTE_RUNTIME | ATTRIBUTE_INTERNAL, "the part of zeros"},
    {"shape", TYPE_DIMENSIONS, "", 1, 1e9, NULL, ATTRIBUTE_INTERNAL, "of one image's mask; unset: one byte"}};

extern const Op op_dropout_mask, op_dropout_apply, op_relu;

static Value *masked(Function *function, const Value *value, Value *input, bool whole_image) {
    Value *mask = value_like(function, value, &op_dropout_mask, 0, NULL);
    copy_attributes(mask, value);
    if (!whole_image) value_set(mask, "shape", attr_size(value->shape.rank, value->shape.dim));
    function_append(function, mask);
    Value *apply = value_like(function, value, &op_dropout_apply, 2, (Value *[]){input, mask});
    copy_attributes(apply, value);
    return function_append(function, apply);
}

static Value *dropout_train(Function *function, const Value *value, Value *const *inputs) {
    return masked(function, value, inputs[0], false);
}

static Value *drop_path_train(Function *function, const Value *value, Value *const *inputs) {
    return masked(function, value, inputs[0], true);
}

static Value *pass_through(Function *function, const Value *value, Value *const *inputs) {
    (void)function, (void)value;
    return inputs[0];
}

const Op op_dropout = {.name = "dropout",
                       .summary = "in training, sets a part of the numbers to 0 and enlarges the others",
                       .flags = OP_LAYER | OP_RANDOM,
                       .minimum_inputs = 1,
                       .maximum_inputs = 1,
                       ATTRIBUTES(dropout_attributes),
                       .shape = shape_as_input,
                       .train = dropout_train,
                       .evaluate = pass_through};

const Op op_drop_path = {.name = "drop_path",
                         .summary = "in training, sets whole images to 0 and enlarges the others",
                         .flags = OP_LAYER | OP_RANDOM,
                         .minimum_inputs = 1,
                         .maximum_inputs = 1,
                         ATTRIBUTES(path_attributes),
                         .shape = shape_as_input,
                         .train = drop_path_train,
                         .evaluate = pass_through};

static bool mask_shape(Value *value) {
    const Attr *shape = value_attr(value, "shape");
    value->type = TYPE_BYTE;
    value->shape = shape_of(true, shape->kind == ATTR_SIZE ? shape->count : 0, shape->size);
    return true;
}

// The site is a hash of the layer's path: it stays the same when other layers come and go. The kernel sets
// its top bit.
static void mask_lower(Lowering *lowering, const Value *value) {
    LoopBuilder *build = &lowering->build;
    uint64_t hash = hash_bytes(HASH_START, value->path, strlen(value->path));
    int64_t site = (int64_t)((hash ^ hash >> 32) & 0x7fffffff);
    Kernel *kernel = lowering_kernel(lowering, value, "dropout_mask");
    kernel_constant(lowering, kernel, "ELEMENTS", shape_elements(&value->shape));
    LoopStatement *call = loop_call(build, kernel);
    loop_operand(build, call, lowering_output(lowering, value), NULL);
    loop_operand_index(build, call, lowering_number(lowering, value, "rate"));
    loop_operand_index(build, call, lowering_sample(lowering));
    loop_operand_index(build, call, loop_integer(build, site));
}

const Op op_dropout_mask = {.name = "dropout_mask",
                            .summary = "random bytes: 0 with probability `rate`, else 1",
                            .flags = OP_RANDOM,
                            ATTRIBUTES(mask_attributes),
                            .shape = mask_shape,
                            .lower = mask_lower};

static LoopExpr *apply_element(Lowering *lowering, const Value *value, LoopExpr *const *inputs) {
    LoopBuilder *build = &lowering->build;
    LoopExpr *one = loop_number(build, 1);
    LoopExpr *factor = over(build, one, minus(build, one, lowering_number(lowering, value, "rate")));
    if (value->input_count > 1) factor = times(build, inputs[1], factor);
    return times(build, inputs[0], factor);
}

// A relu's output is 0 where its slope is. So what is positive behind the dropout has both the mask and the
// slope at 1, and neither the mask nor the relu's output is needed.
static void apply_gradient(Gradient *gradient, const Value *value, Value *output_gradient) {
    Function *function = gradient_function(gradient);
    Value *input = value->inputs[0];
    bool behind_relu = input->op == &op_relu;
    Value *back = value_like(function, value, &op_dropout_apply, behind_relu ? 1 : 2,
                             (Value *[]){output_gradient, value->inputs[1]});
    copy_attributes(back, value);
    function_append(function, back);
    if (behind_relu)
        gradient_add(gradient, input->inputs[0], slope_append(function, input, value, back));
    else
        gradient_add(gradient, input, back);
}

const Op op_dropout_apply = {.name = "dropout_apply",
                             .summary = "what a mask keeps, without one all, divided by 1 - rate",
                             .flags = OP_ELEMENTWISE,
                             .minimum_inputs = 1,
                             .maximum_inputs = 2,
                             ATTRIBUTES(apply_attributes),
                             .shape = shape_as_input,
                             .gradient = apply_gradient,
                             .element = apply_element};
