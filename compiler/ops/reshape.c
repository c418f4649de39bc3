// Another shape over the same numbers: reshape, and flatten, which is reshape to one dimension.
#include "ops/rules.h"

static const Attribute attributes[] = {
    {"shape", TYPE_DIMENSIONS, NULL, 1, 1e9, NULL, 0, "height x width x channels, or fewer dimensions"}};

static bool reshape_shape(Value *value) {
    const Attr *attr = value_attr(value, "shape");
    const Shape *input = &value->inputs[0]->shape;
    Arena *arena = value->function->module->arena;
    Shape shape = shape_of(input->batched, attr->count, attr->size);
    bool equal = true;
    int64_t rest = shape_elements(input);
    for (int i = 0; i < shape.rank; i++) {
        equal = equal && shape.dim[i] > 0 && rest % shape.dim[i] == 0;
        if (equal) rest /= shape.dim[i];
    }
    if (!equal || rest != 1)
        return refuse_attribute(value, E0305, "shape", "give it as many numbers as come in",
                                "`reshape` gets %s, %lld numbers; these are not the numbers of %s",
                                shape_text(arena, input), (long long)shape_elements(input),
                                shape_text(arena, &shape));
    value->type = TYPE_REAL;
    value->shape = shape;
    return true;
}

// The gradient takes the input's shape again.
static void reshape_gradient(Gradient *gradient, const Value *value, Value *output_gradient) {
    Function *function = gradient_function(gradient);
    const Shape *shape = &value->inputs[0]->shape;
    Value *back = value_like(function, value, &op_reshape, 1, &output_gradient);
    value_set(back, "shape", attr_size(shape->rank, shape->dim));
    gradient_add(gradient, value->inputs[0], function_append(function, back));
}

const Op op_reshape = {.name = "reshape",
                       .summary = "the same numbers, in the same order, under another shape",
                       .flags = OP_LAYER | OP_VIEW,
                       .minimum_inputs = 1,
                       .maximum_inputs = 1,
                       ATTRIBUTES(attributes),
                       .shape = reshape_shape,
                       .gradient = reshape_gradient};

static bool flatten_shape(Value *value) {
    const Shape *input = &value->inputs[0]->shape;
    value->type = TYPE_REAL;
    value->shape = shape_of(input->batched, 1, (int64_t[]){shape_elements(input)});
    return true;
}

const Op op_flatten = {.name = "flatten",
                       .summary = "all numbers in a row: by rows, then columns, then channels",
                       .flags = OP_LAYER | OP_VIEW,
                       .minimum_inputs = 1,
                       .maximum_inputs = 1,
                       .shape = flatten_shape,
                       .gradient = reshape_gradient};
