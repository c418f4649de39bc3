// One configuration from a study: which model, trained how, on what, with which settings.
#ifndef RESOLVE_CONFIGURE_H
#define RESOLVE_CONFIGURE_H

#include "resolve/experiment.h"

typedef struct Choice {
    const Declaration *model;      // NULL: what the settings or the file say
    const Declaration *experiment; // NULL: none
    const char *variant;           // NULL: none
    const char *described; // for notes: "variant m11 of fashion22 (stride1 = 5)"; NULL: nothing to say
    Settings settings;     // in their order: the experiment's, the variant's, the command line's
} Choice;

// Builds it and checks all of it. NULL after errors.
Configuration *configure(Study *study, const Choice *choice);

// The same for a variant of an experiment that may say `invalid = skip`: then what makes its model impossible
// is one note, and it is left out.
Configuration *configure_or_skip(Study *study, const Experiment *experiment, const Choice *choice);

// What makes a variant of an experiment.
Choice variant_choice(Study *study, const Experiment *experiment, const Variant *variant,
                      const Settings *overrides);

// The declarations of a kind in the study's own file, or, if it has none, in those it uses.
typedef List(const Declaration *) Declared;
Declared study_declared(const Study *study, DeclarationKind kind);

#endif
