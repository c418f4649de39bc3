// Weights packed for the kernels over panels: once a step, in pieces on all threads.
#include "ops/pack.h"
#include "ops/rules.h"

extern const Op op_pack, op_pack_turned, op_flip, op_transpose;

// What a panel has at most: two vectors of 16 lanes (kernels/panel.h).
enum { MOST_PANEL_COLUMNS = 32, PIECE_ELEMENTS = 16384 };

// [window][in][out], the window being all but the last two dimensions.
typedef struct Weights {
    int64_t window, in, out;
} Weights;

static Weights weights_of(const Value *value) {
    const Shape *shape = &value->inputs[0]->shape;
    const int64_t *last = &shape->dim[shape->rank - 2];
    return (Weights){shape_elements(shape) / (last[0] * last[1]), last[0], last[1]};
}

static bool set_shape(Value *value, int64_t rows, int64_t columns) {
    int64_t panels = (columns + MOST_PANEL_COLUMNS - 1) / MOST_PANEL_COLUMNS;
    value->type = TYPE_REAL;
    value->shape = shape_of(false, 2, (int64_t[]){rows, panels * MOST_PANEL_COLUMNS});
    return true;
}

static bool pack_shape(Value *value) {
    Weights weights = weights_of(value);
    return set_shape(value, weights.window * weights.in, weights.out);
}

static bool pack_turned_shape(Value *value) {
    Weights weights = weights_of(value);
    return set_shape(value, weights.window * weights.out, weights.in);
}

// Equal parts of the rows.
static int64_t pack_pieces(const Value *value) {
    int64_t rows = value->shape.dim[0];
    int64_t wanted = (shape_elements(&value->shape) + PIECE_ELEMENTS - 1) / PIECE_ELEMENTS;
    for (int64_t pieces = wanted; pieces <= 4 * wanted; pieces++)
        if (rows % pieces == 0) return pieces;
    return 1;
}

static void lower_piece(Lowering *lowering, const Value *value, Kernel *kernel, LoopExpr *piece) {
    LoopBuilder *build = &lowering->build;
    LoopExpr *rows = loop_integer(build, value->shape.dim[0] / pack_pieces(value));
    LoopStatement *call = loop_call(build, kernel);
    loop_operand(build, call, lowering_output(lowering, value), NULL);
    loop_operand(build, call, lowering_buffer(lowering, value->inputs[0]), NULL);
    loop_operand_index(build, call, times(build, piece, rows));
    loop_operand_index(build, call, rows);
}

static void pack_piece(Lowering *lowering, const Value *value, LoopExpr *piece) {
    Weights weights = weights_of(value);
    Kernel *kernel = lowering_kernel(lowering, value, "pack");
    kernel_constant(lowering, kernel, "INPUTS", weights.window * weights.in);
    kernel_constant(lowering, kernel, "OUTPUTS", weights.out);
    lower_piece(lowering, value, kernel, piece);
}

static void pack_turned_piece(Lowering *lowering, const Value *value, LoopExpr *piece) {
    Weights weights = weights_of(value);
    Kernel *kernel = lowering_kernel(lowering, value, "pack_turned");
    kernel_constant(lowering, kernel, "WINDOW_HEIGHT", 1);
    kernel_constant(lowering, kernel, "WINDOW_WIDTH", weights.window);
    kernel_constant(lowering, kernel, "CHANNELS", weights.in);
    kernel_constant(lowering, kernel, "FILTERS", weights.out);
    lower_piece(lowering, value, kernel, piece);
}

Value *pack_new(Function *function, Value *weights, bool turned) {
    bool turns = weights->op == &op_flip || weights->op == &op_transpose;
    Value *source = turns ? weights->inputs[0] : weights;
    return value_like(function, weights, turned != turns ? &op_pack_turned : &op_pack, 1, &source);
}

const Op op_pack = {.name = "pack",
                    .summary = "weights in panels of columns",
                    .minimum_inputs = 1,
                    .maximum_inputs = 1,
                    .shape = pack_shape,
                    .pieces = pack_pieces,
                    .lower_piece = pack_piece};

const Op op_pack_turned = {.name = "pack_turned",
                           .summary = "a convolution's weights turned round, in panels of columns",
                           .minimum_inputs = 1,
                           .maximum_inputs = 1,
                           .shape = pack_turned_shape,
                           .pieces = pack_pieces,
                           .lower_piece = pack_turned_piece};
