#include "ir/attribute.h"
#include "ir/ir_text.h"

#include <string.h>

static void write_quoted(const char *string, Text *text) {
    text_add(text, "\"");
    for (const char *at = string; *at; at++) {
        if (*at == '"' || *at == '\\') text_add(text, "\\");
        text_add_bytes(text, at, 1);
    }
    text_add(text, "\"");
}

static void write_attr(const Attr *attr, Text *text) {
    if (attr->kind == ATTR_WORD)
        write_quoted(attr->word, text);
    else
        attribute_write(attr, text);
}

static void write_type(const Value *value, Text *text) {
    static const char *const names[] = {"real", "byte", "int", "none"};
    text_add(text, names[value->type]);
    if (value->type == TYPE_NONE) return;
    text_add(text, "[");
    if (value->shape.batched) text_add(text, "n");
    for (int i = 0; i < value->shape.rank; i++)
        text_printf(text, "%s%lld", i || value->shape.batched ? "," : "", (long long)value->shape.dim[i]);
    text_add(text, "]");
}

static void write_value(const Value *value, Text *text) {
    text_printf(text, "  %%%d = %s(", value->id, value->op->name);
    for (int i = 0; i < value->input_count; i++)
        text_printf(text, "%s%%%d", i ? ", " : "", value->inputs[i]->id);
    text_add(text, ")");
    for (int i = 0; i < value->op->attribute_count; i++) {
        text_printf(text, "%s%s = ", i ? ", " : " {", value->op->attributes[i].name);
        write_attr(&value->attrs[i], text);
    }
    text_add(text, value->op->attribute_count ? "} : " : " : ");
    write_type(value, text);
    text_add(text, " ");
    write_quoted(value->path ? value->path : "", text);
    text_add(text, value->frozen ? " frozen\n" : "\n");
}

void ir_write_function(const Function *function, Text *text) {
    text_printf(text, "function %s\n", function->name);
    for (int i = 0; i < function->values.count; i++) write_value(function->values.items[i], text);
}

static void write_tensor(int index, const Tensor *tensor, Text *text) {
    static const char *const kinds[] = {"weight", "statistic", "optimizer"};
    text_printf(text, "tensor %d ", index);
    write_quoted(tensor->name, text);
    text_printf(text, " %s ", kinds[tensor->kind]);
    for (int i = 0; i < tensor->shape.rank; i++)
        text_printf(text, "%s%lld", i ? "x" : "", (long long)tensor->shape.dim[i]);
    for (int i = 0; i < tensor->shape.rank; i++)
        text_printf(text, "%s%d", i ? "," : " axes ", tensor->axes[i]);
    if (tensor->panel) text_printf(text, " panels %lld", (long long)tensor->panel);
    text_printf(text, " init %s ", tensor->init.name);
    text_add_number(text, tensor->init.value);
    text_printf(text, " fan %lld,%lld", (long long)tensor->fan_in, (long long)tensor->fan_out);
    if (tensor->l2.kind == ATTR_NUMBER) {
        text_add(text, " l2 ");
        attribute_write(&tensor->l2, text);
    }
    if (tensor->frozen) text_add(text, " frozen");
    text_add(text, "\n");
}

static void write_slots(const Module *module, bool values, Text *text) {
    for (int i = 0; i < module->slots.count; i++) {
        text_printf(text, "slot %d ", i);
        write_quoted(module->slots.items[i].path, text);
        text_add(text, " ");
        text_add_number(text, values ? module->slots.items[i].value : 0);
        text_add(text, "\n");
    }
}

static void write_module(const Module *module, bool values, Text *text) {
    text_add(text, "module ");
    write_quoted(module->name, text);
    text_printf(text, " batch %lld classes %lld%s\n", (long long)module->batch, (long long)module->classes,
                module->bf16 ? " bf16" : "");
    write_slots(module, values, text);
    for (int i = 0; i < module->tensors.count; i++) write_tensor(i, &module->tensors.items[i], text);
    for (int i = 0; i < module->functions.count; i++) ir_write_function(module->functions.items[i], text);
}

void ir_write_notes(const Module *module, Text *text) {
    for (int i = 0; i < module->functions.count; i++) {
        const Function *function = module->functions.items[i];
        for (int k = 0; k < function->notes.count; k++)
            text_printf(text, "# %s: %s\n", function->name, function->notes.items[k]);
    }
}

void ir_write(const Module *module, Text *text) {
    write_module(module, true, text);
}

uint64_t ir_signature(const Module *module) {
    Text text = {0};
    write_module(module, false, &text);
    uint64_t hash = hash_bytes(HASH_START, text_string(&text), text.length);
    text_free(&text);
    return hash;
}
