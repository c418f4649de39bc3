// Sums over a program's parameters, and its memory.
#ifndef RUNTIME_PARAMETERS_H
#define RUNTIME_PARAMETERS_H

#include "program.h"

// Weights and running statistics, as Keras counts them; the trainable ones are weights that are not frozen.
int64_t parameter_total(const Program *program);
int64_t parameter_trainable(const Program *program);

// The most memory this process has had, in MiB.
double peak_rss_mb(void);

#endif
