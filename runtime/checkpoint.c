#include "checkpoint.h"
#include "fail.h"
#include "weights.h"

#include <limits.h>
#include <math.h>
#include <string.h>

static void save(const char *path, const Instance *instance, bool whole, const WeightsCounter *counters,
                 int count) {
    const Program *program = instance->program;
    SafetensorsMetadata metadata[] = {
        {"format", "pt"}, {"model", program->model}, {"program", program->hash}, {"cnnc", program->version}};
    WeightsExtras extras = {counters, count, metadata, sizeof metadata / sizeof *metadata};
    weights_save(path, program, instance->arena, whole, &extras);
}

void checkpoint_save_weights(const char *path, const Instance *instance) {
    save(path, instance, false, NULL, 0);
}

void checkpoint_save(const char *path, const Instance *instance, int epoch) {
    WeightsCounter counters[] = {{"epoch", epoch}, {"step", (double)instance->values->step}};
    save(path, instance, true, counters, 2);
}

static double counter(const Safetensors *file, const char *path, const char *name, double maximum) {
    double value;
    if (!weights_counter(file, name, &value))
        fail("%s: it is no checkpoint: it has no optimizer.%s", path, name);
    if (!(value >= 0 && value <= maximum && value == floor(value)))
        fail("%s: optimizer.%s is damaged: it is %g", path, name, value);
    return value;
}

int checkpoint_load(const char *path, Instance *instance) {
    Safetensors file = safetensors_read(path);
    const char *hash = safetensors_metadata(&file, "program");
    if (!hash || strcmp(hash, instance->program->hash) != 0)
        fail("%s: it was written by another program (%s, this one is %s); start a new run with another --out",
             path, hash ? hash : "unknown", instance->program->hash);
    int epoch = (int)counter(&file, path, "epoch", INT_MAX);
    instance->values->step = (uint64_t)counter(&file, path, "step", 9007199254740992.0);
    weights_restore(&file, instance->program, instance->arena, true);
    safetensors_free(&file);
    return epoch;
}
