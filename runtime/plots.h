// The run's pictures, drawn by gnuplot where it is installed.
#ifndef RUNTIME_PLOTS_H
#define RUNTIME_PLOTS_H

#include "metrics.h"
#include "results.h"

// Writes curves.png and confusion_matrix.png into the folder. Without gnuplot, or where it fails, one line
// says so, and the run goes on.
void plots_write(const char *folder, const char *model, const Results *results, const Tally *test,
                 char *const *class_names);

#endif
