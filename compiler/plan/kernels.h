// Which kernels there are (kernels/kernels.def), and which one a use of a family gets.
#ifndef PLAN_KERNELS_H
#define PLAN_KERNELS_H

#include "loop/loop.h"

// What a call gives a kernel after its operands.
typedef enum KernelLast { SCRATCH_AND_SLOTS, SEED_AND_EPOCH } KernelLast;

typedef enum KernelOperandForm {
    AS_THEY_ARE,
    TRANSFORMED, // as it is: the kernel transforms both operands itself
    BF16,        // as it is: the kernel rounds both operands itself
    PACKED,      // from here on, another value has to be made of it
    PACKED_TURNED,
    BF16_PACKED,
    BF16_PACKED_TURNED,
    WINOGRAD_4,
    WINOGRAD_5,
    WINOGRAD_6,
    WINOGRAD_4_FLIPPED,
    WINOGRAD_5_FLIPPED
} KernelOperandForm;

typedef struct KernelVariant {
    const char *family, *variant;
    const char *file; // to include, relative to kernels/
    KernelLast last;
    const char *parameters; // of the function, as C
    bool sized;             // it takes the constants as an argument, a KernelSizes (kernels/kernel.h)
    KernelOperandForm form; // of the second operand, the weights
    const char *shared;     // a file with what it shares with other kernels; NULL: none
} KernelVariant;

typedef List(KernelVariant) KernelVariants;

// A variant that somebody wants, wherever it can compute the shapes.
typedef struct ForcedVariant {
    const char *family; // NULL: of all families that have it
    const char *variant;
} ForcedVariant;

// What was measured to be the fastest for one shape, on a machine and with a compiler like this build's
// (build/tuning.h).
typedef struct TuningRecord {
    const char *family, *variant;
    List(KernelConstant) constants;
    List(const char *) measured; // all variants that were compared
    const char *name;            // which file and line it is: "shipped:3", "own:12"
} TuningRecord;

// How variants are chosen: a forced one, else what the first record of the shape says, else the first in
// kernels.def. A record that was made before a variant came into the list says nothing, and none says
// anything of shapes that a variant in bf16 computes: that one is not chosen for its speed.
typedef struct KernelPolicy {
    List(ForcedVariant) forced;
    List(TuningRecord) records;
} KernelPolicy;

// Sets kernel->variant and kernel->because; policy NULL: the order of kernels.def. A fault if there is no
// such family, or a constant is missing.
void kernel_choose(Arena *arena, Kernel *kernel, const KernelPolicy *policy);

// Whether another value has to be made of the operand.
bool kernel_form_packed(KernelOperandForm form);
// Whether both operands are rounded to bf16.
bool kernel_form_rounds(KernelOperandForm form);
// Of transformed weights: numbers of a tile of the transform each way; else 0.
int kernel_form_side(KernelOperandForm form);
// Whether they are those of the window turned round.
bool kernel_form_flips(KernelOperandForm form);

// Adds to the policy what --variant-set says: "VARIANT" or "FAMILY=VARIANT", separated by commas; "best"
// forces nothing. NULL, or what is wrong with it and what there is.
const char *kernel_policy_force(Arena *arena, KernelPolicy *policy, const char *text);

// A fault if the kernel has no such constant.
int64_t kernel_constant_value(const Kernel *kernel, const char *name);
// Whether a variant is forced that kernels of the family have.
bool kernel_policy_forces(const KernelPolicy *policy, const char *family);

// All there are, family by family.
KernelVariants kernel_list(Arena *arena);

// The variants that can compute the kernel's shapes, in the order of kernels.def.
KernelVariants kernel_fitting(Arena *arena, const Kernel *kernel);

// Whether the kernel is computed in bf16 unless another variant is forced.
bool kernel_in_bf16(const Kernel *kernel);

// The row of kernel->variant, which kernel_choose gave.
KernelVariant kernel_row(const Kernel *kernel);

// Bytes of scratch that one call of kernel->variant needs, from kernel->scratch_offset in the thread's
// scratch on.
int64_t kernel_scratch_bytes(const Kernel *kernel, int64_t real_bytes);

// Whether two kernels, or a kernel and a record, are of one family and have the same constants.
bool kernel_same_shape(const Kernel *kernel, const char *family, int count, const KernelConstant *constants);

#endif
