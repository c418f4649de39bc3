#include "split.h"
#include "data_file.h"
#include "order.h"
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

// How many of each class go to the validation part: the whole part of each class's share, then one more for
// the classes with the largest remainders (the lowest class first) until the total is right.
static void share_out(const size_t *class_counts, int classes, size_t count, size_t total, size_t *shares) {
    int64_t *remainders = data_allocate_zeroed((size_t)classes, sizeof *remainders);
    size_t given = 0;
    for (int c = 0; c < classes && total > 0; c++) {
        shares[c] = class_counts[c] * total / count;
        remainders[c] = (int64_t)(class_counts[c] * total % count);
        given += shares[c];
    }
    // The remainders add up to what is missing times count, so no more classes are served than have one.
    while (given < total) {
        int largest = 0;
        for (int c = 1; c < classes; c++) {
            if (remainders[c] > remainders[largest]) largest = c;
        }
        shares[largest]++;
        remainders[largest] = 0;
        given++;
    }
    free(remainders);
}

// Marks, of each class, as many images as its share says, the first in a permutation of the class's images.
static void choose(const int32_t *labels, size_t count, int classes, const size_t *class_counts,
                   const size_t *shares, uint64_t seed, bool *chosen) {
    uint32_t *members = data_allocate(count, sizeof *members);
    for (int c = 0; c < classes; c++) {
        if (shares[c] == 0) continue;
        size_t found = 0;
        for (size_t i = 0; i < count; i++) {
            if (labels[i] == c) members[found++] = (uint32_t)i;
        }
        Permutation order = permutation_create(seed, RANDOM_SPLIT, (uint64_t)c, (uint32_t)class_counts[c]);
        for (size_t i = 0; i < shares[c]; i++) chosen[members[permutation_at(&order, (uint32_t)i)]] = true;
    }
    free(members);
}

Split split_stratified(const int32_t *labels, size_t count, int classes, double fraction, uint64_t seed) {
    size_t total = (size_t)llround(fraction * (double)count);
    if (fraction > 0 && count > 1) {
        if (total < 1) total = 1;
        if (total > count - 1) total = count - 1;
    }
    size_t *class_counts = data_allocate_zeroed((size_t)classes, sizeof *class_counts);
    size_t *shares = data_allocate_zeroed((size_t)classes, sizeof *shares);
    bool *chosen = data_allocate_zeroed(count, sizeof *chosen);
    for (size_t i = 0; i < count; i++) class_counts[labels[i]]++;
    share_out(class_counts, classes, count, total, shares);
    choose(labels, count, classes, class_counts, shares, seed, chosen);

    Split split = {
        .train = data_allocate(count - total, sizeof *split.train),
        .validation = data_allocate(total, sizeof *split.validation),
    };
    for (size_t i = 0; i < count; i++) {
        if (chosen[i]) {
            split.validation[split.validation_count++] = (uint32_t)i;
        } else {
            split.train[split.train_count++] = (uint32_t)i;
        }
    }
    free(class_counts);
    free(shares);
    free(chosen);
    return split;
}

void split_free(Split *split) {
    free(split->train);
    free(split->validation);
    *split = (Split){0};
}
