#include "passes/technique.h"

#include <string.h>

const TechniqueRow technique_rows[TECHNIQUE_COUNT] = {
#define TECHNIQUE(identifier, name, help) {name, help},
#include "passes/techniques.def"
#undef TECHNIQUE
};

int technique_find(const char *name, size_t length) {
    for (int i = 0; i < TECHNIQUE_COUNT; i++)
        if (strlen(technique_rows[i].name) == length && strncmp(technique_rows[i].name, name, length) == 0)
            return i;
    return -1;
}

uint64_t technique_bit(Technique technique) {
    return UINT64_C(1) << technique;
}

bool technique_enabled(const Module *module, Technique technique) {
    return (module->without & technique_bit(technique)) == 0;
}
