// What is counted over a whole set of images, and the metrics that follow from it.
#ifndef RUNTIME_METRICS_H
#define RUNTIME_METRICS_H

#include "instance.h"

// Sums over images, taken in the images' order. Row `true class`, column `predicted class` of the confusion.
typedef struct Tally {
    int classes, top; // top(k) is counted for k = top; 0: it is not
    size_t images, right, in_top;
    double loss_sum; // with the penalty, once for each image
    size_t *confusion;
} Tally;

Tally tally_create(int classes, int top);
void tally_free(Tally *tally);
void tally_clear(Tally *tally);

// Adds the batch of n images that a step has just left in the arena, and returns the batch's mean loss
// (NaN for a model without loss).
double tally_add(Tally *tally, const Instance *instance, int n);

double tally_loss(const Tally *tally);
double tally_accuracy(const Tally *tally);
double tally_top(const Tally *tally);

// A measure with one number a class, and its plain and its support-weighted mean.
typedef struct Measure {
    double macro, weighted;
    double *per_class;
} Measure;

// As scikit-learn computes them: where nothing was predicted or nothing is there, the quotient is 0.
typedef struct ClassMetrics {
    int classes;
    Measure precision, recall, f1;
    size_t *support;
} ClassMetrics;

ClassMetrics class_metrics(const Tally *tally);
void class_metrics_free(ClassMetrics *metrics);

// The first of the largest of `count` numbers.
int largest(const real *numbers, int count);

// Probabilities from what lies in the logits' place.
void probabilities_from(const Program *program, const real *logits, float *probabilities);

#endif
