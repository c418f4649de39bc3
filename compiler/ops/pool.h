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

Window pool_window(const Value *value);
bool pool_shape(Value *value);
// A pool over the whole image.
Value *global_pool_build(Layer *layer, const Op *pool);
// Lowering of a pool's gradient: every output pixel adds, to each input pixel of its window, the gradient
// that `share` makes of the output's. `tap` is the position in the window.
typedef LoopExpr *PoolShare(Lowering *lowering, const Value *value, LoopExpr *index, LoopExpr *tap,
                            LoopExpr *part);
void pool_backward_lower(Lowering *lowering, const Value *value, PoolShare *share, bool divides);
bool pool_backward_shape(Value *value);
Value *pool_backward_new(Function *function, const Value *pool, const Op *op, Value *gradient, Value *also);

// Loops over a window's positions, inside which `index` is that of the input's pixel; skips the padding.
typedef struct PoolTap {
    LoopExpr *pixel;    // of the input
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
