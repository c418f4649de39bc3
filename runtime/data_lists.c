#include "data_lists.h"
#include "fail.h"
#include "text.h"

#include <string.h>

static void cut(Dataset *set, int limit) {
    if (limit && set->count > (size_t)limit) set->count = (size_t)limit;
}

static uint64_t dataset_seed(const Settings *settings) {
    uint64_t seed = 0;
    const char *text = settings_word(settings, "dataset.seed", "0");
    if (!seed_parse(text, &seed)) fail_internal("dataset.seed is '%s', not a seed", text);
    return seed;
}

static void split_lists(DataLists *lists, const Settings *settings) {
    const char *validation = settings_word(settings, "dataset.val", "none");
    bool is_word = strcmp(validation, "test") == 0 || strcmp(validation, "none") == 0;
    double fraction = is_word ? 0 : settings_number(settings, "dataset.val", 0);
    const Dataset *train = &lists->train_data;
    lists->train = (ImageList){train, NULL, train->count};
    if (strcmp(validation, "test") == 0) lists->validation = lists->test;
    if (fraction <= 0) return;
    lists->split =
        split_stratified(train->labels, train->count, train->classes, fraction, dataset_seed(settings));
    lists->train = (ImageList){train, lists->split.train, lists->split.train_count};
    lists->validation = (ImageList){train, lists->split.validation, lists->split.validation_count};
}

void data_lists_load(DataLists *lists, const Program *program, const Options *options,
                     const Settings *settings, DataPart part) {
    if (!program->data.kind)
        fail("model '%s' has no data set; name one in the file: model %s on DATASET", program->model,
             program->model);
    *lists = (DataLists){0};
    bool all = part == DATA_PART_ALL;
    data_load(program, options->data, dataset_seed(settings), all ? &lists->train_data : NULL,
              &lists->test_data);
    cut(&lists->train_data, options->limit);
    cut(&lists->test_data, options->limit);
    lists->class_names = lists->test_data.class_names;
    lists->test = (ImageList){&lists->test_data, NULL, lists->test_data.count};
    if (all) split_lists(lists, settings);
}

void data_lists_free(DataLists *lists) {
    split_free(&lists->split);
    dataset_free(&lists->train_data);
    dataset_free(&lists->test_data);
    *lists = (DataLists){0};
}
