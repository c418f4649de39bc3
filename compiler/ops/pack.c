// Weights packed for the kernels over panels, or transformed for Winograd's: once a step, in pieces on all
// threads.
#include "ops/pack.h"
#include "ops/rules.h"

extern const Op op_pack, op_pack_turned, op_pack_winograd, op_pack_bf16, op_flip, op_transpose;

// What a panel has at most: two vectors of 16 lanes (kernels/panel.h).
enum { PIECE_ELEMENTS = 16384 };
// Rows of a panel in bf16 that products take at a time (kernels/amx.h).
enum { BF16_DEPTH = 32 };

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

static int64_t wanted_pieces(const Value *value) {
    return (shape_elements(&value->shape) + PIECE_ELEMENTS - 1) / PIECE_ELEMENTS;
}

// Equal parts of the rows.
static int64_t pack_pieces(const Value *value) {
    int64_t wanted = wanted_pieces(value);
    for (int64_t pieces = wanted; pieces <= 4 * wanted; pieces++)
        if (value->shape.dim[0] % pieces == 0) return pieces;
    return 1;
}

// `count` rows or columns in a piece.
static LoopStatement *call_piece(Lowering *lowering, const Value *value, Kernel *kernel, LoopExpr *piece,
                                 int64_t count) {
    LoopBuilder *build = &lowering->build;
    LoopExpr *size = loop_integer(build, count);
    LoopStatement *call = loop_call(build, kernel);
    loop_operand(build, call, lowering_output(lowering, value), NULL);
    loop_operand(build, call, lowering_buffer(lowering, value->inputs[0]), NULL);
    loop_operand_index(build, call, times(build, piece, size));
    loop_operand_index(build, call, size);
    return call;
}

// Weights that are turned round are read row by row, and so packed by columns: of whole panels, however wide
// these are.
static int64_t columns_of_piece(const Value *value) {
    int64_t panels = value->shape.dim[1] / MOST_PANEL_COLUMNS;
    int64_t wanted = wanted_pieces(value);
    return (panels + wanted - 1) / wanted * MOST_PANEL_COLUMNS;
}

static int64_t pack_turned_pieces(const Value *value) {
    int64_t columns = columns_of_piece(value);
    return (value->shape.dim[1] + columns - 1) / columns;
}

static void pack_piece(Lowering *lowering, const Value *value, LoopExpr *piece) {
    Weights weights = weights_of(value);
    Kernel *kernel = lowering_kernel(lowering, value, "pack");
    kernel_constant(lowering, kernel, "INPUTS", weights.window * weights.in);
    kernel_constant(lowering, kernel, "OUTPUTS", weights.out);
    call_piece(lowering, value, kernel, piece, value->shape.dim[0] / pack_pieces(value));
}

// A kernel with the weights' sizes, their window in a line.
static Kernel *window_kernel(Lowering *lowering, const Value *value, const char *family) {
    Weights weights = weights_of(value);
    Kernel *kernel = lowering_kernel(lowering, value, family);
    kernel_constant(lowering, kernel, "WINDOW_HEIGHT", 1);
    kernel_constant(lowering, kernel, "WINDOW_WIDTH", weights.window);
    kernel_constant(lowering, kernel, "CHANNELS", weights.in);
    kernel_constant(lowering, kernel, "FILTERS", weights.out);
    return kernel;
}

static void pack_turned_piece(Lowering *lowering, const Value *value, LoopExpr *piece) {
    call_piece(lowering, value, window_kernel(lowering, value, "pack_turned"), piece,
               columns_of_piece(value));
}

// [panel][side * side][row][column]: pieces are of the rows, of all panels and positions.
static bool pack_winograd_shape(Value *value) {
    Weights weights = weights_of(value);
    int64_t side = value_integer(value, "side");
    bool turned = value_integer(value, "turned");
    return set_shape(value, side * side * (turned ? weights.out : weights.in),
                     turned ? weights.in : weights.out);
}

static int64_t pack_winograd_rows(const Value *value) {
    int64_t side = value_integer(value, "side");
    return value->shape.dim[0] / (side * side);
}

// The kernel loads, and turns round, squares of weights: as many rows as a vector has lanes. Parts of fewer
// would do so several times.
static int64_t pack_winograd_pieces(const Value *value) {
    for (int64_t pieces = wanted_pieces(value); pieces > 1; pieces--)
        if (pack_winograd_rows(value) % (pieces * MOST_LANES) == 0) return pieces;
    return 1;
}

static void pack_winograd_piece(Lowering *lowering, const Value *value, LoopExpr *piece) {
    const int64_t *dim = value->inputs[0]->shape.dim;
    Kernel *kernel = lowering_kernel(lowering, value, "pack_winograd");
    kernel_constant(lowering, kernel, "WINDOW_HEIGHT", dim[0]);
    kernel_constant(lowering, kernel, "WINDOW_WIDTH", dim[1]);
    kernel_constant(lowering, kernel, "CHANNELS", dim[2]);
    kernel_constant(lowering, kernel, "FILTERS", dim[3]);
    LoopStatement *call =
        call_piece(lowering, value, kernel, piece, pack_winograd_rows(value) / pack_winograd_pieces(value));
    LoopBuilder *build = &lowering->build;
    loop_operand_index(build, call, loop_integer(build, value_integer(value, "side")));
    loop_operand_index(build, call, loop_integer(build, value_integer(value, "turned")));
    loop_operand_index(build, call, loop_integer(build, value_integer(value, "flipped")));
}

Value *pack_winograd_new(Function *function, Value *weights, int side, bool flipped) {
    bool turned = weights->op == &op_flip;
    Value *source = turned ? weights->inputs[0] : weights;
    Value *value = value_like(function, weights, &op_pack_winograd, 1, &source);
    value_set(value, "side", attr_integer(side));
    value_set(value, "turned", attr_integer(turned));
    value_set(value, "flipped", attr_integer(turned != flipped));
    return value;
}

// Rows are pairs of the matrix's, up to whole steps; two numbers in bf16 take the place of one.
static bool pack_bf16_shape(Value *value) {
    Weights weights = weights_of(value);
    bool turned = value_integer(value, "turned");
    int64_t rows = weights.window * (turned ? weights.out : weights.in);
    int64_t steps = (rows + BF16_DEPTH - 1) / BF16_DEPTH;
    return set_shape(value, steps * BF16_DEPTH / 2, turned ? weights.in : weights.out);
}

static void pack_bf16_piece(Lowering *lowering, const Value *value, LoopExpr *piece) {
    LoopBuilder *build = &lowering->build;
    Kernel *kernel = window_kernel(lowering, value, "pack_bf16");
    LoopStatement *call =
        call_piece(lowering, value, kernel, piece, value->shape.dim[0] / pack_pieces(value));
    loop_operand_index(build, call, loop_integer(build, value_integer(value, "turned")));
}

// Whether the value only turns round what it reads.
static bool only_turns(const Value *weights) {
    return weights->op == &op_flip || weights->op == &op_transpose;
}

Value *pack_bf16_new(Function *function, Value *weights, bool turned) {
    bool turns = only_turns(weights);
    Value *value = value_like(function, weights, &op_pack_bf16, 1, turns ? &weights->inputs[0] : &weights);
    value_set(value, "turned", attr_integer(turned != turns));
    return value;
}

Value *pack_new(Function *function, Value *weights, bool turned) {
    bool turns = only_turns(weights);
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
                           .pieces = pack_turned_pieces,
                           .lower_piece = pack_turned_piece};

static const Attribute winograd_attributes[] = {
    {"side", TYPE_WHOLE, "4", 4, 6, NULL, ATTRIBUTE_INTERNAL, "of a tile of the transform"},
    {"turned", TYPE_WHOLE, "0", 0, 1, NULL, ATTRIBUTE_INTERNAL,
     "whether channels and filters are exchanged before"},
    {"flipped", TYPE_WHOLE, "0", 0, 1, NULL, ATTRIBUTE_INTERNAL,
     "whether the window is turned round before"}};

const Op op_pack_winograd = {
    .name = "pack_winograd",
    .summary = "a convolution's weights transformed for Winograd's tiles, in panels of columns",
    .minimum_inputs = 1,
    .maximum_inputs = 1,
    ATTRIBUTES(winograd_attributes),
    .shape = pack_winograd_shape,
    .pieces = pack_winograd_pieces,
    .lower_piece = pack_winograd_piece};

static const Attribute bf16_attributes[] = {
    {"turned", TYPE_WHOLE, "0", 0, 1, NULL, ATTRIBUTE_INTERNAL, "whether the weights are turned round"}};

const Op op_pack_bf16 = {.name = "pack_bf16",
                         .summary = "weights rounded to bf16, in panels of columns",
                         .minimum_inputs = 1,
                         .maximum_inputs = 1,
                         ATTRIBUTES(bf16_attributes),
                         .shape = pack_bf16_shape,
                         .pieces = pack_pieces,
                         .lower_piece = pack_bf16_piece};
