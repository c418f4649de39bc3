#include "ir/ir.h"
#include "ir/attribute.h"
#include "ir/op.h"

#include <stdio.h>
#include <string.h>

int64_t shape_elements(const Shape *shape) {
    int64_t elements = 1;
    for (int i = 0; i < shape->rank; i++) elements *= shape->dim[i];
    return elements;
}

bool shape_equal(const Shape *a, const Shape *b) {
    if (a->batched != b->batched || a->rank != b->rank) return false;
    for (int i = 0; i < a->rank; i++)
        if (a->dim[i] != b->dim[i]) return false;
    return true;
}

Shape shape_of(bool batched, int rank, const int64_t *dims) {
    require(rank <= MAX_RANK);
    Shape shape = {.batched = batched, .rank = rank};
    for (int i = 0; i < rank; i++) shape.dim[i] = dims[i];
    return shape;
}

int64_t shape_channels(const Shape *shape) {
    return shape->rank == 0 ? 1 : shape->dim[shape->rank - 1];
}

const char *shape_text(Arena *arena, const Shape *shape) {
    const char *text = shape->rank == 0 ? "1" : "";
    for (int i = 0; i < shape->rank; i++)
        text = arena_printf(arena, "%s%s%lld", text, i == 0 ? "" : "x", (long long)shape->dim[i]);
    return text;
}

Module *module_new(Arena *arena, const char *name, int64_t batch, int64_t classes) {
    Module *module = NEW(arena, Module);
    module->arena = arena;
    module->name = name;
    module->batch = batch;
    module->classes = classes;
    return module;
}

Function *module_function(Module *module, const char *name) {
    for (int i = 0; i < module->functions.count; i++)
        if (strcmp(module->functions.items[i]->name, name) == 0) return module->functions.items[i];
    return NULL;
}

Function *function_new(Module *module, const char *name) {
    Function *function = NEW(module->arena, Function);
    function->module = module;
    function->name = name;
    list_add(module->arena, &module->functions, function);
    return function;
}

static int add_number(Arena *arena, NameTable *table, const char *name, int number) {
    int *kept = NEW(arena, int);
    *kept = number;
    name_put(arena, table, name, kept);
    return number;
}

int module_slot(Module *module, const char *path, double value, double minimum, double maximum) {
    const int *known = name_get(&module->slot_numbers, path);
    if (known) return *known;
    Slot slot = {.path = path, .value = value, .minimum = minimum, .maximum = maximum};
    list_add(module->arena, &module->slots, slot);
    return add_number(module->arena, &module->slot_numbers, path, module->slots.count - 1);
}

int module_add_tensor(Module *module, Tensor tensor) {
    if (module_tensor_index(module, tensor.name) >= 0) fault("two tensors are called %s", tensor.name);
    list_add(module->arena, &module->tensors, tensor);
    return add_number(module->arena, &module->tensor_numbers, tensor.name, module->tensors.count - 1);
}

int module_tensor_index(const Module *module, const char *name) {
    const int *known = name_get(&module->tensor_numbers, name);
    return known ? *known : -1;
}

Value *value_new(Function *function, const Op *op, int input_count, Value *const *inputs) {
    Arena *arena = function->module->arena;
    require(input_count <= MAX_INPUTS);
    Value *value = NEW(arena, Value);
    value->op = op;
    value->function = function;
    value->id = -1;
    value->input_count = input_count;
    for (int i = 0; i < input_count; i++) value->inputs[i] = inputs[i];
    value->path = input_count > 0 && inputs[0]->path ? inputs[0]->path : "";
    value->attrs = NEW_ARRAY(arena, Attr, op->attribute_count);
    for (int i = 0; i < op->attribute_count; i++)
        value->attrs[i] = attribute_default(arena, &op->attributes[i]);
    return value;
}

Value *value_new_list(Function *function, const Op *op, Value *const *inputs) {
    int count = 0;
    while (inputs[count]) count++;
    return value_new(function, op, count, inputs);
}

static int attribute_index(const Value *value, const char *name) {
    for (int i = 0; i < value->op->attribute_count; i++)
        if (strcmp(value->op->attributes[i].name, name) == 0) return i;
    fault("op %s has no attribute %s", value->op->name, name);
}

void value_set(Value *value, const char *attribute, Attr attr) {
    value->attrs[attribute_index(value, attribute)] = attr;
}

const Attr *value_attr(const Value *value, const char *attribute) {
    return &value->attrs[attribute_index(value, attribute)];
}

int64_t value_integer(const Value *value, const char *attribute) {
    const Attr *attr = value_attr(value, attribute);
    if (attr->kind != ATTR_INTEGER && attr->kind != ATTR_BOOL)
        fault("attribute %s of %s is no whole number", attribute, value->op->name);
    return attr->integer;
}

double value_number(const Value *value, const char *attribute) {
    const Attr *attr = value_attr(value, attribute);
    if (attr->kind != ATTR_NUMBER) fault("attribute %s of %s is no number", attribute, value->op->name);
    return attr->number;
}

static bool is_part(const Function *function, const Value *value) {
    return value->id < function->values.count && function->values.items[value->id] == value;
}

static void note_reader(Function *function, Value *value) {
    int index = (int)value_integer(value, "index");
    while (function->readers.count <= index) list_add(function->module->arena, &function->readers, NULL);
    if (!function->readers.items[index] || !is_part(function, function->readers.items[index]))
        function->readers.items[index] = value;
}

Value *function_append(Function *function, Value *value) {
    if (value->op->shape && !value->op->shape(value))
        fault("%s in function %s: %s", value->op->name, function->name, function->module->complaint->message);
    value->id = function->values.count;
    list_add(function->module->arena, &function->values, value);
    if (value->op == &op_tensor) note_reader(function, value);
    return value;
}

Value *function_tensor(Function *function, int index) {
    Value *reader = index < function->readers.count ? function->readers.items[index] : NULL;
    if (reader && is_part(function, reader)) return reader;
    Value *value = value_new(function, &op_tensor, 0, NULL);
    value_set(value, "index", attr_integer(index));
    value->path = function->module->tensors.items[index].name;
    value->frozen = function->module->tensors.items[index].frozen;
    return function_append(function, value);
}

void function_renumber(Function *function) {
    for (int i = 0; i < function->values.count; i++) function->values.items[i]->id = i;
}

void function_sweep(Function *function) {
    function_renumber(function);
    int count = function->values.count, kept = 0;
    bool *needed = NEW_ARRAY(function->module->arena, bool, count);
    for (int i = count - 1; i >= 0; i--) {
        Value *value = function->values.items[i];
        if (value->op->flags & (OP_EFFECT | OP_OUTPUT)) needed[i] = true;
        if (!needed[i]) continue;
        for (int k = 0; k < value->input_count; k++) needed[value->inputs[k]->id] = true;
    }
    for (int i = 0; i < count; i++)
        if (needed[i]) function->values.items[kept++] = function->values.items[i];
    function->values.count = kept;
    function_renumber(function);
}
