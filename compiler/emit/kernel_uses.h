// What programs say of their kernels: which variant computes each contraction, and why.
#ifndef EMIT_KERNEL_USES_H
#define EMIT_KERNEL_USES_H

#include "base/text.h"
#include "loop/loop.h"

typedef struct KernelUse {
    const char *name; // FUNCTION.PATH.FAMILY, of the second of a name with ".2" behind it: a layer's own
                      // convolution and the one that gives its input's gradient are of one family
    const Kernel *kernel;
} KernelUse;
typedef List(KernelUse) KernelUses;

// Adds the kernels that the body calls, in the order of the calls.
void kernel_uses_add(Arena *arena, KernelUses *uses, const LoopBody *body, const char *function);
// Appends the JSON object of names and variants.
void kernel_uses_variants(const KernelUses *uses, Text *text);
// The same with why it is this variant, for those that are not the first that fits.
void kernel_uses_reasons(const KernelUses *uses, Text *text);

#endif
