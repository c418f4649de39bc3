// -sum_k t_k log softmax(z)_k for the logits z, through log-sum-exp; t is (1 - s) at the label plus s/K
// everywhere, s being the label smoothing (Szegedy et al., "Rethinking the Inception architecture", 2016).
// Times the weight of the label's class. The mean over the batch divides by the number of images, as Keras
// does, not by the sum of weights.
#include "ops/rules.h"

#include <math.h>

// from_logits is the language's: by the time the loss is in the IR, its input are logits (resolve/train).
static const Attribute attributes[] = {
    {"from_logits", TYPE_TRUTH, "", 0, 0, NULL, 0,
     "true: what comes in are logits, even from a softmax; unset: a softmax before it is understood"},
    {"label_smoothing", TYPE_RATE, "0", 0, 1, NULL, ATTRIBUTE_RUNTIME,
     "the part of the target that is spread over all classes; Keras's default is 0"},
    {"class_weight", TYPE_NUMBERS, "", 0, 1e6, NULL, 0, "one factor for each class; unset: 1"}};
static const Attribute backward_attributes[] = {
    {"label_smoothing", TYPE_RATE, "0", 0, 1, NULL, ATTRIBUTE_RUNTIME | ATTRIBUTE_INTERNAL, "of the loss"},
    {"class_weight", TYPE_NUMBERS, "", 0, 1e6, NULL, ATTRIBUTE_INTERNAL, "of the loss"}};

extern const Op op_crossentropy_backward;

static bool crossentropy_shape(Value *value) {
    const Shape *logits = &value->inputs[0]->shape;
    const Attr *weight = value_attr(value, "class_weight");
    if (weight->kind == ATTR_NUMBERS && weight->count != shape_elements(logits))
        return refuse_attribute(value, E0308, "class_weight",
                                "give one number for each class, in their order",
                                "`class_weight` has %d numbers for %lld classes", weight->count,
                                (long long)shape_elements(logits));
    value->type = TYPE_REAL;
    value->shape = shape_of(true, 1, (int64_t[]){1});
    return true;
}

// The weight of the label's class: a chain of comparisons, as the numbers are known here.
static LoopExpr *weight_of(LoopBuilder *build, const Value *value, LoopExpr *label) {
    const Attr *weight = value_attr(value, "class_weight");
    if (weight->kind != ATTR_NUMBERS) return NULL;
    LoopExpr *result = loop_number(build, weight->numbers[weight->count - 1]);
    for (int i = weight->count - 2; i >= 0; i--) {
        LoopExpr *same = loop_binary(build, LOOP_EQUAL, label, loop_integer(build, i));
        result = loop_select(build, same, loop_number(build, weight->numbers[i]), result);
    }
    return loop_let(build, "weight", result);
}

// The largest logit, and the sum of exp(z - largest).
typedef struct Powers {
    LoopExpr *most, *sum;
} Powers;

static Powers powers_of(LoopBuilder *build, const Buffer *logits, int64_t classes) {
    LoopExpr *most = loop_declare(build, "most", loop_number(build, -INFINITY));
    LoopExpr *sum = loop_declare(build, "sum", loop_number(build, 0));
    LoopExpr *k = loop_open_constant(build, AXIS_LANE, "k", classes);
    loop_accumulate(build, most, LOOP_MAXIMUM, loop_load(build, logits, k));
    loop_close(build);
    k = loop_open_constant(build, AXIS_LANE, "k", classes);
    loop_accumulate(build, sum, LOOP_ADD,
                    loop_unary(build, LOOP_EXP, minus(build, loop_load(build, logits, k), most)));
    loop_close(build);
    return (Powers){most, sum};
}

static void crossentropy_lower(Lowering *lowering, const Value *value) {
    LoopBuilder *build = &lowering->build;
    const Buffer *logits = lowering_buffer(lowering, value->inputs[0]);
    int64_t classes = shape_elements(&value->inputs[0]->shape);
    LoopExpr *zero = loop_integer(build, 0), *one = loop_number(build, 1);
    LoopExpr *label =
        loop_let(build, "label", loop_load_index(build, lowering_buffer(lowering, value->inputs[1]), zero));
    LoopExpr *weight = weight_of(build, value, label);
    Powers powers = powers_of(build, logits, classes);
    // Differences from the largest logit: the loss of a sure answer keeps its digits.
    LoopExpr *spread = loop_declare(build, "spread", loop_number(build, 0));
    LoopExpr *k = loop_open_constant(build, AXIS_LANE, "k", classes);
    loop_accumulate(build, spread, LOOP_ADD, minus(build, loop_load(build, logits, k), powers.most));
    loop_close(build);
    LoopExpr *smoothing = lowering_number(lowering, value, "label_smoothing");
    LoopExpr *own = times(build, minus(build, one, smoothing),
                          minus(build, loop_load(build, logits, label), powers.most));
    LoopExpr *others = times(build, times_number(build, smoothing, 1.0 / (double)classes), spread);
    LoopExpr *loss = minus(build, minus(build, loop_unary(build, LOOP_LOG, powers.sum), own), others);
    loop_store(build, lowering_buffer(lowering, value), zero, weight ? times(build, loss, weight) : loss);
}

static void crossentropy_gradient(Gradient *gradient, const Value *value, Value *output_gradient) {
    Function *function = gradient_function(gradient);
    Value *back = value_like(function, value, &op_crossentropy_backward, 3,
                             (Value *[]){value->inputs[0], value->inputs[1], output_gradient});
    copy_attributes(back, value);
    gradient_add(gradient, value->inputs[0], function_append(function, back));
}

const Op op_crossentropy = {.name = "crossentropy",
                            .summary = "-log of the probability that softmax gives the label's class",
                            .flags = OP_LOSS,
                            .minimum_inputs = 2,
                            .maximum_inputs = 2,
                            ATTRIBUTES(attributes),
                            .shape = crossentropy_shape,
                            .gradient = crossentropy_gradient,
                            .lower = crossentropy_lower};

// crossentropy_backward(logits, label, dloss) = dloss * weight * (softmax(z) - t)
static void backward_lower(Lowering *lowering, const Value *value) {
    LoopBuilder *build = &lowering->build;
    const Buffer *logits = lowering_buffer(lowering, value->inputs[0]),
                 *output = lowering_buffer(lowering, value);
    int64_t classes = shape_elements(&value->shape);
    LoopExpr *zero = loop_integer(build, 0), *one = loop_number(build, 1);
    LoopExpr *label =
        loop_let(build, "label", loop_load_index(build, lowering_buffer(lowering, value->inputs[1]), zero));
    LoopExpr *weight = weight_of(build, value, label);
    LoopExpr *factor = loop_load(build, lowering_buffer(lowering, value->inputs[2]), zero);
    factor = loop_let(build, "factor", weight ? times(build, factor, weight) : factor);
    Powers powers = powers_of(build, logits, classes);
    LoopExpr *share = loop_let(build, "share", over(build, factor, powers.sum));
    LoopExpr *smoothing = loop_let(build, "smoothing", lowering_number(lowering, value, "label_smoothing"));
    LoopExpr *spread = loop_let(build, "spread",
                                times(build, times_number(build, smoothing, 1.0 / (double)classes), factor));
    LoopExpr *k = loop_open_constant(build, AXIS_LANE, "k", classes);
    LoopExpr *power = loop_unary(build, LOOP_EXP, minus(build, loop_load(build, logits, k), powers.most));
    loop_store(build, output, k, minus(build, times(build, power, share), spread));
    loop_close(build);
    LoopExpr *own = times(build, minus(build, one, smoothing), factor);
    loop_store(build, output, label, minus(build, loop_load(build, output, label), own));
}

const Op op_crossentropy_backward = {.name = "crossentropy_backward",
                                     .summary = "the gradient of crossentropy",
                                     .minimum_inputs = 3,
                                     .maximum_inputs = 3,
                                     ATTRIBUTES(backward_attributes),
                                     .shape = shape_as_input,
                                     .lower = backward_lower};
