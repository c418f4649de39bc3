// The run's numbers for TensorBoard: events.out.tfevents.*
#ifndef RUNTIME_EVENTS_H
#define RUNTIME_EVENTS_H

#include "results.h"

// Writes the file of a run's folder anew from all rows, and returns its path for the caller to free(). A file
// that is there already keeps its name. `started` is when the run began, in seconds since 1970.
char *events_begin(const char *folder, double started, const Results *results);

// Appends the last row. A reader skips a record that is cut off, so this needs no second file.
void events_append(const char *path, double started, const Results *results);

#endif
