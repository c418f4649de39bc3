// What every patch_moments kernel does at its end.
#ifndef KERNELS_PATCH_MERGE_H
#define KERNELS_PATCH_MERGE_H

#include "kernel.h"

// Merges an image into moments [length + 2][length] (ref/patch_moments.h): `mean` of its `count` patches, and
// products[i][j], i <= j, the sums of the products of differences from it (Chan, Golub, LeVeque, 1979).
static inline void patch_merge(real *restrict moments, const ptrdiff_t length, const real *restrict mean,
                               const real *restrict products, const ptrdiff_t patches) {
    real *means = moments + length * length, *counts = means + length;
    const real count = (real)patches, before = counts[0], share = count / (before + count);
    for (ptrdiff_t i = 0; i < length; i++)
        for (ptrdiff_t j = i; j < length; j++) {
            const real apart = (mean[i] - means[i]) * (mean[j] - means[j]);
            moments[i * length + j] += products[i * length + j] + apart * before * share;
            moments[j * length + i] = moments[i * length + j];
        }
    for (ptrdiff_t i = 0; i < length; i++) {
        means[i] += (mean[i] - means[i]) * share;
        counts[i] += count;
    }
}

#endif
