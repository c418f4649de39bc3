#include "plan/kernel_call.h"
#include <string.h>

typedef struct FlopsRow {
    const char *family;
    int64_t (*flops)(const Kernel *kernel);
} FlopsRow;

typedef struct OperandRow {
    const char *family, *operand;
    OperandUse use;
    int64_t (*number)(const Kernel *kernel);
} OperandRow;

#define C(name) kernel_constant_value(kernel, #name)
#define KERNEL_FLOPS(family, flops)                                                                          \
    static int64_t family##_flops(const Kernel *kernel) {                                                    \
        return flops;                                                                                        \
    }
#define KERNEL_OPERAND(family, operand, use, number)                                                         \
    static int64_t family##_##operand(const Kernel *kernel) {                                                \
        (void)kernel;                                                                                        \
        return number;                                                                                       \
    }
#define KERNEL_POSITIONS(family, number)                                                                     \
    static int64_t family##_positions_limit(const Kernel *kernel) {                                          \
        return number;                                                                                       \
    }
#include "../../kernels/kernels.def"

static const FlopsRow flops_rows[] = {
#define KERNEL_FLOPS(family, flops) {#family, family##_flops},
#include "../../kernels/kernels.def"
};

static const OperandRow operand_rows[] = {
#define KERNEL_OPERAND(family, operand, use, number) {#family, #operand, OPERAND_##use, family##_##operand},
#include "../../kernels/kernels.def"
};

static const struct {
    const char *family;
    int64_t (*limit)(const Kernel *kernel);
} limit_rows[] = {
#define KERNEL_POSITIONS(family, number) {#family, family##_positions_limit},
#include "../../kernels/kernels.def"
};

double kernel_flops(const Kernel *kernel) {
    for (size_t i = 0; i < sizeof flops_rows / sizeof *flops_rows; i++)
        if (strcmp(flops_rows[i].family, kernel->family) == 0) return (double)flops_rows[i].flops(kernel);
    return 0;
}

static int64_t positions_limit(const Kernel *kernel) {
    for (size_t i = 0; i < sizeof limit_rows / sizeof *limit_rows; i++)
        if (strcmp(limit_rows[i].family, kernel->family) == 0) return limit_rows[i].limit(kernel);
    fault("kernels.def has no KERNEL_POSITIONS for %s", kernel->family);
}

CallOperands kernel_operands(Arena *arena, const Kernel *kernel) {
    CallOperands operands = {0};
    for (size_t i = 0; i < sizeof operand_rows / sizeof *operand_rows; i++) {
        const OperandRow *row = &operand_rows[i];
        if (strcmp(row->family, kernel->family) != 0) continue;
        int64_t limit = row->use == OPERAND_POSITIONS ? positions_limit(kernel) : 0;
        list_add(arena, &operands, ((CallOperand){row->operand, row->use, row->number(kernel), limit}));
    }
    if (operands.count == 0) fault("kernels.def has no KERNEL_OPERAND for %s", kernel->family);
    return operands;
}
