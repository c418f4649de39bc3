// Pools: one number of every channel from each window.
#ifndef OPS_POOL_H
#define OPS_POOL_H

#include "ops/window.h"

#define SIZE_ROW(initial, help)                                                                              \
    { "size", TYPE_WINDOW, initial, 1, 1e9, NULL, 0, help }
#define POOL_HELP "the window's size; Keras's default is 2"
#define POOL_STRIDE_ROW                                                                                      \
    {                                                                                                        \
        "stride", TYPE_WINDOW, "", 1, 1e9, NULL, 0,                                                          \
            "steps from one window to the next; unset, as in Keras: the size"                                \
    }
#define KEEP_ROW                                                                                             \
    { "keep", TYPE_TRUTH, "false", 0, 0, NULL, 0, "gives 1x1xC instead of C; Keras's default is false" }

// What a pool does with one window. A forward pool folds the numbers at a window's positions into one:
// `begin` declares up to two variables, `add` takes a number and its position in the window, `end` gives the
// result; the second variable, if there is one, is the second result (also.c). The way back spreads a
// window's number over its positions: `spread` gives a position's part from the inputs' elements of the
// window. `part` is one part of the window's mean, given where `divides` is set.
typedef struct PoolRules {
    void (*begin)(Lowering *lowering, const Value *value, LoopExpr **state);
    void (*add)(Lowering *lowering, LoopExpr *const *state, LoopExpr *number, LoopExpr *position);
    LoopExpr *(*end)(Lowering *lowering, LoopExpr *const *state, LoopExpr *part);
    LoopExpr *(*spread)(Lowering *lowering, LoopExpr *const *inputs, LoopExpr *position, LoopExpr *part);
    bool divides;
} PoolRules;
enum { POOL_STATES = 2 };

bool pool_is_forward(const Value *value);
// The windows of a pool or of its way back, over the larger image.
Window pool_window(const Value *value);
// Whether the windows lie side by side without gaps from the image's corner on; they may leave an edge.
bool pool_tiles(const Window *window);
// Whether windows that lie so leave no edge.
bool pool_covers(const Window *window);
// One part of the mean of the window at (row, column), where the pool or its way back divides by it; else
// NULL.
LoopExpr *pool_part(LoopBuilder *build, const Value *value, const Window *window, LoopExpr *row,
                    LoopExpr *column);
bool pool_shape(Value *value);
// A pool over the whole image.
Value *global_pool_build(Layer *layer, const Op *pool);
// A pool, or a pool's way back, alone.
void pool_lower(Lowering *lowering, const Value *value);
bool pool_backward_shape(Value *value);
Value *pool_backward_new(Function *function, const Value *pool, const Op *op, Value *gradient, Value *also);

// Loops over a window's positions, inside which `index` is that of the input's pixel; skips the padding.
typedef struct PoolTap {
    LoopExpr *y, *x;    // of the input
    LoopExpr *pixel;    // their number
    LoopExpr *position; // in the window
    int opened;         // what tap_close has to close
} PoolTap;
PoolTap tap_open(LoopBuilder *build, const Window *window, LoopExpr *row, LoopExpr *column);
void tap_close(LoopBuilder *build, const PoolTap *tap);
// One part of the window's mean: 1 / (positions that are no padding).
LoopExpr *window_part(LoopBuilder *build, const Window *window, LoopExpr *row, LoopExpr *column);

extern const Op op_maxpool, op_minpool, op_avgpool, op_also;
#define POOL_BACKWARD_ROWS                                                                                   \
    {"size", TYPE_WINDOW, "1", 1, 1e9, NULL, ATTRIBUTE_INTERNAL, "of the pool"},                             \
        {"stride", TYPE_WINDOW, "1", 1, 1e9, NULL, ATTRIBUTE_INTERNAL, "of the pool"},                       \
        {"pad", TYPE_PADDING, "valid", 0, 1e9, NULL, ATTRIBUTE_INTERNAL, "of the pool"}, {                   \
        "input", TYPE_WINDOW, "1", 1, 1e9, NULL, ATTRIBUTE_INTERNAL, "the pool's input, height x width"      \
    }

#endif
