// The variance of a weighted sum from the covariance C of what is summed: w'Cw, for every column w of a
// matrix W. It is computed in two steps, of which the first, CW, is half of the gradient by W too.
#include "ops/patch_moments.h"

// Rows that are computed together: sums that do not wait for each other.
enum { ROWS_TOGETHER = 4 };

static bool as_matrix(Value *value) {
    value->type = TYPE_REAL;
    value->shape = value->inputs[1]->shape;
    return true;
}

static LoopExpr *element_of(Lowering *lowering, const Value *matrix, LoopExpr *row, LoopExpr *column) {
    LoopBuilder *build = &lowering->build;
    LoopExpr *index = loop_scaled(build, row, shape_channels(&matrix->shape), column);
    return loop_load(build, lowering_buffer(lowering, matrix), index);
}

// --- covariance_product(moments, W) -> CW, in W's shape ---

static Cost covariance_product_cost(const Value *value) {
    return (Cost){.macs = (double)(patch_length(value->inputs[0]) * shape_elements(&value->shape))};
}

// `count` rows from `first` on.
static void product_rows(Lowering *lowering, const Value *value, LoopExpr *first, int count) {
    LoopBuilder *build = &lowering->build;
    const Value *moments = value->inputs[0], *matrix = value->inputs[1];
    int64_t columns = shape_channels(&value->shape);
    LoopExpr *rows[ROWS_TOGETHER], *sums[ROWS_TOGETHER];
    LoopExpr *column = loop_open_constant(build, AXIS_LANE, "column", columns);
    for (int i = 0; i < count; i++) {
        rows[i] = plus(build, first, loop_integer(build, i));
        sums[i] = loop_declare(build, "sum", loop_number(build, 0));
    }
    LoopExpr *inner = loop_open_constant(build, AXIS_REDUCE, "inner", patch_length(moments));
    LoopExpr *number = loop_let(build, "weight", element_of(lowering, matrix, inner, column));
    for (int i = 0; i < count; i++)
        loop_assign(
            build, sums[i],
            plus(build, sums[i], times(build, element_of(lowering, moments, rows[i], inner), number)));
    loop_close(build);
    for (int i = 0; i < count; i++)
        loop_store(build, lowering_buffer(lowering, value), loop_scaled(build, rows[i], columns, column),
                   sums[i]);
    loop_close(build);
}

static void covariance_product_lower(Lowering *lowering, const Value *value) {
    LoopBuilder *build = &lowering->build;
    int64_t length = patch_length(value->inputs[0]), whole = length / ROWS_TOGETHER * ROWS_TOGETHER;
    if (whole > 0) {
        LoopExpr *rows = loop_open_constant(build, AXIS_TILE, "rows", whole / ROWS_TOGETHER);
        product_rows(lowering, value, times(build, rows, loop_integer(build, ROWS_TOGETHER)), ROWS_TOGETHER);
        loop_close(build);
    }
    if (length > whole) product_rows(lowering, value, loop_integer(build, whole), (int)(length - whole));
}

const Op op_covariance_product = {.name = "covariance_product",
                                  .summary = "the product of patches' covariance and a matrix of weights",
                                  .minimum_inputs = 2,
                                  .maximum_inputs = 2,
                                  .shape = as_matrix,
                                  .cost = covariance_product_cost,
                                  .lower = covariance_product_lower};

// --- quadratic_form(CW, W) -> [F]: w'Cw. Rounding may leave a little less than 0 where patches hardly vary:
// it is 0 then, so that a square root can follow. ---

static bool quadratic_form_shape(Value *value) {
    value->type = TYPE_REAL;
    value->shape = shape_of(false, 1, (int64_t[]){shape_channels(&value->inputs[1]->shape)});
    return true;
}

static void quadratic_form_lower(Lowering *lowering, const Value *value) {
    LoopBuilder *build = &lowering->build;
    LoopExpr *column = loop_open_constant(build, AXIS_LANE, "column", value->shape.dim[0]);
    LoopExpr *sum = loop_declare(build, "sum", loop_number(build, 0));
    LoopExpr *row = loop_open_constant(build, AXIS_REDUCE, "row", shape_pixels(&value->inputs[1]->shape));
    LoopExpr *product = element_of(lowering, value->inputs[0], row, column);
    LoopExpr *weight = element_of(lowering, value->inputs[1], row, column);
    loop_assign(build, sum, plus(build, sum, times(build, product, weight)));
    loop_close(build);
    loop_store(build, lowering_buffer(lowering, value), column, larger(build, sum, loop_number(build, 0)));
    loop_close(build);
}

// 2 CW d: all of the gradient by W, for C is symmetric. That by C is given to the moments at once.
static void quadratic_form_gradient(Gradient *gradient, const Value *value, Value *output_gradient) {
    Function *function = gradient_function(gradient);
    Value *moments = value->inputs[0]->inputs[0];
    if (gradient_wanted(gradient, moments)) {
        Value *operands[] = {moments, value->inputs[1], output_gradient};
        gradient_add(
            gradient, moments,
            function_append(function, value_like(function, value, &op_covariance_gradient, 3, operands)));
    }
    Value *back = value_like(function, value, &op_mul, 2, (Value *[]){value->inputs[0], output_gradient});
    function_append(function, back);
    Value *doubled = value_like(function, value, &op_rescale, 1, &back);
    value_set(doubled, "scale", attr_number(2));
    gradient_add(gradient, value->inputs[1], function_append(function, doubled));
}

const Op op_quadratic_form = {.name = "quadratic_form",
                              .summary = "w'Cw of every column w of W, from CW and W",
                              .minimum_inputs = 2,
                              .maximum_inputs = 2,
                              .shape = quadratic_form_shape,
                              .gradient = quadratic_form_gradient,
                              .lower = quadratic_form_lower};
