// One run of training, from its first epoch or from a checkpoint.
#ifndef RUNTIME_TRAIN_H
#define RUNTIME_TRAIN_H

#include "data_lists.h"
#include "early_stop.h"
#include "instance.h"
#include "schedule.h"

typedef struct Training {
    const Program *program;
    const Options *options;
    Settings settings;
    DataLists lists;
    Instance instance;
    Schedule schedule;
    Watch best;
    Results results;
    int epoch, epochs; // done, and to do
    char *folder, *events;
    double started; // when the run began, in seconds since 1970
} Training;

// Trains to the last epoch or to the early stop; after each epoch the folder has its row and its checkpoint.
// A loss that is no number ends the program.
void train_epochs(Training *training);

// Evaluates the weights that count on all splits, and writes and prints what a run ends with.
void train_finish(Training *training);

#endif
