#include "parameters.h"
#include "weights.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

// Not getrusage's ru_maxrss: that begins with what the process that started this one had.
double peak_rss_mb(void) {
    FILE *status = fopen("/proc/self/status", "r");
    char line[256];
    double kilobytes = 0;
    if (!status) return 0;
    while (fgets(line, sizeof line, status))
        if (strncmp(line, "VmHWM:", 6) == 0) kilobytes = strtod(line + 6, NULL);
    fclose(status);
    return kilobytes / 1024;
}
