// Matrices with rows and columns exchanged.
#ifndef OPS_TRANSPOSE_H
#define OPS_TRANSPOSE_H

#include "ops/rules.h"

// Lowers a value that holds, for each of `matrices` matrices [columns][rows] that lie one after the other in
// its input, that matrix as [rows][columns]: in the same order, or the last one first.
typedef struct Transposition {
    int64_t matrices, rows, columns;
    bool last_first;
} Transposition;

void lower_transposition(Lowering *lowering, const Value *value, Transposition transposition);

#endif
