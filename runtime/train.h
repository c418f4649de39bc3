// One run of training, from its first epoch or from a checkpoint.
#ifndef RUNTIME_TRAIN_H
#define RUNTIME_TRAIN_H

#include "data_lists.h"
#include "early_stop.h"
#include "instance.h"
#include "schedule.h"

#include <pthread.h>

// keep.h's: the state of an epoch that is being written.
typedef struct Keeping {
    pthread_t thread;
    bool running, is_best;
    char *parameters; // a copy of the arena's beginning, as far as parameters reach
    Values *values;   // and one of the values, without slots
    Instance state;   // the training's, with these two
} Keeping;

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
    Keeping keeping;
    double started; // when the run began, in seconds since 1970
} Training;

// Trains to the last epoch or to the early stop; after each epoch the folder gets its row and its checkpoint,
// and has all of them in the end. A loss that is no number ends the program.
void train_epochs(Training *training);

// Evaluates the weights that count on all splits, and writes and prints what a run ends with.
void train_finish(Training *training);

#endif
