// Which kernels there are (kernels/kernels.def), and which one a use of a family gets.
#ifndef PLAN_KERNELS_H
#define PLAN_KERNELS_H

#include "loop/loop.h"

// What a call gives a kernel after its operands.
typedef enum KernelLast { SCRATCH_AND_SLOTS, SEED_AND_EPOCH } KernelLast;

typedef struct KernelVariant {
    const char *family, *variant;
    const char *file; // to include, relative to kernels/
    KernelLast last;
    const char *parameters; // of the function, as C
} KernelVariant;

// The variant `forced` of the kernel's family if it can compute these shapes, else (and where forced is NULL)
// the first in the list that can. A fault if there is no such family, or a constant is missing.
KernelVariant kernel_choose(const Kernel *kernel, const char *forced);

// The row of kernel->variant, which kernel_choose gave.
KernelVariant kernel_row(const Kernel *kernel);

// Bytes of scratch that one call of kernel->variant needs, from kernel->scratch_offset in the thread's
// scratch on.
int64_t kernel_scratch_bytes(const Kernel *kernel, int64_t real_bytes);

#endif
