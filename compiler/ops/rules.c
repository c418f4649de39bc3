#include "ops/rules.h"

#include <stdarg.h>

static bool complain(const Value *value, Complaint complaint, const char *format, va_list arguments) {
    complaint.message = arena_vprintf(value->function->module->arena, format, arguments);
    return value_fail(value, complaint);
}

bool refuse_attribute(const Value *value, Code code, const char *attribute, const char *help,
                      const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    Complaint complaint = {.code = code, .attribute = -1, .input = -1, .help = help};
    if (attribute) complaint.attribute = op_attribute(value->op, attribute);
    complain(value, complaint, format, arguments);
    va_end(arguments);
    return false;
}

bool refuse_inputs(const Value *value, Code code, const char *help, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    complain(value,
             (Complaint){.code = code, .attribute = -1, .input = -1, .show_inputs = true, .help = help},
             format, arguments);
    va_end(arguments);
    return false;
}

Value *layer_refuse(Layer *layer, Code code, const char *attribute, const char *help, const char *format,
                    ...) {
    va_list arguments;
    va_start(arguments, format);
    Complaint complaint = {.code = code, .attribute = -1, .input = -1, .help = help};
    if (attribute) complaint.attribute = op_attribute(layer->op, attribute);
    complaint.message = arena_vprintf(layer->function->module->arena, format, arguments);
    va_end(arguments);
    return layer_fail(layer, complaint);
}

const char *format_text(const Module *module, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    const char *text = arena_vprintf(module->arena, format, arguments);
    va_end(arguments);
    return text;
}

bool shape_as_input(Value *value) {
    value->type = TYPE_REAL;
    value->shape = value->inputs[0]->shape;
    return true;
}

bool shape_of_effect(Value *value) {
    value->type = TYPE_NONE;
    value->shape = value->inputs[0]->shape;
    return true;
}

bool shape_image(Value *value, bool batched, int64_t height, int64_t width, int64_t channels) {
    // Each factor is below 2^31, so the checks in this order can't overflow.
    bool fits = height <= LARGEST_TENSOR && width <= LARGEST_TENSOR && channels <= LARGEST_TENSOR &&
                height * width <= LARGEST_TENSOR && height * width * channels <= LARGEST_TENSOR;
    if (!fits)
        return refuse_attribute(value, E0322, NULL, "a tensor of one image has at most 2147483647 numbers",
                                "`%s` would give %lldx%lldx%lld, which is too large", NAME_OF(value),
                                (long long)height, (long long)width, (long long)channels);
    value->type = TYPE_REAL;
    value->shape = shape_of(batched, 3, (int64_t[]){height, width, channels});
    return true;
}

static const char *image_help(const Shape *shape) {
    return shape->rank == 1
               ? "put it before `flatten`, or make an image again with reshape(HEIGHTxWIDTHxCHANNELS)"
               : "make an image with reshape(HEIGHTxWIDTHxCHANNELS)";
}

bool needs_image(const Value *value) {
    const Shape *shape = &value->inputs[0]->shape;
    if (shape->rank == 3) return true;
    return refuse_attribute(value, E0301, NULL, image_help(shape),
                            "`%s` needs an image, height x width x channels; it gets %s", NAME_OF(value),
                            shape_text(value->function->module->arena, shape));
}

bool layer_needs_image(Layer *layer) {
    const Shape *shape = &layer->inputs[0]->shape;
    if (shape->rank == 3) return true;
    layer_refuse(layer, E0301, NULL, image_help(shape),
                 "`%s` needs an image, height x width x channels; it gets %s", layer->op->name,
                 shape_text(layer->function->module->arena, shape));
    return false;
}

int64_t shape_pixels(const Shape *shape) {
    return shape_elements(shape) / shape_channels(shape);
}

Value *value_like(Function *function, const Value *like, const Op *op, int input_count,
                  Value *const *inputs) {
    Value *value = value_new(function, op, input_count, inputs);
    value->path = like->path;
    value->span = like->span;
    value->frozen = like->frozen;
    return value;
}

void copy_attributes(Value *value, const Value *from) {
    for (int i = 0; i < value->op->attribute_count; i++) {
        int index = op_attribute(from->op, value->op->attributes[i].name);
        if (index >= 0) value->attrs[i] = from->attrs[index];
    }
}

Value *append_sum_channels(Function *function, Value *gradient) {
    return ADD(function, &op_sum_channels, gradient);
}

Value *append_row(Function *function, Value *rows, int64_t index) {
    Value *row = value_like(function, rows, &op_row, 1, &rows);
    value_set(row, "index", attr_integer(index));
    return function_append(function, row);
}

Value *append_negated(Function *function, Value *value) {
    Value *negated = value_like(function, value, &op_rescale, 1, &value);
    value_set(negated, "scale", attr_number(-1));
    return function_append(function, negated);
}
