// A study: a `.cnn` file with what it uses, its names declared and checked; and its configurations, each of
// which is one thing to compile and run, with every parameter, default and variant applied.
#ifndef RESOLVE_STUDY_H
#define RESOLVE_STUDY_H

#include "ir/op.h"
#include "syntax/tree.h"

typedef struct Study Study;
struct Text;

// Reads the file and all it uses. NULL only if the file itself cannot be read (a message is given).
// zoo: the directory where `use` looks after the file's own.
Study *study_open(Arena *arena, const char *path, const char *zoo, Diagnostics *diagnostics);
Study *study_open_text(Arena *arena, const char *path, const char *text, size_t length, const char *zoo,
                       Diagnostics *diagnostics);

// Checks all of it: every block, model, train, experiment and variant. What it finds is in the diagnostics.
void study_check(Study *study);

typedef enum ValidationKind { VALIDATION_NONE, VALIDATION_FRACTION, VALIDATION_TEST } ValidationKind;

typedef struct DataConfig {
    const char *name;               // the data set's in the file; NULL: a model without data
    const char *kind;               // "mnist", ..., "idx", "cifar", "images", "npz"
    const char *const *arguments;   // NULL-terminated
    const char *const *class_names; // NULL, or `classes` strings
    int64_t height, width, channels, classes;
    ValidationKind validation;
    double fraction;
    int64_t seed;
} DataConfig;

// A call of a table's row with all its attributes: adam(lr = 0.001, ...).
typedef struct Bound {
    const Op *op; // NULL: none
    Attr *attrs;
    Span span;
} Bound;

typedef struct EarlyStop {
    bool present;
    const char *monitor; // "val.loss"
    int64_t patience;
    double min_delta;
    bool restore_best;
} EarlyStop;

typedef struct TrainConfig {
    const char *name; // NULL: the model is not trained
    Bound loss, optimizer, schedule;
    int64_t batch, epochs;
    bool bf16;           // matrix products round their operands to bf16
    Span precision_span; // of the property's value, if it is bf16
    EarlyStop early_stop;
} TrainConfig;

typedef struct Configuration {
    const char *model, *experiment, *variant; // experiment and variant may be NULL
    DataConfig data;
    TrainConfig train;
    Module *module; // function "model"; its `input` value has the data's shape, its last value is the output.
                    // NULL after errors
    Value *output;  // the logits (a final softmax that the loss owns is left out: `owns_softmax`)
    bool owns_softmax;          // the file has a softmax last and crossentropy without from_logits = true
    bool output_is_probability; // the output is a softmax's
    const struct Scope *scope;  // resolve/'s own
} Configuration;

// `--set NAME=VALUE` and the like: the path and the value's text.
typedef struct Override {
    const char *path, *value;
} Override;

// One configuration: of the model (NULL: the only one, or the experiment's), under a variant "m3" or
// "EXPERIMENT/m3" (NULL: none) with overrides. NULL after errors, which are in the diagnostics. A model that
// no experiment names is trained by the file's only `train`, if there is exactly one.
Configuration *study_configure(Study *study, const char *model, const char *variant, int override_count,
                               const Override *overrides);

typedef struct Run {
    const char *name; // "fashion22/m3/seed1"
    const char *experiment, *variant;
    int64_t seed;
    Configuration *configuration;
    Override *set; // the axes' values at this run
    int set_count;
} Run;
typedef List(Run) Runs;

// The runs of an experiment (NULL: the only one; a file without experiments: its model, one run
// "MODEL/base/seed1"). only: names of variants, or NULL; first_seed > last_seed: the file's seeds. Runs with
// equal resolved configurations are listed once.
Runs study_runs(Study *study, const char *experiment, int only_count, const char *const *only,
                int64_t first_seed, int64_t last_seed, int override_count, const Override *overrides);

// The resolved file of a configuration: every default, import, block and parameter written out. It is itself
// a valid file that gives the same configuration.
void configuration_print(const Configuration *configuration, struct Text *text);
// Without a variant: the whole file resolved, experiments too.
void study_print(Study *study, struct Text *text);

#endif
