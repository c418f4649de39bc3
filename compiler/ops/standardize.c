// (x - mean) / std with numbers that the file gives, one for each channel. They become values without a batch
// axis.
#include "ops/standardize.h"

static const Attribute attributes[] = {
    {"mean", TYPE_NUMBERS, NULL, -1e30, 1e30, NULL, 0, "one number for each channel, or one for all"},
    {"std", TYPE_NUMBERS, NULL, 1e-30, 1e30, NULL, 0, "one number for each channel, or one for all"}};
static const Attribute constant_attributes[] = {
    {"numbers", TYPE_NUMBERS, "0", -1e30, 1e30, NULL, ATTRIBUTE_INTERNAL, "its elements"}};

extern const Op op_channel_numbers, op_divide;

static bool fits(const Value *value, const char *attribute) {
    int64_t channels = shape_channels(&value->inputs[0]->shape);
    const Attr *numbers = value_attr(value, attribute);
    if (numbers->count == 1 || numbers->count == channels) return true;
    return refuse_attribute(value, E0308, attribute, "give one number for each channel, or one for all",
                            "`%s` has %d numbers for %lld channels", attribute, numbers->count,
                            (long long)channels);
}

static bool standardize_shape(Value *value) {
    return fits(value, "mean") && fits(value, "std") && shape_as_input(value);
}

static Value *numbers_of(Function *function, const Value *value, const char *attribute) {
    Value *numbers = value_like(function, value, &op_channel_numbers, 0, NULL);
    value_set(numbers, "numbers", *value_attr(value, attribute));
    return function_append(function, numbers);
}

// The same in training and in evaluation.
static Value *with_numbers(Function *function, const Value *value, Value *const *inputs) {
    Value *mean = numbers_of(function, value, "mean"), *deviation = numbers_of(function, value, "std");
    Value *result = value_like(function, value, &op_standardized, 3, (Value *[]){inputs[0], mean, deviation});
    return function_append(function, result);
}

const Op op_standardize = {.name = "standardize",
                           .summary = "(x - mean) / std with written numbers, by channel",
                           .flags = OP_LAYER,
                           .minimum_inputs = 1,
                           .maximum_inputs = 1,
                           ATTRIBUTES(attributes),
                           .shape = standardize_shape,
                           .train = with_numbers,
                           .evaluate = with_numbers};

static bool numbers_shape(Value *value) {
    value->type = TYPE_REAL;
    value->shape = shape_of(false, 1, (int64_t[]){value_attr(value, "numbers")->count});
    return true;
}

static void numbers_lower(Lowering *lowering, const Value *value) {
    LoopBuilder *build = &lowering->build;
    const Attr *numbers = value_attr(value, "numbers");
    for (int i = 0; i < numbers->count; i++)
        loop_store(build, lowering_buffer(lowering, value), loop_integer(build, i),
                   loop_number(build, numbers->numbers[i]));
}

const Op op_channel_numbers = {.name = "channel_numbers",
                               .summary = "numbers that the file gives",
                               ATTRIBUTES(constant_attributes),
                               .shape = numbers_shape,
                               .lower = numbers_lower};

static LoopExpr *standardized_element(Lowering *lowering, const Value *value, LoopExpr *const *inputs) {
    (void)value;
    LoopBuilder *build = &lowering->build;
    return over(build, minus(build, inputs[0], inputs[1]), inputs[2]);
}

// The statistics are no function of x here: they are stored, or of all the data.
static void standardized_gradient(Gradient *gradient, const Value *value, Value *output_gradient) {
    Function *function = gradient_function(gradient);
    gradient_add(gradient, value->inputs[0], ADD(function, &op_divide, output_gradient, value->inputs[2]));
}

const Op op_standardized = {.name = "standardized",
                            .summary = "(x - mean) / deviation",
                            .flags = OP_ELEMENTWISE,
                            .minimum_inputs = 3,
                            .maximum_inputs = 3,
                            .shape = shape_as_input,
                            .gradient = standardized_gradient,
                            .element = standardized_element};

static LoopExpr *divide_element(Lowering *lowering, const Value *value, LoopExpr *const *inputs) {
    (void)value;
    return over(&lowering->build, inputs[0], inputs[1]);
}

const Op op_divide = {.name = "divide",
                      .summary = "the first input over the second",
                      .flags = OP_ELEMENTWISE,
                      .minimum_inputs = 2,
                      .maximum_inputs = 2,
                      .shape = shape_as_input,
                      .element = divide_element};
