// The learning rate of each step.
#ifndef RUNTIME_SCHEDULE_H
#define RUNTIME_SCHEDULE_H

#include "early_stop.h"

typedef struct Schedule {
    const char *kind;   // program.schedule
    double base;        // optimizer.lr
    double total_steps; // of all epochs
    double every, factor, warmup_steps, final, maximum, minimum;
    Watch plateau; // on_plateau's
    double scale;  // what on_plateau has multiplied the rate by so far
} Schedule;

// From the settings: optimizer.lr and schedule.*. A metric to look at that needs the missing validation split
// ends the program: usage.
Schedule schedule_create(const Settings *settings, double steps_in_epoch, double epochs, bool has_validation);

// The rate of step `step` (from 0, over all epochs) in epoch `epoch` (from 1).
double schedule_rate(const Schedule *schedule, uint32_t epoch, uint64_t step);

// Takes an epoch's row; on_plateau lowers the rate after too many without improvement.
void schedule_epoch(Schedule *schedule, const EpochResult *row);

#endif
