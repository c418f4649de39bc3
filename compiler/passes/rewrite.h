// Alternatives of a graph: other values that compute the same as a pattern of values does.
#ifndef PASSES_REWRITE_H
#define PASSES_REWRITE_H

#include "passes/technique.h"

typedef struct Alternative {
    Technique technique; // its name; --without leaves it out
    // Whether the pattern ends at this value; `wanted` by value id: gradient_wanted of the function's values.
    bool (*offers)(const Value *value, const bool *wanted);
    // While the function is copied into another, with the alternative for the pattern that ends at `end`:
    // what stands in place of `value`'s copy, appended to `function`; NULL: a copy as it is. The copies of
    // what comes before `value` are known (Value.copy).
    Value *(*stand_in)(Function *function, const Value *end, const Value *value);
} Alternative;

// Batch norm over a convolution with small windows, from the moments of its patches (patch_statistics.c).
extern const Alternative alternative_patch_statistics;

#endif
