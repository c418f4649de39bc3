// What is seen on stderr while a run goes on: a bar on a terminal, and a line for each epoch.
#ifndef RUNTIME_PROGRESS_H
#define RUNTIME_PROGRESS_H

#include "metrics.h"
#include "results.h"

typedef struct Progress {
    bool terminal;
    int epoch, epochs;
    size_t images;       // in an epoch
    double began, shown; // seconds of the clock
} Progress;

// Seconds of a clock that only goes forward.
double clock_seconds(void);

Progress progress_begin(int epoch, int epochs, size_t images);
// Shows how far the epoch is, at most ten times a second and only on a terminal.
void progress_show(Progress *progress, const Tally *tally);
// The epoch's line.
void progress_end(const Progress *progress, const Results *results, const EpochResult *row, bool best);

#endif
