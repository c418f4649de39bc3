#include "resolve/output.h"
#include "resolve/evaluate.h"
#include <string.h>

// What the file says about from_logits, if the loss has it.
typedef enum Logits { LOGITS_UNSAID, LOGITS_TRUE, LOGITS_FALSE, LOGITS_NO_QUESTION } Logits;

static Attr *from_logits(const TrainConfig *train) {
    int row = train->loss.op ? op_attribute(train->loss.op, "from_logits") : -1;
    return row < 0 ? NULL : &train->loss.attrs[row];
}

static Logits logits_said(const TrainConfig *train) {
    const Attr *attr = from_logits(train);
    if (!attr) return LOGITS_NO_QUESTION;
    if (attr->kind != ATTR_BOOL) return LOGITS_UNSAID;
    return attr->integer ? LOGITS_TRUE : LOGITS_FALSE;
}

static void note_one_softmax(const Scope *scope, const Value *output, const TrainConfig *train) {
    Diagnostic *diagnostic = diagnose(scope->study->diagnostics, SEVERITY_NOTE, W0701, output->span,
                                      "this softmax is the one of `%s`", train->loss.op->name);
    diagnostic_note(diagnostic, "it is not applied twice: the loss makes it from the logits before it");
}

static void warn_double_softmax(const Scope *scope, const Value *output, const TrainConfig *train) {
    Diagnostic *diagnostic = diagnose(scope->study->diagnostics, SEVERITY_WARNING, W0702, output->span,
                                      "the loss takes the softmax of this softmax");
    if (train->loss.span.source) diagnostic_label(diagnostic, train->loss.span, "from_logits = true");
    diagnostic_help(diagnostic, "leave `from_logits` out, unless the double softmax is what you want");
}

static void warn_limited_output(const Scope *scope, const Value *output, const TrainConfig *train) {
    Diagnostic *diagnostic =
        diagnose(scope->study->diagnostics, SEVERITY_WARNING, W0706, output->span,
                 "`%s` limits the logits that `%s` takes", output->op->name, train->loss.op->name);
    diagnostic_help(diagnostic, "end the model with its last dense layer, or with `softmax`");
}

// class_weight has one factor for each class.
static bool check_class_weight(const Scope *scope, const Configuration *configuration) {
    const TrainConfig *train = &configuration->train;
    int row = train->loss.op ? op_attribute(train->loss.op, "class_weight") : -1;
    if (row < 0 || train->loss.attrs[row].kind != ATTR_NUMBERS) return true;
    int count = train->loss.attrs[row].count;
    if (!count || count == configuration->data.classes) return true;
    scope_error(scope, E0507, train->loss.span, "`class_weight` has %d numbers for %lld classes", count,
                (long long)configuration->data.classes);
    return false;
}

bool settle_output(const Scope *scope, Configuration *configuration) {
    const Function *function = module_function(configuration->module, "model");
    require(function && function->values.count);
    Value *output = function->values.items[function->values.count - 1];
    const TrainConfig *train = &configuration->train;
    bool softmax = !strcmp(output->op->name, "softmax");
    Logits said = logits_said(train);
    configuration->output = output;
    configuration->output_is_probability = softmax;
    if (!check_class_weight(scope, configuration)) return false;
    if (!train->name || said == LOGITS_NO_QUESTION) return true;
    if (said == LOGITS_FALSE && !softmax) {
        Diagnostic *diagnostic = scope_error(
            scope, E0512, train->loss.span,
            "`from_logits = false`, but model `%s` doesn't end with a softmax", configuration->model);
        diagnostic_label(diagnostic, output->span, "its last layer");
        diagnostic_help(diagnostic, "leave `from_logits` out: the loss then makes the softmax itself");
        return false;
    }
    if (softmax && said == LOGITS_TRUE) {
        warn_double_softmax(scope, output, train);
    } else if (softmax) {
        if (said == LOGITS_UNSAID) note_one_softmax(scope, output, train);
        configuration->owns_softmax = true;
        configuration->output_is_probability = false;
        configuration->output = output->inputs[0];
    } else if (output->op->flags & OP_ACTIVATION) {
        warn_limited_output(scope, output, train);
    }
    *from_logits(train) = attr_bool(!configuration->owns_softmax);
    return true;
}
