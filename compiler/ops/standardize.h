#ifndef OPS_STANDARDIZE_H
#define OPS_STANDARDIZE_H

#include "ops/rules.h"

// standardized(x, mean, deviation): (x - mean) / deviation, by channel.
extern const Op op_standardized;

#endif
