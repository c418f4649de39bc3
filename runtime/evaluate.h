// Whole sets through a model in evaluation mode.
#ifndef RUNTIME_EVALUATE_H
#define RUNTIME_EVALUATE_H

#include "metrics.h"

// Evaluates every image of the list, batch after batch, into a cleared tally; the images' probabilities go to
// `probabilities` [count][classes] where it is not NULL.
void evaluate_list(const Instance *instance, const ImageList *list, Tally *tally, float *probabilities);

#endif
