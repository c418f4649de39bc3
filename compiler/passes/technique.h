// Techniques that can be switched off (--without), to see what each one gives: the passes that have one ask
// here whether they may use it.
#ifndef PASSES_TECHNIQUE_H
#define PASSES_TECHNIQUE_H

#include "ir/ir.h"

typedef enum Technique {
#define TECHNIQUE(identifier, name, help) TECHNIQUE_##identifier,
#include "passes/techniques.def"
#undef TECHNIQUE
    TECHNIQUE_COUNT
} Technique;

typedef struct TechniqueRow {
    const char *name, *help;
} TechniqueRow;

extern const TechniqueRow technique_rows[TECHNIQUE_COUNT];
// The number of the technique of this name (`length` bytes); -1 if there is none.
int technique_find(const char *name, size_t length);
// Its bit in a set, such as Module.without.
uint64_t technique_bit(Technique technique);
bool technique_enabled(const Module *module, Technique technique);

#endif
