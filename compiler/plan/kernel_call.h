// What one call of a contraction's kernel computes and touches, from kernels/kernels.def: for those who call
// kernels outside of programs.
#ifndef PLAN_KERNEL_CALL_H
#define PLAN_KERNEL_CALL_H

#include "plan/kernels.h"

typedef enum OperandUse {
    OPERAND_READ,
    OPERAND_WRITTEN,
    OPERAND_ADDED_TO,
    OPERAND_POSITIONS,
    OPERAND_INDEX
} OperandUse;

typedef struct CallOperand {
    const char *name;
    OperandUse use;
    int64_t number; // of reals; OPERAND_POSITIONS: of bytes; OPERAND_INDEX: what is passed
    int64_t limit;  // OPERAND_POSITIONS: each is below it
} CallOperand;

typedef List(CallOperand) CallOperands;

// FLOPs of one call by the dense algorithm, 2 for each multiply-add; 0 if the family is no contraction.
double kernel_flops(const Kernel *kernel);
// The call's operands in their order, before scratch and slots. The first is the output.
CallOperands kernel_operands(Arena *arena, const Kernel *kernel);

#endif
