#include "resolve/configure.h"
#include "resolve/dataset.h"
#include "resolve/expand.h"
#include "resolve/train.h"
#include <string.h>

static void not_built(Study *study, const Declaration *declaration, const char *what) {
    diagnose(study->diagnostics, SEVERITY_ERROR, E0601, declaration->item->header, "%s is not built yet",
             what);
}

// A model alone, as the file's defaults have it: what is found here needs no variant to be explained.
static void check_model(Study *study, const Declaration *model) {
    Choice choice = {.model = model};
    configure(study, &choice);
}

static void check_experiment(Study *study, const Declaration *declaration) {
    const Settings none = {0};
    const Experiment *experiment = experiment_read(study, declaration, &none);
    for (int i = 0; i < experiment->variants.count; i++) {
        const Variant *variant = &experiment->variants.items[i];
        if (!variant->good) continue;
        Choice choice = variant_choice(study, experiment, variant, &none);
        configure_or_skip(study, experiment, &choice);
    }
}

static void check_declaration(Study *study, const Declaration *declaration) {
    const Settings none = {0};
    Scope scope = scope_of_file(study, declaration->file, NULL);
    DataConfig data;
    TrainConfig train;
    switch (declaration->kind) {
    case DECLARATION_DATASET: dataset_configure(&scope, declaration, &none, &data); break;
    case DECLARATION_TRAIN: train_configure(&scope, declaration, &none, NULL, &train); break;
    case DECLARATION_AUGMENT: not_built(study, declaration, "augmentation"); break;
    case DECLARATION_ENSEMBLE: not_built(study, declaration, "an ensemble"); break;
    case DECLARATION_PARAM: param_value(&scope, declaration); break;
    default: break; // models and experiments follow; check_bodies has seen blocks
    }
}

void study_check(Study *study) {
    check_bodies(study);
    for (int i = 0; i < study->declarations.count; i++)
        check_declaration(study, study->declarations.items[i]);
    for (int i = 0; i < study->declarations.count; i++) {
        const Declaration *declaration = study->declarations.items[i];
        if (declaration->kind == DECLARATION_MODEL) check_model(study, declaration);
    }
    for (int i = 0; i < study->declarations.count; i++) {
        const Declaration *declaration = study->declarations.items[i];
        if (declaration->kind == DECLARATION_EXPERIMENT) check_experiment(study, declaration);
    }
}
