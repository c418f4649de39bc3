// The range of the pixels on their way to the first layer with weights.
#ifndef RESOLVE_PIXELS_H
#define RESOLVE_PIXELS_H

#include "resolve/scope.h"

// Warns where pixels are scaled twice, standardized with the constants of another range, or, in a model with
// data, not scaled at all.
void check_pixels(const Scope *scope, const Configuration *configuration);

#endif
