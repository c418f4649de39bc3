// The validation split: shuffled, stratified, seeded.
#ifndef RUNTIME_SPLIT_H
#define RUNTIME_SPLIT_H

#include <stddef.h>
#include <stdint.h>

typedef struct Split {
    uint32_t *train, *validation; // numbers of images, each ascending
    size_t train_count, validation_count;
} Split;

// Divides images 0 .. count-1. The validation part has round(fraction * count) of them (at least one and not
// all where 0 < fraction and 1 < count), from each class its share, by largest remainders. fraction 0 gives
// an empty validation part. Depends on nothing but its arguments; release with split_free.
Split split_stratified(const int32_t *labels, size_t count, int classes, double fraction, uint64_t seed);
void split_free(Split *split);

#endif
