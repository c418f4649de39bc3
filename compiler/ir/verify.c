#include "ir/verify.h"
#include "ir/attribute.h"
#include "ir/op.h"

#include <string.h>

static void verify_value(const Function *function, const Value *value, int position) {
    const Op *op = value->op;
    const char *where = function->name;
    if (value->id != position) fault("%s: value %d stands at %d", where, value->id, position);
    if (value->function != function) fault("%s: value %d belongs to another function", where, position);
    if (op_find(op->name) != op) fault("%s: op %s is not in the table", where, op->name);
    for (int i = 0; i < value->input_count; i++) {
        const Value *input = value->inputs[i];
        if (!input) fault("%s: %s %%%d has no input %d", where, op->name, position, i);
        if (input->id < 0 || input->id >= position || function->values.items[input->id] != input)
            fault("%s: input %d of %s %%%d does not come before it", where, i, op->name, position);
        if (input->type == TYPE_NONE)
            fault("%s: input %d of %s %%%d is an effect", where, i, op->name, position);
    }
    if ((op->flags & OP_EFFECT) != 0 && value->type != TYPE_NONE)
        fault("%s: effect %s %%%d has a result", where, op->name, position);
    for (int i = 0; i < value->shape.rank; i++)
        if (value->shape.dim[i] < 1) fault("%s: %s %%%d has an empty shape", where, op->name, position);
}

// The shape rule run again must give the shape that the value has.
static void verify_shape(const Function *function, const Value *value) {
    if (!value->op->shape) return;
    Value again = *value;
    Attr *attrs = NEW_ARRAY(function->module->arena, Attr, value->op->attribute_count);
    memcpy(attrs, value->attrs, sizeof(Attr) * (size_t)value->op->attribute_count);
    again.attrs = attrs;
    if (!again.op->shape(&again))
        fault("%s: the shape rule of %s %%%d refuses it: %s", function->name, value->op->name, value->id,
              function->module->complaint->message);
    if (again.type != value->type || !shape_equal(&again.shape, &value->shape))
        fault("%s: %s %%%d has another shape than its rule gives", function->name, value->op->name,
              value->id);
}

void ir_verify(const Module *module) {
    for (int f = 0; f < module->functions.count; f++) {
        const Function *function = module->functions.items[f];
        for (int i = 0; i < function->values.count; i++) {
            verify_value(function, function->values.items[i], i);
            verify_shape(function, function->values.items[i]);
        }
    }
}
