#include "checkpoint.h"
#include "data_file.h"
#include "fail.h"
#include "weights.h"

#include <cjson/cJSON.h>
#include <limits.h>
#include <math.h>
#include <string.h>

static void save(const char *path, const Instance *instance, bool whole, const WeightsCounter *counters,
                 int count) {
    const Program *program = instance->program;
    cJSON *names = instance->class_names
                       ? cJSON_CreateStringArray((const char *const *)instance->class_names, program->classes)
                       : NULL;
    char *classes = names ? cJSON_PrintUnformatted(names) : NULL;
    SafetensorsMetadata metadata[] = {{"format", "pt"},
                                      {"model", program->model},
                                      {"program", program->hash},
                                      {"cnnc", program->version},
                                      {"classes", classes}};
    WeightsExtras extras = {counters, count, metadata, classes ? 5 : 4};
    weights_save(path, program, instance->arena, whole, &extras);
    cJSON_free(classes);
    cJSON_Delete(names);
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

char **checkpoint_class_names(const char *path, int classes) {
    Safetensors file = safetensors_read(path);
    const char *text = safetensors_metadata(&file, "classes");
    cJSON *list = text ? cJSON_Parse(text) : NULL, *name;
    bool fits = cJSON_IsArray(list) && cJSON_GetArraySize(list) == classes;
    cJSON_ArrayForEach(name, list) fits = fits && cJSON_IsString(name);
    char **names = fits ? data_allocate((size_t)classes, sizeof *names) : NULL;
    int count = 0;
    if (fits) cJSON_ArrayForEach(name, list) names[count++] = data_format("%s", name->valuestring);
    cJSON_Delete(list);
    safetensors_free(&file);
    return names;
}
