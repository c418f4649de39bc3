// Watching one metric from epoch to epoch: for early stopping, for the best weights, for rates that fall on
// a plateau.
#ifndef RUNTIME_EARLY_STOP_H
#define RUNTIME_EARLY_STOP_H

#include "results.h"
#include "settings.h"

// Its state follows from the epochs' rows alone, so a resumed run replays them.
typedef struct Watch {
    const char *monitor; // "val.loss"; NULL: each epoch counts as the best so far
    bool higher_is_better;
    double min_delta;
    int patience; // epochs without improvement after which it is over; -1: never
    double best;
    int best_epoch; // 0 before the first epoch
    int waited;     // epochs since the best, or since the owner last set it to 0
} Watch;

Watch watch_create(const char *monitor, double min_delta, int patience);

// Takes an epoch's row. True if it improved: it is better than the best by more than min_delta.
bool watch_epoch(Watch *watch, const EpochResult *row);

// True if the patience is used up.
bool watch_is_over(const Watch *watch);

// What the settings ask for: early_stop's metric, or val.loss without early stopping, or nothing without a
// validation split. A metric that needs the missing split ends the program: usage.
Watch watch_for_best(const Settings *settings, bool has_validation);

// True if the file has early stopping that restores the best weights.
bool restores_best(const Settings *settings);

#endif
