#include "keep.h"
#include "checkpoint.h"
#include "data_file.h"
#include "events.h"
#include "run_folder.h"
#include "weights.h"

#include <stdlib.h>
#include <string.h>

// Where the parameters end in the arena.
static size_t parameters_end(const Program *program) {
    size_t end = 0;
    for (int i = 0; i < program->parameter_count; i++) {
        const Parameter *parameter = &program->parameters[i];
        size_t last = parameter->offset + weights_parameter_count(parameter) * sizeof(real);
        if (last > end) end = last;
    }
    return end;
}

// The order of the files is what makes a killed run resumable at any moment: the checkpoint comes last, and
// whatever is newer than it is made again with the same bytes.
static void *write_epoch(void *argument) {
    const Training *training = argument;
    const Keeping *keeping = &training->keeping;
    char *best = run_folder_path(training->folder, "weights/best.safetensors");
    char *last = run_folder_path(training->folder, "weights/last.safetensors");
    char *results = run_folder_path(training->folder, "results.csv");
    if (keeping->is_best) checkpoint_save_weights(best, &keeping->state);
    results_write(&training->results, results);
    events_append(training->events, training->started, &training->results);
    checkpoint_save(last, &keeping->state, training->epoch);
    free(best);
    free(last);
    free(results);
    return NULL;
}

void keep_begin(Training *training, bool is_best) {
    Keeping *keeping = &training->keeping;
    const Instance *instance = &training->instance;
    size_t bytes = parameters_end(instance->program);
    if (!keeping->parameters) {
        keeping->parameters = data_allocate(bytes, 1);
        keeping->values = data_allocate(1, sizeof(Values));
    }
    memcpy(keeping->parameters, instance->arena, bytes);
    memcpy(keeping->values, instance->values, sizeof(Values));
    keeping->state = *instance;
    keeping->state.arena = keeping->parameters;
    keeping->state.values = keeping->values;
    keeping->is_best = is_best;
    keeping->running = pthread_create(&keeping->thread, NULL, write_epoch, training) == 0;
    if (!keeping->running) write_epoch(training);
}

void keep_finish(Training *training) {
    Keeping *keeping = &training->keeping;
    if (keeping->running) pthread_join(keeping->thread, NULL);
    keeping->running = false;
}

void keep_free(Training *training) {
    keep_finish(training);
    free(training->keeping.parameters);
    free(training->keeping.values);
    training->keeping = (Keeping){0};
}
