// The built-in sets that are read from their original files: mnist, fashion_mnist, cifar10.
#ifndef RUNTIME_DATA_KNOWN_H
#define RUNTIME_DATA_KNOWN_H

#include "data.h"

enum { KNOWN_CLASSES = 10 }; // of each of them

typedef struct KnownSet KnownSet;

// The set of that kind, or NULL.
const KnownSet *known_set(const char *kind);

// Its KNOWN_CLASSES class names.
const char *const *known_class_names(const KnownSet *set);

// Finds, reads and checks its files (without class names); train or test may be NULL.
void known_load(const KnownSet *known, const Program *program, const char *directory, Dataset *train,
                Dataset *test);

#endif
