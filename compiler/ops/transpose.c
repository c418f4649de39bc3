#include "ops/transpose.h"

// Columns at a time: the cache lines that are read of them, one each, must stay in the cache until the next
// rows have been read from them, also where columns lie at a power of two from each other and share few
// places in it.
static int64_t block_of(int64_t columns) {
    enum { WIDEST = 64, NARROWEST = 16 };
    for (int64_t width = WIDEST; width >= NARROWEST; width /= 2)
        if (columns % width == 0) return width;
    return columns;
}

void lower_transposition(Lowering *lowering, const Value *value, Transposition t) {
    LoopBuilder *build = &lowering->build;
    const int64_t width = block_of(t.columns);
    LoopExpr *matrix = loop_open_constant(build, AXIS_TILE, "matrix", t.matrices);
    LoopExpr *block = loop_open_constant(build, AXIS_TILE, "block", t.columns / width);
    LoopExpr *row = loop_open_constant(build, AXIS_TILE, "row", t.rows);
    LoopExpr *lane = loop_open_constant(build, AXIS_LANE, "column", width);
    LoopExpr *column = loop_scaled(build, block, width, lane);
    LoopExpr *source = t.last_first ? minus(build, loop_integer(build, t.matrices - 1), matrix) : matrix;
    LoopExpr *from = loop_scaled(build, loop_scaled(build, source, t.columns, column), t.rows, row);
    LoopExpr *to = loop_scaled(build, loop_scaled(build, matrix, t.rows, row), t.columns, column);
    loop_store(build, lowering_buffer(lowering, value), to,
               loop_load(build, lowering_buffer(lowering, value->inputs[0]), from));
    for (int i = 0; i < 4; i++) loop_close(build);
}
