// The processor's limit, measured.
#ifndef RUNTIME_PEAK_H
#define RUNTIME_PEAK_H

#include "program.h"

// Floating-point operations a second (fp32, a fused multiply-add counts as two) that the frame's threads
// reach together on registers alone, with the widest vectors the processor has: the median of several
// measurements.
double peak_flops(const Frame *frame, int threads);

#endif
