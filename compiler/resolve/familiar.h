// Words that users bring from other frameworks, with and without a slip in them.
#ifndef RESOLVE_FAMILIAR_H
#define RESOLVE_FAMILIAR_H

#include "base/memory.h"

// The argument that another framework's name stands for: "kernel_size" -> "kernel". NULL if it is not known.
const char *familiar_argument(Arena *arena, const char *name);
// What to do instead of an argument that has no counterpart here: `activation = relu` -> "write `-> relu`
// after it". NULL if not known.
const char *instead_of_argument(const char *name);
// The layer that another framework's name stands for: "Conv2D" -> "conv". NULL if it is not known.
const char *familiar_layer(const char *name);

#endif
