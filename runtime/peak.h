// The machine's limits, measured.
#ifndef RUNTIME_PEAK_H
#define RUNTIME_PEAK_H

#include "program.h"

// Floating-point operations a second (fp32, a fused multiply-add counts as two) that the frame's threads
// reach together on registers alone, with the widest vectors the processor has: the median of several
// measurements.
double peak_flops(const Frame *frame, int threads);

// Bytes a second, read and written, of copying memory that no cache holds with the frame's threads: the
// median of several measurements; 0 where the memory for it cannot be had. It takes four times the last cache
// twice, so the process's peak of memory is to be read before.
double copy_bandwidth(const Frame *frame, int threads);

#endif
