// What a run ends with: the weights that count, evaluated on every split, and the files about it.
#include "checkpoint.h"
#include "data_file.h"
#include "evaluate.h"
#include "fail.h"
#include "npy.h"
#include "parameters.h"
#include "plots.h"
#include "report.h"
#include "run_folder.h"
#include "train.h"
#include "weights.h"

#include <stdio.h>
#include <stdlib.h>

enum { MOST_PRINTED_CLASSES = 20 };

static void restore_best(Training *training) {
    if (!restores_best(&training->settings)) return;
    char *path = run_folder_path(training->folder, "weights/best.safetensors");
    weights_load(path, training->program, training->instance.arena, false);
    free(path);
}

static void write_predictions(const Training *training, const float *probabilities) {
    char *path = run_folder_path(training->folder, "predictions.npy");
    int64_t shape[] = {(int64_t)training->lists.test.count, training->program->classes};
    npy_write(path, DATA_F32, 2, shape, probabilities);
    free(path);
}

static cJSON *evaluated(const Training *training, const ImageList *list) {
    if (!list->count) return cJSON_CreateNull();
    Tally tally = tally_create(training->program->classes, training->options->top);
    evaluate_list(&training->instance, list, &tally, NULL);
    cJSON *object = tally_json(&tally, false);
    tally_free(&tally);
    return object;
}

static cJSON *metrics_document(const Training *training, const Tally *test) {
    cJSON *document = cJSON_CreateObject();
    bool stopped = watch_is_over(&training->best);
    cJSON_AddNumberToObject(document, "best_epoch", training->best.best_epoch);
    cJSON_AddItemToObject(document, "stopped",
                          stopped ? cJSON_CreateNumber(training->epoch) : cJSON_CreateNull());
    cJSON_AddNumberToObject(document, "epochs", training->epoch);
    cJSON_AddItemToObject(document, "train", evaluated(training, &training->lists.train));
    cJSON_AddItemToObject(document, "val", evaluated(training, &training->lists.validation));
    cJSON_AddItemToObject(document, "test", tally_json(test, true));
    cJSON_AddNumberToObject(document, "params", (double)parameter_total(training->program));
    cJSON_AddNumberToObject(document, "images_per_second", results_images_per_second(&training->results));
    cJSON_AddNumberToObject(document, "seconds", results_seconds(&training->results));
    cJSON_AddNumberToObject(document, "peak_rss_mb", peak_rss_mb());
    return document;
}

static void write_reports(const Training *training, const Tally *test) {
    char *const *names = training->lists.class_names;
    char *report = classification_report(test, names), *matrix = confusion_text(test, names);
    char *csv = confusion_csv(test, names);
    run_folder_put(training->folder, "classification_report.txt", report);
    run_folder_put(training->folder, "confusion_matrix.csv", csv);
    plots_write(training->folder, training->program->model, &training->results, test, names);
    printf("%s\n", report);
    if (test->classes <= MOST_PRINTED_CLASSES) printf("%s\n", matrix);
    free(report);
    free(matrix);
    free(csv);
}

void train_finish(Training *training) {
    restore_best(training);
    size_t cells = training->lists.test.count * (size_t)training->program->classes;
    float *probabilities = data_allocate(cells, sizeof *probabilities);
    Tally test = tally_create(training->program->classes, training->options->top);
    evaluate_list(&training->instance, &training->lists.test, &test, probabilities);
    write_predictions(training, probabilities);
    write_reports(training, &test);
    // the last file: where it stands, the run is finished
    run_folder_put_json(training->folder, "metrics.json", metrics_document(training, &test));
    printf("test loss %.4f, accuracy %.4f, with the weights of epoch %d\n", tally_loss(&test),
           tally_accuracy(&test),
           restores_best(&training->settings) ? training->best.best_epoch : training->epoch);
    printf("The run's folder is %s\n", training->folder);
    tally_free(&test);
    free(probabilities);
}
