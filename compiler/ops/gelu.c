// Hendrycks, Gimpel, "Gaussian error linear units", 2016: x times the normal distribution's cumulative
// function.
#include "ops/rules.h"

static const Attribute attributes[] = {
    {"approximate", TYPE_TRUTH, "false", 0, 0, NULL, 0, "by tanh instead of erf; Keras's default is false"}};

static const double root_half = 0.70710678118654752440;       // sqrt(1/2)
static const double density_at_zero = 0.39894228040143267794; // 1/sqrt(2 pi)
static const double tanh_factor = 0.79788456080286535588;     // sqrt(2/pi)
static const double tanh_cube = 0.044715;                     // section 2 of the paper

// (1 + erf(x / sqrt(2))) / 2
static LoopExpr *cumulative(LoopBuilder *build, LoopExpr *x) {
    LoopExpr *error = loop_unary(build, LOOP_ERF, times_number(build, x, root_half));
    return plus_number(build, times_number(build, error, 0.5), 0.5);
}

// tanh(sqrt(2/pi) * (x + 0.044715 x^3))
static LoopExpr *approximate_tanh(LoopBuilder *build, LoopExpr *x) {
    LoopExpr *inner = plus_number(build, times_number(build, times(build, x, x), tanh_cube), 1);
    return loop_unary(build, LOOP_TANH, times_number(build, times(build, x, inner), tanh_factor));
}

static LoopExpr *gelu_element(Lowering *lowering, const Value *value, LoopExpr *const *inputs) {
    LoopBuilder *build = &lowering->build;
    LoopExpr *x = inputs[0];
    if (!value_integer(value, "approximate")) return times(build, x, cumulative(build, x));
    LoopExpr *half = plus_number(build, times_number(build, approximate_tanh(build, x), 0.5), 0.5);
    return times(build, x, half);
}

static LoopExpr *gelu_slope(Lowering *lowering, const Value *value, LoopExpr *x) {
    LoopBuilder *build = &lowering->build;
    LoopExpr *square = times(build, x, x);
    if (!value_integer(value, "approximate")) {
        LoopExpr *density = loop_unary(build, LOOP_EXP, times_number(build, square, -0.5));
        density = times_number(build, density, density_at_zero);
        return plus(build, cumulative(build, x), times(build, x, density));
    }
    LoopExpr *bent = approximate_tanh(build, x);
    LoopExpr *half = plus_number(build, times_number(build, bent, 0.5), 0.5);
    LoopExpr *rise = minus(build, loop_number(build, 1), times(build, bent, bent));
    LoopExpr *inner = plus_number(build, times_number(build, square, 3 * tanh_cube), 1);
    LoopExpr *outer = times_number(build, times(build, x, rise), 0.5 * tanh_factor);
    return plus(build, half, times(build, outer, inner));
}

const Op op_gelu = {.name = "gelu",
                    .summary = "x * P(X <= x) of a standard normal X",
                    .flags = OP_LAYER | OP_ACTIVATION | OP_ELEMENTWISE | OP_COSTLY,
                    .minimum_inputs = 1,
                    .maximum_inputs = 1,
                    ATTRIBUTES(attributes),
                    .shape = shape_as_input,
                    .element = gelu_element,
                    .slope = gelu_slope};
