// The optimizer's update, in place of the gradients that "train" would leave.
#include "passes/passes.h"

#include <string.h>

static bool is_gradient(const Value *value) {
    return value->op == &op_output && strcmp(value_attr(value, "place")->word, "gradient") == 0;
}

void pass_update(Module *module, const Value *optimizer) {
    Function *train = module_function(module, "train");
    List(Value *) outputs = {0};
    int kept = 0;
    for (int i = 0; i < train->values.count; i++) {
        Value *value = train->values.items[i];
        if (is_gradient(value))
            list_add(module->arena, &outputs, value);
        else
            train->values.items[kept++] = value;
    }
    train->values.count = kept;
    function_renumber(train);
    Value **gradients = NEW_ARRAY(module->arena, Value *, outputs.count);
    for (int i = 0; i < outputs.count; i++) gradients[i] = outputs.items[i]->inputs[0];
    clip_gradients(train, optimizer, outputs.count, gradients);
    for (int i = 0; i < outputs.count; i++) {
        int index = (int)value_integer(outputs.items[i], "index");
        optimizer->op->update(train, optimizer, index, gradients[i]);
    }
}
