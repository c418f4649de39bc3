// Statistics over all images and pixels of the batch, for batchnorm and normalization.
#ifndef OPS_MOMENTS_H
#define OPS_MOMENTS_H

#include "ops/rules.h"

// moments(x) -> [3][C]: rows mean, biased variance, count.
enum { MOMENT_MEAN, MOMENT_VARIANCE, MOMENT_COUNT, MOMENT_ROWS };

extern const Op op_moments;

#endif
