// One row an epoch: what results.csv, the events and the curves show, and what early stopping looks at.
#ifndef RUNTIME_RESULTS_H
#define RUNTIME_RESULTS_H

#include <stdbool.h>
#include <stddef.h>

// val.* are NaN where there is no validation split, top(k) where it is not counted.
typedef struct EpochResult {
    int epoch; // from 1
    double lr; // of the epoch's last step
    double train_loss, train_accuracy, val_loss, val_accuracy;
    double seconds, images_per_second; // training alone, without the validation
    double train_top, val_top;
} EpochResult;

typedef struct Results {
    EpochResult *rows;
    int count;
    int top; // k of top(k); 0: no such columns
} Results;

Results results_create(int top);
void results_free(Results *results);
void results_add(Results *results, EpochResult row);

// The file appears whole or not at all; numbers read back as the same doubles.
void results_write(const Results *results, const char *path);

// Reads the first `count` rows back; a file that has fewer, or others, ends the program.
void results_read(Results *results, const char *path, int count);

// The sum of the epochs' seconds, and the images a second over all of them.
double results_seconds(const Results *results);
double results_images_per_second(const Results *results);

// "val.loss" and the like; NaN for an unknown name.
double result_value(const EpochResult *row, const char *name);

// Calls `visit` for each metric of the row (train.loss, ..., lr) that is a number.
typedef void VisitMetric(void *context, const char *name, double value);
void result_metrics(const Results *results, const EpochResult *row, VisitMetric *visit, void *context);

#endif
