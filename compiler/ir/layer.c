// Building layers: what op->build functions call.
#include "ir/op.h"

#include <stdio.h>
#include <string.h>

bool value_fail(const Value *value, Complaint complaint) {
    Module *module = value->function->module;
    Complaint *kept = NEW(module->arena, Complaint);
    *kept = complaint;
    module->complaint = kept;
    return false;
}

const Complaint *last_complaint(const Module *module) {
    return module->complaint;
}

Value *layer_fail(Layer *layer, Complaint complaint) {
    layer->complaint = complaint;
    return NULL;
}

const Attr *layer_attr(const Layer *layer, const char *attribute) {
    int index = op_attribute(layer->op, attribute);
    if (index < 0) fault("layer %s has no attribute %s", layer->op->name, attribute);
    return &layer->attrs[index];
}

int64_t layer_integer(const Layer *layer, const char *attribute) {
    const Attr *attr = layer_attr(layer, attribute);
    require(attr->kind == ATTR_INTEGER);
    return attr->integer;
}

double layer_number(const Layer *layer, const char *attribute) {
    const Attr *attr = layer_attr(layer, attribute);
    require(attr->kind == ATTR_NUMBER);
    return attr->number;
}

bool layer_truth(const Layer *layer, const char *attribute) {
    const Attr *attr = layer_attr(layer, attribute);
    require(attr->kind == ATTR_BOOL);
    return attr->integer != 0;
}

// A number that may be set at run time gets the slot "PATH.attribute".
static Attr with_slot(Layer *layer, const Attribute *row, Attr attr) {
    if (!(row->flags & ATTRIBUTE_RUNTIME) || attr.kind != ATTR_NUMBER || attr.slot >= 0) return attr;
    Module *module = layer->function->module;
    const char *path = arena_printf(module->arena, "%s.%s", layer->path, row->name);
    attr.slot = module_slot(module, path, attr.number, row->minimum, row->maximum);
    module->slots.items[attr.slot].off_in_step = (layer->op->flags & OP_RANDOM) != 0;
    return attr;
}

Value *layer_append(Layer *layer, const Op *op, int input_count, Value *const *inputs) {
    Function *function = layer->function;
    Value *value = value_new(function, op, input_count, inputs);
    value->path = layer->path;
    value->span = layer->span;
    value->frozen = layer->frozen;
    for (int i = 0; i < op->attribute_count; i++) {
        int own = op_attribute(layer->op, op->attributes[i].name);
        if (own >= 0) value->attrs[i] = with_slot(layer, &layer->op->attributes[own], layer->attrs[own]);
    }
    if (op->shape && !op->shape(value)) return layer_fail(layer, *function->module->complaint);
    value->id = function->values.count;
    list_add(function->module->arena, &function->values, value);
    return value;
}

Value *layer_tensor(Layer *layer, TensorSpec spec) {
    Module *module = layer->function->module;
    Tensor tensor = {.name = arena_printf(module->arena, "%s.%s", layer->path, spec.name),
                     .kind = spec.kind,
                     .frozen = layer->frozen || spec.kind == TENSOR_STATISTIC,
                     .shape = shape_of(false, spec.rank, spec.shape),
                     .init = spec.init,
                     .fan_in = spec.fan_in,
                     .fan_out = spec.fan_out,
                     .l2 = {.kind = ATTR_UNSET, .slot = -1}};
    memcpy(tensor.axes, spec.axes, sizeof tensor.axes);
    if (spec.kernel && layer->init.name) tensor.init = layer->init;
    if (spec.kernel && layer->l2.kind == ATTR_NUMBER) {
        const char *path = arena_printf(module->arena, "%s.l2", layer->path);
        tensor.l2 = attr_number(layer->l2.number);
        tensor.l2.slot = module_slot(module, path, layer->l2.number, 0, 1e30);
    }
    return function_tensor(layer->function, module_add_tensor(module, tensor));
}

Value *layer_build(Layer *layer) {
    Module *module = layer->function->module;
    LayerRow row = {.path = layer->path,
                    .op = layer->op,
                    .first_tensor = module->tensors.count,
                    .first_value = layer->function->values.count};
    row.output = layer->op->build ? layer->op->build(layer)
                                  : layer_append(layer, layer->op, layer->input_count, layer->inputs);
    if (!row.output) return NULL;
    row.tensor_count = module->tensors.count - row.first_tensor;
    row.value_count = layer->function->values.count - row.first_value;
    list_add(module->arena, &module->layers, row);
    return row.output;
}

int64_t layer_params(const Module *module, const LayerRow *row) {
    int64_t params = 0;
    for (int i = row->first_tensor; i < row->first_tensor + row->tensor_count; i++)
        params += shape_elements(&module->tensors.items[i].shape);
    return params;
}

int64_t layer_macs(const LayerRow *row) {
    const Function *model = row->output->function;
    int64_t macs = 0;
    for (int i = row->first_value; i < row->first_value + row->value_count; i++) {
        const Value *value = model->values.items[i];
        if ((value->op->flags & OP_CONTRACTION) && value->op->cost)
            macs += (int64_t)value->op->cost(value).macs;
    }
    return macs;
}
