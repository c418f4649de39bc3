#include "ops/optimizer.h"

static Value *state_tensor(Function *function, Tensor tensor) {
    Module *module = function->module;
    int index = module_tensor_index(module, tensor.name);
    if (index < 0) {
        tensor.kind = TENSOR_OPTIMIZER;
        tensor.init = (Initializer){.name = "zeros"};
        tensor.l2 = (Attr){.kind = ATTR_UNSET, .slot = -1};
        index = module_add_tensor(module, tensor);
    }
    return function_tensor(function, index);
}

Value *optimizer_state(Function *function, int index, const char *name) {
    Tensor tensor = function->module->tensors.items[index];
    tensor.name = arena_printf(function->module->arena, "optimizer.%s.%s", name, tensor.name);
    return state_tensor(function, tensor);
}

Value *optimizer_number(Function *function, const char *name) {
    Tensor tensor = {.name = arena_printf(function->module->arena, "optimizer.%s", name),
                     .shape = shape_of(false, 1, (int64_t[]){1}),
                     .fan_in = 1,
                     .fan_out = 1};
    return state_tensor(function, tensor);
}

void optimizer_append(Function *function, const Value *settings, int input_count, Value *const *inputs) {
    Value *update = value_new(function, settings->op, input_count, inputs);
    copy_attributes(update, settings);
    function_append(function, update);
}

LoopExpr *optimizer_decayed(Lowering *lowering, const Value *update) {
    LoopBuilder *build = &lowering->build;
    LoopExpr *weight = lowering_operand(lowering, update->inputs[0]);
    const Attr *decay = value_attr(update, "weight_decay");
    if (decay->slot < 0 && decay->number == 0) return weight;
    LoopExpr *lost = times(build, lowering_number(lowering, update, "lr"),
                           lowering_number(lowering, update, "weight_decay"));
    return minus(build, weight, times(build, weight, lost));
}

void optimizer_store(Lowering *lowering, const Value *update, int input, LoopExpr *element) {
    loop_store(&lowering->build, lowering_buffer(lowering, update->inputs[input]), lowering_element(lowering),
               element);
}

LoopExpr *optimizer_average(Lowering *lowering, const Value *update, const char *attribute, LoopExpr *before,
                            LoopExpr *now) {
    LoopBuilder *build = &lowering->build;
    LoopExpr *share = minus(build, loop_number(build, 1), lowering_number(lowering, update, attribute));
    return loop_let(build, "average", plus(build, before, times(build, minus(build, now, before), share)));
}
