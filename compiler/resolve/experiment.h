// An experiment's section: its settings, seeds and variants.
#ifndef RESOLVE_EXPERIMENT_H
#define RESOLVE_EXPERIMENT_H

#include "resolve/setting.h"

typedef struct Variant {
    const char *name;
    const Item *item;  // NULL: the `base` of an experiment that writes no variants
    Settings settings; // of those it starts from, then its own; the experiment's are not among them
    bool good;         // no errors in these
} Variant;

typedef struct Experiment {
    const Declaration *declaration;
    Settings settings; // written at its level
    List(Variant) variants;
    List(int64_t) seeds;
    bool skip_invalid;
    bool good; // no errors outside variants
} Experiment;

// Reads an experiment and reports what is wrong with it. overrides: settings of the command line, which may
// change the seeds too.
Experiment *experiment_read(Study *study, const Declaration *declaration, const Settings *overrides);
const Variant *experiment_variant(const Experiment *experiment, const char *name); // NULL if there is none
const char *const *variant_names(Arena *arena, const Experiment *experiment);      // for suggestions

#endif
