// A call of a layer, to values of the function "model".
#include "resolve/arguments.h"
#include "resolve/body.h"

#include <string.h>

enum { MOST_LAYERS = 10000 };

// Where the file gives the attribute that a complaint is about; else the call.
static Span attribute_span(const BodyCall *call, const Op *op, int attribute) {
    int place = 0;
    if (attribute < 0 || attribute >= op->attribute_count) return call->call.span;
    for (int i = 0; i < call->call.count; i++) {
        const DatumItem *item = &call->call.items[i];
        int row = item->name ? op_attribute(op, item->name) : place++;
        if (row == attribute) return item->value.span;
    }
    return call->call.span;
}

static void report(Body *body, const BodyCall *call, const Layer *layer, const Span *input_spans) {
    const Complaint *complaint = &layer->complaint;
    Arena *arena = body->scope.study->arena;
    Span span = attribute_span(call, layer->op, complaint->attribute);
    Diagnostic *diagnostic = body_error(body, complaint->code, span, "%s", complaint->message);
    for (int i = 0; i < layer->input_count; i++) {
        if (!complaint->show_inputs && complaint->input != i) continue;
        Span at = input_spans ? input_spans[i] : call->call.span;
        bool current = input_spans && at.start == call->call.span.start; // the join's name stands for it
        diagnostic_label(diagnostic, at, "%s%s", shape_text(arena, &layer->inputs[i]->shape),
                         current ? " (the current tensor)" : "");
    }
    if (complaint->help) diagnostic_help(diagnostic, "%s", complaint->help);
}

static bool enough_layers(Body *body, Span span) {
    if (!spend_steps(&body->scope, span, STEPS_OF_LAYER)) {
        body_fail(body);
        return false;
    }
    if (body->expansion->module->layers.count < MOST_LAYERS) return true;
    Diagnostic *diagnostic = body_error(body, E0406, span, "the model has over %d layers", MOST_LAYERS);
    diagnostic_help(diagnostic, "look for a `repeat` or a block that multiplies them");
    return false;
}

void expand_layer(Body *body, const BodyCall *call, const Op *op, int input_count, Value *const *inputs,
                  const Span *input_spans) {
    Expansion *expansion = body->expansion;
    Bound bound;
    bool *given = NEW_ARRAY(expansion->study->arena, bool, op->attribute_count + 1);
    bool fine = bind_call(&body->scope, op, &call->call, &bound, given) && call->good;
    const char *path = part_path(body, call->element, op->name);
    if (!fine || !path) {
        body_fail(body);
        return;
    }
    for (int i = 0; i < input_count; i++) fine &= inputs[i] != NULL;
    if (!expansion->module || !fine || !enough_layers(body, call->call.span)) {
        body->current = NULL;
        return;
    }
    Layer layer = {.function = expansion->function,
                   .op = op,
                   .path = path,
                   .span = call->call.span,
                   .attrs = bound.attrs,
                   .given = given,
                   .input_count = input_count,
                   .frozen = call->inherited.frozen,
                   .init = call->inherited.init,
                   .l2 = call->inherited.l2};
    for (int i = 0; i < input_count; i++) layer.inputs[i] = inputs[i];
    body->current = layer_build(&layer);
    if (!body->current) report(body, call, &layer, input_spans);
}
