// Weights in panels of columns, as the kernels over panels read them (kernels/panel.h).
#ifndef OPS_PACK_H
#define OPS_PACK_H

#include "ir/op.h"
#include "loop/loop.h"

// Of the widest vectors.
enum { MOST_PANEL_COLUMNS = 2 * MOST_LANES };

// Makes the value that packs a matrix [inputs][outputs] or a convolution's weights [ky][kx][in][out];
// `turned`: the weights turned round, with rows (-ky, -kx, out) and columns in. What only turns weights round
// is looked through. The value is not appended.
Value *pack_new(Function *function, Value *weights, bool turned);

// Makes the value that transforms a convolution's weights for tiles of side x side numbers
// (kernels/ref/pack_winograd.h); `flipped`: with the window turned round. What only turns them round is
// looked through. The value is not appended.
Value *pack_winograd_new(Function *function, Value *weights, int side, bool flipped);

// Makes the value that packs them rounded to bf16 (kernels/ref/pack_bf16.h), as pack_new().
Value *pack_bf16_new(Function *function, Value *weights, bool turned);

#endif
