// Products of what has no batch axis: with the mean of its patches a convolution's weights give its mean.
#include "ops/patch_moments.h"

extern const Op op_outer_product, op_matrix_vector;

static bool vector_matrix_shape(Value *value) {
    value->type = TYPE_REAL;
    value->shape = shape_of(false, 1, (int64_t[]){shape_channels(&value->inputs[1]->shape)});
    return true;
}

static Cost matrix_cost(const Value *value) {
    return (Cost){.macs = (double)shape_elements(&value->inputs[1]->shape)};
}

static void vector_matrix_lower(Lowering *lowering, const Value *value) {
    LoopBuilder *build = &lowering->build;
    const Shape *matrix = &value->inputs[1]->shape;
    int64_t columns = shape_channels(matrix);
    LoopExpr *column = loop_open_constant(build, AXIS_LANE, "column", columns);
    LoopExpr *sum = loop_declare(build, "sum", loop_number(build, 0));
    LoopExpr *row = loop_open_constant(build, AXIS_REDUCE, "row", shape_pixels(matrix));
    LoopExpr *number = loop_load(build, lowering_buffer(lowering, value->inputs[1]),
                                 loop_scaled(build, row, columns, column));
    LoopExpr *factor = loop_load(build, lowering_buffer(lowering, value->inputs[0]), row);
    loop_assign(build, sum, plus(build, sum, times(build, factor, number)));
    loop_close(build);
    loop_store(build, lowering_buffer(lowering, value), column, sum);
    loop_close(build);
}

static void vector_matrix_gradient(Gradient *gradient, const Value *value, Value *output_gradient) {
    Function *function = gradient_function(gradient);
    Value *operands[] = {value->inputs[0], value->inputs[1], output_gradient};
    // First what reads the matrix, for the optimizer changes it where its own gradient is made.
    if (gradient_wanted(gradient, value->inputs[0]))
        gradient_add(
            gradient, value->inputs[0],
            function_append(function, value_like(function, value, &op_matrix_vector, 2, operands + 1)));
    gradient_add(gradient, value->inputs[1],
                 function_append(function, value_like(function, value, &op_outer_product, 3, operands)));
}

const Op op_vector_matrix = {.name = "vector_matrix",
                             .summary = "the product of a vector and a matrix, both without batch",
                             .minimum_inputs = 2,
                             .maximum_inputs = 2,
                             .shape = vector_matrix_shape,
                             .gradient = vector_matrix_gradient,
                             .cost = matrix_cost,
                             .lower = vector_matrix_lower};

// outer_product(v, W, d) -> v[i] d[f], in the shape of W.
static bool outer_product_shape(Value *value) {
    value->type = TYPE_REAL;
    value->shape = value->inputs[1]->shape;
    return true;
}

static void outer_product_lower(Lowering *lowering, const Value *value) {
    LoopBuilder *build = &lowering->build;
    int64_t columns = shape_channels(&value->shape);
    LoopExpr *row = loop_open_constant(build, AXIS_TILE, "row", shape_pixels(&value->shape));
    LoopExpr *column = loop_open_constant(build, AXIS_LANE, "column", columns);
    LoopExpr *product = times(build, loop_load(build, lowering_buffer(lowering, value->inputs[0]), row),
                              loop_load(build, lowering_buffer(lowering, value->inputs[2]), column));
    loop_store(build, lowering_buffer(lowering, value), loop_scaled(build, row, columns, column), product);
    loop_close(build);
    loop_close(build);
}

const Op op_outer_product = {.name = "outer_product",
                             .summary = "every product of two vectors' numbers",
                             .minimum_inputs = 3,
                             .maximum_inputs = 3,
                             .shape = outer_product_shape,
                             .cost = matrix_cost,
                             .lower = outer_product_lower};

// matrix_vector(W, d) -> the sum over f of W[i][f] d[f].
static bool matrix_vector_shape(Value *value) {
    value->type = TYPE_REAL;
    value->shape = shape_of(false, 1, (int64_t[]){shape_pixels(&value->inputs[0]->shape)});
    return true;
}

static Cost matrix_vector_cost(const Value *value) {
    return (Cost){.macs = (double)shape_elements(&value->inputs[0]->shape)};
}

static void matrix_vector_lower(Lowering *lowering, const Value *value) {
    LoopBuilder *build = &lowering->build;
    int64_t columns = shape_channels(&value->inputs[0]->shape);
    LoopExpr *row = loop_open_constant(build, AXIS_TILE, "row", value->shape.dim[0]);
    LoopExpr *sum = loop_declare(build, "sum", loop_number(build, 0));
    LoopExpr *column = loop_open_constant(build, AXIS_LANE, "column", columns);
    LoopExpr *number = loop_load(build, lowering_buffer(lowering, value->inputs[0]),
                                 loop_scaled(build, row, columns, column));
    LoopExpr *factor = loop_load(build, lowering_buffer(lowering, value->inputs[1]), column);
    loop_accumulate(build, sum, LOOP_ADD, times(build, number, factor));
    loop_close(build);
    loop_store(build, lowering_buffer(lowering, value), row, sum);
    loop_close(build);
}

const Op op_matrix_vector = {.name = "matrix_vector",
                             .summary = "the product of a matrix and a vector, both without batch",
                             .minimum_inputs = 2,
                             .maximum_inputs = 2,
                             .shape = matrix_vector_shape,
                             .cost = matrix_vector_cost,
                             .lower = matrix_vector_lower};
