// The weights' files of a run.
#ifndef RUNTIME_CHECKPOINT_H
#define RUNTIME_CHECKPOINT_H

#include "instance.h"

// Weights and statistics alone, with what they belong to in the metadata: model, program, the names of
// classes.
void checkpoint_save_weights(const char *path, const Instance *instance);

// Everything a run needs to go on after `epoch` epochs: the optimizer's state and the counters too. The rest
// (early stopping, the schedule) follows from results.csv, which is written before.
void checkpoint_save(const char *path, const Instance *instance, int epoch);

// Reads that back, sets values->step, and returns the epoch. A file of another program ends this one.
int checkpoint_load(const char *path, Instance *instance);

// The names of classes that a file of weights was written with, `classes` strings to be released with
// data_free_class_names, or NULL if it has none.
char **checkpoint_class_names(const char *path, int classes);

#endif
