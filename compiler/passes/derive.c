// From the model as written to the functions that run: "load", "evaluate", "gradients" and "train". Layers
// that behave differently in training (batch norm, dropout) are replaced by their training or evaluation
// form; a frozen layer always gets the latter.
#include "passes/passes.h"

#include <string.h>

static Value *append_output(Function *function, Value *value, const char *place) {
    Value *output = value_new(function, &op_output, 1, &value);
    value_set(output, "place", attr_word(place));
    output->path = "";
    return function_append(function, output);
}

typedef enum Form { FORM_EVALUATE, FORM_ADAPT, FORM_TRAIN } Form;

static Value *copy_value(Function *function, const Value *value, Value *const *inputs, Form form) {
    const Op *op = value->op;
    bool training = form == FORM_TRAIN && !value->frozen && !op->adapt;
    if (form == FORM_ADAPT && op->adapt && !value->frozen) op->adapt(function, value, inputs);
    if (training && op->train) return op->train(function, value, inputs);
    if (!training && op->evaluate) return op->evaluate(function, value, inputs);
    Value *copy = value_new(function, op, value->input_count, inputs);
    memcpy(copy->attrs, value->attrs, sizeof(Attr) * (size_t)op->attribute_count);
    copy->path = value->path;
    copy->span = value->span;
    copy->frozen = value->frozen;
    return function_append(function, copy);
}

// Copies "model" into the function; returns the copy of its output.
static Value *copy_model(Function *function, const Value *model_output, Form form) {
    Function *model = model_output->function;
    Value *output = NULL;
    for (int i = 0; i < model->values.count; i++) {
        Value *value = model->values.items[i];
        Value *inputs[MAX_INPUTS];
        if (value->op == &op_tensor) {
            value->copy = function_tensor(function, (int)value_integer(value, "index"));
            continue;
        }
        for (int k = 0; k < value->input_count; k++) inputs[k] = value->inputs[k]->copy;
        int before = function->values.count;
        value->copy = copy_value(function, value, inputs, form);
        for (int k = before; k < function->values.count; k++) {
            Value *made = function->values.items[k];
            if (made->op != &op_tensor) made->path = value->path;
        }
        if (value == model_output) output = value->copy;
    }
    require(output);
    return output;
}

// The loss of each image, and the penalty: the sum of l2 * sum(w^2) over the tensors that have one.
static void append_loss(Function *function, const Value *settings, Value *logits) {
    Module *module = function->module;
    Value *label = function_append(function, value_new(function, &op_label, 0, NULL));
    Value *loss = value_new(function, settings->op, 2, (Value *[]){logits, label});
    memcpy(loss->attrs, settings->attrs, sizeof(Attr) * (size_t)settings->op->attribute_count);
    loss->path = "";
    append_output(function, function_append(function, loss), "loss");
    Value *penalty = NULL;
    for (int i = 0; i < module->tensors.count; i++) {
        const Tensor *tensor = &module->tensors.items[i];
        if (tensor->l2.kind != ATTR_NUMBER || tensor->frozen) continue;
        Value *weight = function_tensor(function, i);
        Value *term = value_new(function, &op_penalty, 1, &weight);
        value_set(term, "l2", tensor->l2);
        function_append(function, term);
        penalty = penalty ? ADD(function, &op_add, penalty, term) : term;
    }
    if (penalty) append_output(function, penalty, "penalty");
}

static void derive_load(Module *module, const Shape *input) {
    Function *load = function_new(module, "load");
    Value *image = value_new(load, &op_gather_image, 0, NULL);
    value_set(image, "shape", attr_size(input->rank, input->dim));
    function_append(load, image);
    function_append(load, value_new(load, &op_gather_label, 0, NULL));
}

static bool adapts(const Function *model) {
    for (int i = 0; i < model->values.count; i++)
        if (model->values.items[i]->op->adapt && !model->values.items[i]->frozen) return true;
    return false;
}

void pass_derive(Module *module, const Value *model_output, const Value *loss) {
    Function *model = module_function(module, "model");
    require(model->values.items[0]->op == &op_input);
    if (loss) derive_load(module, &model->values.items[0]->shape);
    if (loss && adapts(model)) copy_model(function_new(module, "adapt"), model_output, FORM_ADAPT);
    const char *names[] = {"evaluate", "gradients", "train"};
    for (int i = 0; i < (loss ? 3 : 1); i++) {
        Function *function = function_new(module, names[i]);
        Value *copy = copy_model(function, model_output, i > 0 ? FORM_TRAIN : FORM_EVALUATE);
        Value *logits = append_output(function, copy, "logits");
        if (loss) append_loss(function, loss, logits);
    }
}
