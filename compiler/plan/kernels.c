#include "plan/kernels.h"
#include <string.h>

static int64_t constant(const Kernel *kernel, const char *name) {
    for (int i = 0; i < kernel->constants.count; i++)
        if (strcmp(kernel->constants.items[i].name, name) == 0) return kernel->constants.items[i].value;
    fault("kernel %s has no constant %s", kernel->family, name);
}

typedef struct Row {
    KernelVariant variant;
    bool (*fits)(const Kernel *kernel);
    int64_t (*scratch)(const Kernel *kernel); // in reals
} Row;

// The conditions and sizes of kernels.def become functions, then rows that point to them.
#define C(name) constant(kernel, #name)
#define KERNEL(family, variant, file, condition, scratch)                                                    \
    static bool family##_##variant##_fits(const Kernel *kernel) {                                            \
        (void)kernel;                                                                                        \
        return condition;                                                                                    \
    }                                                                                                        \
    static int64_t family##_##variant##_scratch(const Kernel *kernel) {                                      \
        (void)kernel;                                                                                        \
        return scratch;                                                                                      \
    }
#include "../../kernels/kernels.def"

static const Row rows[] = {
#define KERNEL(family, variant, file, condition, scratch)                                                    \
    {{#family, #variant, file, 0, NULL}, family##_##variant##_fits, family##_##variant##_scratch},
#include "../../kernels/kernels.def"
};

typedef struct Family {
    const char *name;
    KernelLast last;
    const char *parameters;
} Family;

static const Family families[] = {
#define KERNEL_FAMILY(family, last, ...) {#family, last, #__VA_ARGS__},
#include "../../kernels/kernels.def"
};

enum { ROW_COUNT = sizeof rows / sizeof *rows };

static KernelVariant described(const Row *row) {
    KernelVariant variant = row->variant;
    for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
        if (strcmp(families[i].name, variant.family) != 0) continue;
        variant.last = families[i].last;
        variant.parameters = families[i].parameters;
        return variant;
    }
    fault("kernels.def has no KERNEL_FAMILY for %s", variant.family);
}

// The first row of the family (with this variant, unless NULL) that fits.
static const Row *find(const Kernel *kernel, const char *variant) {
    for (int i = 0; i < ROW_COUNT; i++) {
        if (strcmp(rows[i].variant.family, kernel->family) != 0) continue;
        if (variant && strcmp(rows[i].variant.variant, variant) != 0) continue;
        if (rows[i].fits(kernel)) return &rows[i];
    }
    return NULL;
}

KernelVariant kernel_choose(const Kernel *kernel, const char *forced) {
    const Row *row = forced ? find(kernel, forced) : NULL;
    if (!row) row = find(kernel, NULL);
    if (!row) fault("there is no kernel family %s", kernel->family);
    return described(row);
}

static const Row *chosen(const Kernel *kernel) {
    require(kernel->variant);
    const Row *row = find(kernel, kernel->variant);
    if (!row) fault("kernel %s has no variant %s for this shape", kernel->family, kernel->variant);
    return row;
}

KernelVariant kernel_row(const Kernel *kernel) {
    return described(chosen(kernel));
}

int64_t kernel_scratch_bytes(const Kernel *kernel, int64_t real_bytes) {
    return chosen(kernel)->scratch(kernel) * real_bytes;
}
