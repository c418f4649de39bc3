// Dense layers in panels of outputs. A core that writes a line of weights waits for the others that have read
// it, which takes several times as long as to read what another core has written. In chunks of images all
// threads read all weights, and each updates some. In panels the thread that computes some outputs, for the
// whole batch, updates their weights too: weights stay in its cache, and the layer's input and output move.
// Panels lie one after the other in memory, as processors also fetch the lines beside those that are read.
#include "ops/pack.h"
#include "ops/rules.h"
#include "passes/passes.h"
#include "passes/schedule.h"

#include <string.h>

extern const Op op_dense, op_dense_panels, op_dense_backward_weights;

// What a function does with a tensor of weights; NULL for what it does not do.
typedef struct Uses {
    Value *weights, *layer, *gradient;
    Value *sink; // of the gradient: the update, or an output
    bool others; // or something else
} Uses;

static bool is_update(const Value *value) {
    return (value->op->flags & OP_EFFECT) && (value->op->flags & OP_ELEMENTWISE);
}

static bool is_gradients_output(const Value *value, int tensor) {
    return (value->op->flags & OP_OUTPUT) && strcmp(value_attr(value, "place")->word, "gradient") == 0 &&
           value_integer(value, "index") == tensor;
}

static void add_reader(Uses *uses, Value *reader) {
    Value **place = is_update(reader) ? &uses->sink : reader->op == &op_dense ? &uses->layer : NULL;
    uses->others |= !place || *place;
    if (place) *place = reader;
}

// The gradient, if nothing reads it but its sink.
static Value *sole_gradient(const Users *users, const Uses *uses) {
    for (int k = 0; uses->sink && uses->layer && k < uses->sink->input_count; k++) {
        Value *input = uses->sink->inputs[k];
        if (input->op == &op_dense_backward_weights && input->inputs[0] == uses->layer->inputs[0] &&
            users[input->id].count == 1)
            return input;
    }
    return NULL;
}

static Uses uses_of(const Function *function, int tensor) {
    const Users *users = function_users(function);
    Uses uses = {0};
    for (int i = 0; i < function->values.count; i++) {
        Value *value = function->values.items[i];
        if (value->op == &op_tensor && value_integer(value, "index") == tensor) uses.weights = value;
        if (is_gradients_output(value, tensor)) uses.sink = value;
    }
    for (int i = 0; uses.weights && i < users[uses.weights->id].count; i++)
        add_reader(&uses, users[uses.weights->id].items[i]);
    uses.gradient = sole_gradient(users, &uses);
    return uses;
}

// Whether the weights are more than a batch's inputs and outputs, and fill panels.
static bool fills_panels(const Value *dense) {
    const Shape *weights = &dense->inputs[1]->shape;
    int64_t images = shape_elements(&dense->inputs[0]->shape) + shape_elements(&dense->shape);
    int64_t outputs = shape_channels(weights);
    return shape_elements(weights) > dense->function->module->batch * images &&
           outputs % MOST_PANEL_COLUMNS == 0 && outputs > MOST_PANEL_COLUMNS;
}

// Whether the gradient can be computed in blocks of panels.
static bool has_blocks(Value *gradient) {
    value_set(gradient, "columns", attr_integer(MOST_PANEL_COLUMNS));
    bool has = nest_blocks(gradient) > 0;
    value_set(gradient, "columns", attr_integer(0));
    return has;
}

// Whether all functions that have the weights can have them in panels, and one updates them.
static bool suits_panels(const Module *module, int tensor) {
    bool updated = false;
    for (int i = 0; i < module->functions.count; i++) {
        const Function *function = module->functions.items[i];
        if (strcmp(function->name, "model") == 0) continue;
        const Uses uses = uses_of(function, tensor);
        if (!uses.weights) continue;
        if (uses.others || !uses.layer || !fills_panels(uses.layer)) return false;
        if (uses.sink && (!uses.gradient || !has_blocks(uses.gradient))) return false;
        updated |= uses.sink && is_update(uses.sink);
    }
    return updated;
}

static void become_panels(Function *function, Value *layer) {
    Value *panels = value_like(function, layer, &op_dense_panels, 2, layer->inputs);
    value_set(panels, "units", *value_attr(layer, "units"));
    value_set(panels, "columns", attr_integer(MOST_PANEL_COLUMNS));
    panels->id = layer->id;
    panels->type = layer->type;
    panels->shape = layer->shape;
    *layer = *panels;
}

// The weights and the optimizer's state of them.
static void lay_in_panels(Module *module, const Value *update) {
    for (int k = 0; k < update->input_count; k++) {
        const Value *input = update->inputs[k];
        if (input->op == &op_tensor && shape_equal(&input->shape, &update->inputs[0]->shape))
            module->tensors.items[value_integer(input, "index")].panel = MOST_PANEL_COLUMNS;
    }
}

static void use_panels(Module *module, int tensor) {
    for (int i = 0; i < module->functions.count; i++) {
        Function *function = module->functions.items[i];
        if (strcmp(function->name, "model") == 0) continue;
        const Uses uses = uses_of(function, tensor);
        if (uses.layer) become_panels(function, uses.layer);
        if (uses.gradient) value_set(uses.gradient, "columns", attr_integer(MOST_PANEL_COLUMNS));
        if (uses.sink && is_update(uses.sink)) lay_in_panels(module, uses.sink);
    }
}

void pass_panels(Module *module) {
    for (int i = 0; i < module->functions.count; i++) function_renumber(module->functions.items[i]);
    for (int tensor = 0; tensor < module->tensors.count && !module->bf16; tensor++)
        if (module->tensors.items[tensor].kind == TENSOR_WEIGHT && suits_panels(module, tensor))
            use_panels(module, tensor);
}
