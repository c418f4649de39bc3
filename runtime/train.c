#include "train.h"
#include "data_file.h"
#include "evaluate.h"
#include "fail.h"
#include "keep.h"
#include "order.h"
#include "progress.h"
#include "text.h"

#include <math.h>
#include <stdlib.h>

static void check_loss(Training *training, double loss, double rate) {
    if (isfinite(loss)) return;
    char number[NUMBER_TEXT];
    keep_finish(training);
    fail("the loss is no longer a number in epoch %u, after %llu steps (learning rate %s): training has "
         "diverged; "
         "try a lower rate: --set optimizer.lr=%.1g",
         training->instance.values->epoch, (unsigned long long)training->instance.values->step,
         number_text(rate, number), rate / 10);
}

// The epoch's order of the train images, for the caller to free().
static uint32_t *shuffled(const ImageList *list, uint64_t seed, uint32_t epoch) {
    uint32_t *numbers = data_allocate(list->count, sizeof *numbers);
    Permutation order = order_of_epoch(seed, epoch, (uint32_t)list->count);
    for (size_t i = 0; i < list->count; i++) {
        uint32_t place = permutation_at(&order, (uint32_t)i);
        numbers[i] = list->numbers ? list->numbers[place] : place;
    }
    return numbers;
}

// All steps of an epoch, the last on what is left of the images; counts them in `tally`, and returns the last
// step's rate.
static double train_steps(Training *training, uint32_t epoch, Tally *tally) {
    const Program *program = training->program;
    Values *values = training->instance.values;
    const ImageList *list = &training->lists.train;
    uint32_t *numbers = shuffled(list, values->seed, epoch);
    ImageList order = {list->data, numbers, list->count};
    Progress progress = progress_begin((int)epoch, training->epochs, list->count);
    real *rate = settings_slot(&training->settings, values, "optimizer.lr");
    double set_rate = 0;
    for (size_t first = 0; first < list->count; first += (size_t)program->batch) {
        set_rate = schedule_rate(&training->schedule, epoch, values->step);
        if (rate) *rate = (real)set_rate;
        int n = instance_load(&training->instance, &order, first);
        Frame frame = instance_frame(&training->instance, list->data, n);
        program->train(&frame);
        check_loss(training, tally_add(tally, &training->instance, n), set_rate);
        values->step++;
        progress_show(&progress, tally);
    }
    free(numbers);
    return set_rate;
}

static void validate(Training *training, EpochResult *row, Tally *tally) {
    row->val_loss = row->val_accuracy = row->val_top = NAN;
    if (!training->lists.validation.count) return;
    evaluate_list(&training->instance, &training->lists.validation, tally, NULL);
    row->val_loss = tally_loss(tally);
    row->val_accuracy = tally_accuracy(tally);
    row->val_top = tally_top(tally);
    check_loss(training, row->val_loss, row->lr);
}

static EpochResult train_epoch(Training *training, uint32_t epoch) {
    Tally tally = tally_create(training->program->classes, training->options->top);
    EpochResult row = {.epoch = (int)epoch};
    training->instance.values->epoch = epoch;
    double began = clock_seconds();
    row.lr = train_steps(training, epoch, &tally);
    row.seconds = clock_seconds() - began;
    row.images_per_second = (double)tally.images / row.seconds;
    row.train_loss = tally_loss(&tally);
    row.train_accuracy = tally_accuracy(&tally);
    row.train_top = tally_top(&tally);
    validate(training, &row, &tally);
    tally_free(&tally);
    return row;
}

static void say_stop(const Training *training) {
    const Watch *best = &training->best;
    char delta[NUMBER_TEXT];
    note("early stopping after epoch %d: %s has not improved by more than %s for %d epochs; the best was "
         "%.6g in epoch "
         "%d%s",
         training->epoch, best->monitor, number_text(best->min_delta, delta), best->patience, best->best,
         best->best_epoch, restores_best(&training->settings) ? ", whose weights are restored" : "");
}

void train_epochs(Training *training) {
    while (training->epoch < training->epochs && !watch_is_over(&training->best)) {
        EpochResult row = train_epoch(training, (uint32_t)training->epoch + 1);
        keep_finish(training);
        training->epoch = row.epoch;
        results_add(&training->results, row);
        schedule_epoch(&training->schedule, &row);
        bool is_best = watch_epoch(&training->best, &row);
        keep_begin(training, is_best);
        Progress progress = {.epoch = row.epoch, .epochs = training->epochs};
        progress_end(&progress, &training->results, &row, is_best && training->best.monitor);
    }
    keep_free(training);
    if (watch_is_over(&training->best)) say_stop(training);
}
