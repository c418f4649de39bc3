#include "plan/kernels.h"
#include "build_config.h"

#include <string.h>

int64_t kernel_constant_value(const Kernel *kernel, const char *name) {
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
#define C(name) kernel_constant_value(kernel, #name)
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
    {{#family, #variant, file, 0, NULL, false, AS_THEY_ARE, NULL},                                           \
     family##_##variant##_fits,                                                                              \
     family##_##variant##_scratch},
#define KERNEL_SIZED(family, variant, file, form, condition, scratch)                                        \
    {{#family, #variant, file, 0, NULL, true, form, NULL},                                                   \
     family##_##variant##_fits,                                                                              \
     family##_##variant##_scratch},
#include "../../kernels/kernels.def"
};

static const struct {
    const char *family, *variant, *file;
} shares[] = {
#define KERNEL_SHARES(family, variant, file) {#family, #variant, file},
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

static const Family *find_family(const char *name) {
    for (size_t i = 0; i < sizeof families / sizeof *families; i++)
        if (strcmp(families[i].name, name) == 0) return &families[i];
    return NULL;
}

static KernelVariant described(const Row *row) {
    KernelVariant variant = row->variant;
    const Family *family = find_family(variant.family);
    if (!family) fault("kernels.def has no KERNEL_FAMILY for %s", variant.family);
    variant.last = family->last;
    for (size_t i = 0; i < sizeof shares / sizeof *shares; i++)
        if (strcmp(shares[i].family, variant.family) == 0 && strcmp(shares[i].variant, variant.variant) == 0)
            variant.shared = shares[i].file;
    variant.parameters = family->parameters;
    return variant;
}

bool kernel_form_packed(KernelOperandForm form) {
    return form >= PACKED;
}

bool kernel_form_rounds(KernelOperandForm form) {
    return form == BF16 || form == BF16_PACKED || form == BF16_PACKED_TURNED;
}

int kernel_form_side(KernelOperandForm form) {
    if (form < WINOGRAD_4) return 0;
    return 4 + (form - WINOGRAD_4) % (WINOGRAD_4_FLIPPED - WINOGRAD_4);
}

bool kernel_form_flips(KernelOperandForm form) {
    return form >= WINOGRAD_4_FLIPPED;
}

static bool fits(const Row *row, const Kernel *kernel) {
    KernelOperandForm form = row->variant.form;
    bool transforms = form == TRANSFORMED || kernel_form_side(form) > 0;
    if (kernel_form_rounds(form)) return kernel->may_round && row->fits(kernel);
    return (kernel->may_pack || !kernel_form_packed(form)) && (kernel->may_transform || !transforms) &&
           row->fits(kernel);
}

// The family's row with this variant, if it fits.
static const Row *find(const Kernel *kernel, const char *variant) {
    for (int i = 0; i < ROW_COUNT; i++)
        if (strcmp(rows[i].variant.family, kernel->family) == 0 &&
            strcmp(rows[i].variant.variant, variant) == 0)
            return fits(&rows[i], kernel) ? &rows[i] : NULL;
    return NULL;
}

static const Row *first_fitting(const Kernel *kernel) {
    for (int i = 0; i < ROW_COUNT; i++)
        if (strcmp(rows[i].variant.family, kernel->family) == 0 && fits(&rows[i], kernel)) return &rows[i];
    fault("there is no kernel %s for this shape", kernel->family);
}

bool kernel_in_bf16(const Kernel *kernel) {
    return kernel_form_rounds(first_fitting(kernel)->variant.form);
}

KernelVariants kernel_list(Arena *arena) {
    KernelVariants variants = {0};
    for (int i = 0; i < ROW_COUNT; i++) list_add(arena, &variants, described(&rows[i]));
    return variants;
}

KernelVariants kernel_fitting(Arena *arena, const Kernel *kernel) {
    KernelVariants variants = {0};
    for (int i = 0; i < ROW_COUNT; i++)
        if (strcmp(rows[i].variant.family, kernel->family) == 0 && fits(&rows[i], kernel))
            list_add(arena, &variants, described(&rows[i]));
    return variants;
}

bool kernel_same_shape(const Kernel *kernel, const char *family, int count, const KernelConstant *constants) {
    if (strcmp(kernel->family, family) != 0 || kernel->constants.count != count) return false;
    for (int i = 0; i < count; i++) {
        int k = 0;
        while (k < count && strcmp(kernel->constants.items[k].name, constants[i].name) != 0) k++;
        if (k == count || kernel->constants.items[k].value != constants[i].value) return false;
    }
    return true;
}

static bool was_measured(const TuningRecord *record, const char *variant) {
    for (int i = 0; i < record->measured.count; i++)
        if (strcmp(record->measured.items[i], variant) == 0) return true;
    return false;
}

// Whether the record compared all variants that there are now.
static bool compared_all(const TuningRecord *record, const Kernel *kernel) {
    for (int i = 0; i < ROW_COUNT; i++)
        if (strcmp(rows[i].variant.family, kernel->family) == 0 && fits(&rows[i], kernel) &&
            !was_measured(record, rows[i].variant.variant))
            return false;
    return true;
}

bool kernel_policy_forces(const KernelPolicy *policy, const char *family) {
    for (int i = 0; policy && i < policy->forced.count; i++) {
        const ForcedVariant *forced = &policy->forced.items[i];
        if (forced->family && strcmp(forced->family, family) != 0) continue;
        for (int row = 0; row < ROW_COUNT; row++)
            if (strcmp(rows[row].variant.family, family) == 0 &&
                strcmp(rows[row].variant.variant, forced->variant) == 0)
                return true;
    }
    return false;
}

static const Row *forced_row(const Kernel *kernel, const KernelPolicy *policy) {
    for (int i = 0; i < policy->forced.count; i++) {
        const ForcedVariant *forced = &policy->forced.items[i];
        const Row *row = find(kernel, forced->variant);
        if (row && (!forced->family || strcmp(forced->family, kernel->family) == 0)) return row;
    }
    return NULL;
}

static const Row *recorded_row(const Kernel *kernel, const KernelPolicy *policy, const char **name) {
    for (int i = 0; i < policy->records.count; i++) {
        const TuningRecord *record = &policy->records.items[i];
        if (!kernel_same_shape(kernel, record->family, record->constants.count, record->constants.items) ||
            !compared_all(record, kernel))
            continue;
        const Row *row = find(kernel, record->variant);
        if (!row) continue;
        *name = record->name;
        return row;
    }
    return NULL;
}

void kernel_choose(Arena *arena, Kernel *kernel, const KernelPolicy *policy) {
    const char *record = NULL;
    const Row *row = policy ? forced_row(kernel, policy) : NULL;
    kernel->because = KERNEL_FORCED;
    if (!row && policy && !kernel_in_bf16(kernel)) {
        row = recorded_row(kernel, policy, &record);
        if (row) kernel->because = arena_printf(arena, "record %s", record);
    }
    if (!row) {
        row = first_fitting(kernel);
        kernel->because = KERNEL_FIRST;
    }
    kernel->variant = row->variant.variant;
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

// --- --variant-set ---

// The names of variants that can be forced (of one family, unless NULL), each once, as a list for people.
static const char *variant_names(Arena *arena, const char *family) {
    List(const char *) names = {0};
    const char *text = "";
    for (int i = 0; i < ROW_COUNT; i++) {
        const char *name = rows[i].variant.variant;
        int k = 0;
        if (family && strcmp(rows[i].variant.family, family) != 0) continue;
        if (kernel_form_rounds(rows[i].variant.form)) continue;
        while (k < names.count && strcmp(names.items[k], name) != 0) k++;
        if (k < names.count) continue;
        list_add(arena, &names, name);
        text = arena_printf(arena, "%s%s%s", text, *text ? ", " : "", name);
    }
    return text;
}

static const char *family_names(Arena *arena) {
    const char *text = "";
    for (size_t i = 0; i < sizeof families / sizeof *families; i++)
        text = arena_printf(arena, "%s%s%s", text, *text ? ", " : "", families[i].name);
    return text;
}

static bool has_variant(const char *family, const char *variant) {
    for (int i = 0; i < ROW_COUNT; i++)
        if ((!family || strcmp(rows[i].variant.family, family) == 0) &&
            strcmp(rows[i].variant.variant, variant) == 0)
            return true;
    return false;
}

// Whether all variants of this name round operands: these are no choice of speed.
static bool only_rounds(const char *variant) {
    for (int i = 0; i < ROW_COUNT; i++)
        if (strcmp(rows[i].variant.variant, variant) == 0 && !kernel_form_rounds(rows[i].variant.form))
            return false;
    return true;
}

static const char *force_one(Arena *arena, KernelPolicy *policy, const char *item) {
    const char *equals = strchr(item, '=');
    const char *family = equals ? arena_copy(arena, item, (size_t)(equals - item)) : NULL;
    const char *variant = equals ? equals + 1 : item;
    if (!family && strcmp(variant, "best") == 0) return NULL;
    if (family && !find_family(family))
        return arena_printf(arena, "there is no kernel family '%s'; there are %s", family,
                            family_names(arena));
    if (!has_variant(family, variant))
        return family ? arena_printf(arena, "%s has no variant '%s'; it has %s", family, variant,
                                     variant_names(arena, family))
                      : arena_printf(arena, "no kernel has a variant '%s'; there are best, %s", variant,
                                     variant_names(arena, NULL));
    if (only_rounds(variant))
        return arena_printf(arena,
                            "%s changes results: write `precision = %s` into the train section instead",
                            variant, variant);
    list_add(arena, &policy->forced, ((ForcedVariant){family, variant}));
    return NULL;
}

const char *kernel_policy_force(Arena *arena, KernelPolicy *policy, const char *text) {
    const char *wrong = NULL;
    for (const char *at = text; !wrong;) {
        size_t length = strcspn(at, ",");
        wrong = force_one(arena, policy, arena_copy(arena, at, length));
        if (!at[length]) break;
        at += length + 1;
    }
    return wrong;
}
