#include "ir/op.h"

#include <string.h>

#define OP(name) extern const Op op_##name;
#include "ops/ops.def"
#undef OP

const Op *const op_table[] = {
#define OP(name) &op_##name,
#include "ops/ops.def"
#undef OP
    NULL};

// Names of these may be those of other rows: `constant` is a schedule and an initializer.
enum { NAMED_APART = OP_SCHEDULE | OP_INITIALIZER };

const Op *op_find(const char *name) {
    for (const Op *const *op = op_table; *op; op++)
        if (!((*op)->flags & NAMED_APART) && strcmp((*op)->name, name) == 0) return *op;
    return NULL;
}

const Op *op_find_kind(const char *name, unsigned flags) {
    for (const Op *const *op = op_table; *op; op++)
        if (((*op)->flags & flags) && strcmp((*op)->name, name) == 0) return *op;
    return NULL;
}

int op_attribute(const Op *op, const char *name) {
    for (int i = 0; i < op->attribute_count; i++)
        if (strcmp(op->attributes[i].name, name) == 0) return i;
    return -1;
}
