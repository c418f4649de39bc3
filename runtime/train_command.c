// X train: prepares a run or takes one up again, and lets it go.
#include "checkpoint.h"
#include "commands.h"
#include "data_file.h"
#include "events.h"
#include "fail.h"
#include "initialize.h"
#include "run_folder.h"
#include "run_record.h"
#include "train.h"
#include "weights.h"

#include <stdlib.h>
#include <string.h>

static void put_resolved(const Training *training) {
    const char *path = training->options->resolved;
    size_t size = 0;
    char *bytes = path ? (char *)data_read_file(path, &size) : NULL;
    char *text = path ? data_format("%.*s", (int)size, bytes) : NULL;
    run_folder_put(training->folder, "resolved.cnn", path ? text : training->program->resolved);
    free(bytes);
    free(text);
}

// Gives normalization layers the statistics of the train split.
static void adapt(const Training *training) {
    const ImageList *list = &training->lists.train;
    for (size_t first = 0; first < list->count;) {
        int n = instance_load(&training->instance, list, first);
        Frame frame = instance_frame(&training->instance, list->data, n);
        training->program->adapt(&frame);
        first += (size_t)n;
    }
}

// Weights from a file come with their statistics.
static void put_initial_weights(Training *training) {
    initialize_parameters(training->program, training->instance.arena, training->instance.values->seed);
    if (training->options->weights)
        weights_load(training->options->weights, training->program, training->instance.arena, false);
    else if (training->program->adapt)
        adapt(training);
}

static void begin_new(Training *training, cJSON *record) {
    put_initial_weights(training);
    put_resolved(training);
    training->started = run_record_started(record);
    run_folder_put_json(training->folder, "run.json", record);
}

// Brings back the state after the last whole epoch; early stopping and schedule follow from the rows.
static void take_up(Training *training, cJSON *record) {
    char *run = run_folder_path(training->folder, "run.json");
    char *last = run_folder_path(training->folder, "weights/last.safetensors");
    char *results = run_folder_path(training->folder, "results.csv");
    cJSON *recorded = run_record_read(run);
    run_record_check(recorded, record, run);
    training->started = run_record_started(recorded);
    if (data_is_file(last)) {
        training->epoch = checkpoint_load(last, &training->instance);
        results_read(&training->results, results, training->epoch);
    } else {
        put_initial_weights(training);
    }
    for (int i = 0; i < training->epoch; i++) {
        schedule_epoch(&training->schedule, &training->results.rows[i]);
        watch_epoch(&training->best, &training->results.rows[i]);
    }
    cJSON_Delete(recorded);
    cJSON_Delete(record);
    free(run);
    free(last);
    free(results);
}

static void prepare(Training *training, const Program *program, const Options *options) {
    *training =
        (Training){.program = program, .options = options, .settings = options_settings(program, options)};
    uint64_t seed = options_seed(&training->settings, options);
    int threads = options_threads(options);
    data_lists_load(&training->lists, program, options, &training->settings, DATA_PART_ALL);
    bool has_validation = training->lists.validation.count > 0;
    size_t batch = (size_t)program->batch, steps = (training->lists.train.count + batch - 1) / batch;
    training->epochs = (int)settings_number(&training->settings, "train.epochs", 1);
    training->schedule =
        schedule_create(&training->settings, (double)steps, training->epochs, has_validation);
    training->best = watch_for_best(&training->settings, has_validation);
    training->results = results_create(options->top);
    training->instance = instance_create(program, threads, settings_values(&training->settings, seed, false));
    training->instance.class_names = training->lists.class_names;
    cJSON *record = run_record_create(program, options, &training->settings, &training->lists, seed, threads);
    training->folder = run_folder_open(program, options);
    if (options->resume && run_folder_has(training->folder, "run.json"))
        take_up(training, record);
    else
        begin_new(training, record);
    training->events = events_begin(training->folder, training->started, &training->results);
}

static void release(Training *training) {
    instance_free(&training->instance);
    data_lists_free(&training->lists);
    settings_free(&training->settings);
    results_free(&training->results);
    free(training->folder);
    free(training->events);
}

int train_command(const Program *program, const Options *options) {
    if (!program->has_loss)
        fail("model '%s' cannot be trained: its file has no train section for it", program->model);
    Training training;
    prepare(&training, program, options);
    if (run_folder_has(training.folder, "metrics.json")) {
        note("%s is finished: %d epochs; nothing is left to do", training.folder, training.epoch);
    } else {
        if (options->resume && training.epoch)
            note("going on with %s after epoch %d of %d", training.folder, training.epoch, training.epochs);
        say_when_interrupted(data_format(
            "interrupted; train --resume --out %s goes on after the last whole epoch", training.folder));
        train_epochs(&training);
        train_finish(&training);
        say_when_interrupted(NULL);
    }
    release(&training);
    return EXIT_FINE;
}
