// C texts that check and time contractions' kernels outside of programs, with kernels/measure.h.
#ifndef EMIT_MEASURE_H
#define EMIT_MEASURE_H

#include "base/text.h"
#include "plan/kernel_call.h"

// One use of a contraction in a program: calls of equal families, constants and epilogues are the same use.
typedef struct KernelUse {
    const Kernel *kernel; // with the variant that was chosen
    List(const char *) layers;
    KernelVariants variants; // all that can compute it, the reference last
    const char **texts;      // by variant: the kernel's C file, as programs have it
} KernelUse;

typedef List(KernelUse) KernelUses;

// The contractions that a function's pieces call.
KernelUses measure_uses(Arena *arena, int count, LoopFunction *const *pieces);
// "conv_forward 28x28x1 -> 26x26x32, window 3x3": a use by its numbers.
const char *measure_name(Arena *arena, const Kernel *kernel);
// A C file whose main measures all uses and prints a JSON line for each variant; it is linked with their
// texts.
const char *measure_program(Arena *arena, const KernelUses *uses);
// A C file with one variant of a use, the reference beside it and a main. `head` are comment lines.
const char *measure_alone(Arena *arena, const KernelUse *use, int variant, const char *head);

#endif
