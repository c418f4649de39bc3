// Matrices with rows and columns exchanged, in pieces on all threads.
#include "ops/transpose.h"

// Elements of a piece, enough to hide the cost of handing it to a thread. Its rows are transposed in
// registers, as many at a time as there are lanes.
enum { LEAST_PIECE = 4096 };

int64_t transposition_pieces(const Value *value) {
    int64_t elements = shape_elements(&value->shape), rows = elements / shape_channels(&value->shape);
    for (int64_t pieces = elements / LEAST_PIECE; pieces > 1; pieces--)
        if (rows % (pieces * MOST_LANES) == 0) return pieces;
    return 1;
}

void lower_transposition(Lowering *lowering, const Value *value, LoopExpr *piece) {
    LoopBuilder *build = &lowering->build;
    const Shape *shape = &value->shape;
    int64_t columns = shape_channels(shape), rows = shape->dim[shape->rank - 2];
    int64_t all_rows = shape_elements(shape) / columns, share = all_rows / transposition_pieces(value);
    Kernel *kernel = lowering_kernel(lowering, value, "transpose");
    kernel_constant(lowering, kernel, "WINDOW_HEIGHT", 1);
    kernel_constant(lowering, kernel, "WINDOW_WIDTH", all_rows / rows);
    kernel_constant(lowering, kernel, "CHANNELS", columns);
    kernel_constant(lowering, kernel, "FILTERS", rows);
    LoopStatement *call = loop_call(build, kernel);
    loop_operand(build, call, lowering_output(lowering, value), NULL);
    loop_operand(build, call, lowering_buffer(lowering, value->inputs[0]), NULL);
    loop_operand_index(build, call, times(build, piece, loop_integer(build, share)));
    loop_operand_index(build, call, loop_integer(build, share));
}
