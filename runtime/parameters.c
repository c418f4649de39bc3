#include "parameters.h"
#include "weights.h"

#include <sys/resource.h>

int64_t parameter_total(const Program *program) {
    int64_t total = 0;
    for (int i = 0; i < program->parameter_count; i++)
        if (program->parameters[i].kind != PARAMETER_OPTIMIZER)
            total += (int64_t)weights_parameter_count(&program->parameters[i]);
    return total;
}

int64_t parameter_trainable(const Program *program) {
    int64_t total = 0;
    for (int i = 0; i < program->parameter_count; i++)
        if (program->parameters[i].kind == PARAMETER_WEIGHT && !program->parameters[i].frozen)
            total += (int64_t)weights_parameter_count(&program->parameters[i]);
    return total;
}

double peak_rss_mb(void) {
    struct rusage usage;
    return getrusage(RUSAGE_SELF, &usage) == 0 ? (double)usage.ru_maxrss / 1024 : 0; // Linux counts in KiB
}
