// `strokes`: a built-in data set that needs no file: ten digits, drawn, 28x28x1.
#ifndef RUNTIME_STROKES_H
#define RUNTIME_STROKES_H

#include "data.h"

enum { STROKES_SIZE = 28, STROKES_CLASSES = 10, STROKES_TRAIN = 4000, STROKES_TEST = 1000 };

// Draws the set, always the same. train or test may be NULL.
void strokes_load(const Program *program, Dataset *train, Dataset *test);

#endif
