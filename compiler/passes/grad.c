// Reverse-mode differentiation, at compile time and in the IR: walks a function backward from the loss and
// lets every op append what gives its inputs' gradients (Griewank & Walther, Evaluating Derivatives, chapter
// 3).
#include "passes/passes.h"
#include "passes/technique.h"

#include <string.h>

struct Gradient {
    Function *function;
    int count;     // values before the backward pass
    Value **total; // by value id: the gradient so far
    bool *wanted;  // by value id: depends on a trained tensor
};

Function *gradient_function(Gradient *gradient) {
    return gradient->function;
}

bool gradient_wanted(const Gradient *gradient, const Value *value) {
    return value->id < gradient->count && gradient->wanted[value->id];
}

bool gradient_may_stay_pooled(const Gradient *gradient) {
    return technique_enabled(gradient->function->module, TECHNIQUE_POOLED);
}

void gradient_add(Gradient *gradient, const Value *value, Value *contribution) {
    if (!gradient_wanted(gradient, value)) return;
    Value **total = &gradient->total[value->id];
    *total = *total ? ADD(gradient->function, &op_add, *total, contribution) : contribution;
}

static bool trained(const Module *module, const Value *value) {
    if (value->op != &op_tensor) return false;
    const Tensor *tensor = &module->tensors.items[value_integer(value, "index")];
    return tensor->kind == TENSOR_WEIGHT && !tensor->frozen;
}

bool *values_wanted(const Function *function) {
    bool *wanted = NEW_ARRAY(function->module->arena, bool, function->values.count);
    for (int i = 0; i < function->values.count; i++) {
        const Value *value = function->values.items[i];
        wanted[i] = trained(function->module, value);
        for (int k = 0; k < value->input_count; k++)
            if (wanted[value->inputs[k]->id]) wanted[i] = true;
    }
    return wanted;
}

static Value *find_output(Function *function, const char *place) {
    for (int i = 0; i < function->values.count; i++) {
        Value *value = function->values.items[i];
        if (value->op == &op_output && strcmp(value_attr(value, "place")->word, place) == 0) return value;
    }
    return NULL;
}

static void backward(Gradient *gradient, Value *loss) {
    Function *function = gradient->function;
    gradient->total[loss->id] = function_append(function, value_new(function, &op_mean_seed, 0, NULL));
    for (int i = gradient->count - 1; i >= 0; i--) {
        Value *value = function->values.items[i];
        Value *total = gradient->total[i];
        if (!total || !gradient->wanted[i]) continue;
        if (value->op->gradient)
            value->op->gradient(gradient, value, total);
        else if (value->op->slope) {
            const Value *kept = value->op->flags & OP_KEEPS_OUTPUT ? value : value->inputs[0];
            gradient_add(gradient, value->inputs[0], slope_append(function, value, kept, total));
        }
    }
}

// Marks every trained tensor's gradient as an output, in the order of the file.
static void name_gradients(Gradient *gradient) {
    Function *function = gradient->function;
    for (int i = 0; i < gradient->count; i++) {
        Value *value = function->values.items[i];
        if (!trained(function->module, value) || !gradient->total[i]) continue;
        Value *output = value_new(function, &op_output, 1, &gradient->total[i]);
        value_set(output, "place", attr_word("gradient"));
        value_set(output, "index", *value_attr(value, "index"));
        output->path = value->path;
        function_append(function, output);
    }
}

void grad_function(Function *function) {
    Arena *arena = function->module->arena;
    Value *loss = find_output(function, "loss");
    require(loss);
    Gradient gradient = {.function = function, .count = function->values.count};
    gradient.total = NEW_ARRAY(arena, Value *, gradient.count);
    function_renumber(function);
    gradient.wanted = values_wanted(function);
    backward(&gradient, loss);
    // The penalty is a sum over tensors, whatever the batch: its terms start their own backward passes.
    for (int i = 0; i < gradient.count; i++) {
        Value *value = function->values.items[i];
        if (value->op == &op_penalty) value->op->gradient(&gradient, value, NULL);
    }
    name_gradients(&gradient);
}

void pass_grad(Module *module) {
    const char *names[] = {"gradients", "train"};
    for (int i = 0; i < 2; i++) {
        Function *function = module_function(module, names[i]);
        if (function) grad_function(function);
    }
}
