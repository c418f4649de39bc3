// Matrices with rows and columns exchanged.
#ifndef OPS_TRANSPOSE_H
#define OPS_TRANSPOSE_H

#include "ops/rules.h"

// Of a value that holds the matrices [columns][rows] which lie one after the other in its input as
// [rows][columns], the last one first (kernels/ref/transpose.h).
int64_t transposition_pieces(const Value *value);
void lower_transposition(Lowering *lowering, const Value *value, LoopExpr *piece);

#endif
