// X eval: weights of a file on a split of the data set.
#include "commands.h"
#include "data_lists.h"
#include "evaluate.h"
#include "fail.h"
#include "json_output.h"
#include "report.h"
#include "weights.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const ImageList *chosen_list(const DataLists *lists, const char *split) {
    if (strcmp(split, "test") == 0) return &lists->test;
    if (strcmp(split, "train") == 0) return &lists->train;
    if (!lists->validation.count)
        fail_usage("--split val: the file has no validation split; give one with --set dataset.val=10%%");
    return &lists->validation;
}

static void print_report(const Tally *tally, const char *split, char *const *class_names) {
    char *report = classification_report(tally, class_names), *matrix = confusion_text(tally, class_names);
    printf("%s\n%s\n%s loss %.4f, accuracy %.4f\n", report, matrix, split, tally_loss(tally),
           tally_accuracy(tally));
    free(report);
    free(matrix);
}

static void print_json(const Tally *tally, const char *split) {
    cJSON *document = tally_json(tally, true);
    cJSON_AddStringToObject(document, "split", split);
    cJSON_AddNumberToObject(document, "images", (double)tally->images);
    json_print(document);
}

int eval_command(const Program *program, const Options *options) {
    const char *weights = options_required(options->weights, "--weights FILE");
    const char *split = options->split ? options->split : "test";
    if (strcmp(split, "test") != 0 && strcmp(split, "val") != 0 && strcmp(split, "train") != 0)
        fail_usage("--split: '%s' is no split; it may be test, val or train", split);
    Settings settings = options_settings(program, options);
    DataLists lists;
    data_lists_load(&lists, program, options, &settings,
                    strcmp(split, "test") == 0 ? DATA_PART_TEST : DATA_PART_ALL);
    const ImageList *list = chosen_list(&lists, split);
    Instance instance = instance_create(program, options_threads(options),
                                        settings_values(&settings, options_seed(&settings, options), false));
    weights_load(weights, program, instance.arena, false);
    Tally tally = tally_create(program->classes, options->top);
    evaluate_list(&instance, list, &tally, NULL);
    if (options->json)
        print_json(&tally, split);
    else
        print_report(&tally, split, lists.class_names);
    tally_free(&tally);
    instance_free(&instance);
    data_lists_free(&lists);
    settings_free(&settings);
    return EXIT_FINE;
}
