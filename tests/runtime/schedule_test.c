// Learning rates, early stopping and the rows they look at.
#include "early_stop.h"
#include "results.h"
#include "schedule.h"
#include "settings.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static Settings settings_of(Program *program, const char *schedule, const Setting *rows, int count) {
    *program = (Program){.schedule = schedule, .settings = rows, .setting_count = count, .resolved = ""};
    return settings_create(program);
}

static void near(double actual, double expected) {
    if (fabs(actual - expected) > 1e-12 * fmax(1, fabs(expected)))
        fail_msg("%.17g is not %.17g", actual, expected);
}

static void steps_fall_every_few_epochs(void **state) {
    (void)state;
    Program program;
    const Setting rows[] = {{.path = "optimizer.lr", .value = "0.1", .slot = -1, .number = true},
                            {.path = "schedule.every", .value = "2", .slot = -1, .number = true},
                            {.path = "schedule.factor", .value = "50%", .slot = -1, .number = true}};
    Settings settings = settings_of(&program, "step", rows, 3);
    Schedule schedule = schedule_create(&settings, 10, 6, false);
    near(schedule_rate(&schedule, 1, 0), 0.1);
    near(schedule_rate(&schedule, 2, 19), 0.1);
    near(schedule_rate(&schedule, 3, 20), 0.05);
    near(schedule_rate(&schedule, 5, 40), 0.025);
    settings_free(&settings);
}

static void cosine_warms_up_and_ends_at_its_final_rate(void **state) {
    (void)state;
    Program program;
    const Setting rows[] = {{.path = "optimizer.lr", .value = "0.4", .slot = -1, .number = true},
                            {.path = "schedule.warmup", .value = "1", .slot = -1, .number = true},
                            {.path = "schedule.final", .value = "0.2", .slot = -1, .number = true}};
    Settings settings = settings_of(&program, "cosine", rows, 3);
    Schedule schedule = schedule_create(&settings, 4, 5, false);
    near(schedule_rate(&schedule, 1, 0), 0.1);
    near(schedule_rate(&schedule, 1, 3), 0.4);
    near(schedule_rate(&schedule, 2, 4), 0.4);
    near(schedule_rate(&schedule, 4, 12), 0.3); // half of the way
    near(schedule_rate(&schedule, 5, 20), 0.2);
    settings_free(&settings);
}

static void onecycle_rises_and_falls(void **state) {
    (void)state;
    Program program;
    const Setting rows[] = {{.path = "optimizer.lr", .value = "0.01", .slot = -1, .number = true},
                            {.path = "schedule.max", .value = "0.1", .slot = -1, .number = true},
                            {.path = "schedule.warmup", .value = "25%", .slot = -1, .number = true}};
    Settings settings = settings_of(&program, "onecycle", rows, 3);
    Schedule schedule = schedule_create(&settings, 10, 4, false);
    near(schedule_rate(&schedule, 1, 0), 0.01);
    near(schedule_rate(&schedule, 1, 5), 0.055);
    near(schedule_rate(&schedule, 2, 10), 0.1);
    near(schedule_rate(&schedule, 4, 40), 0.01 / 1e4);
    settings_free(&settings);
}

static void plateau_lowers_the_rate_to_its_minimum(void **state) {
    (void)state;
    Program program;
    const Setting rows[] = {{.path = "optimizer.lr", .value = "1", .slot = -1, .number = true},
                            {.path = "schedule.monitor", .value = "val.accuracy", .slot = -1},
                            {.path = "schedule.factor", .value = "0.1", .slot = -1, .number = true},
                            {.path = "schedule.patience", .value = "2", .slot = -1, .number = true},
                            {.path = "schedule.minimum", .value = "0.05", .slot = -1, .number = true}};
    static const double accuracies[] = {0.5, 0.6, 0.6, 0.6, 0.7, 0.7, 0.7};
    static const double rates[] = {1, 1, 1, 0.1, 0.1, 0.1, 0.05};
    Settings settings = settings_of(&program, "on_plateau", rows, 5);
    Schedule schedule = schedule_create(&settings, 10, 7, true);
    for (int i = 0; i < 7; i++) {
        EpochResult row = {.epoch = i + 1, .val_accuracy = accuracies[i]};
        schedule_epoch(&schedule, &row);
        near(schedule_rate(&schedule, (uint32_t)i + 2, 0), rates[i]);
    }
    settings_free(&settings);
}

static void plateau_waits_for_more_than_min_delta(void **state) {
    (void)state;
    Program program;
    const Setting rows[] = {{.path = "optimizer.lr", .value = "1", .slot = -1, .number = true},
                            {.path = "schedule.patience", .value = "2", .slot = -1, .number = true},
                            {.path = "schedule.min_delta", .value = "0.1", .slot = -1, .number = true}};
    static const double losses[] = {1, 0.95, 0.92, 0.9};
    static const double rates[] = {1, 1, 0.1, 0.1};
    Settings settings = settings_of(&program, "on_plateau", rows, 3);
    Schedule schedule = schedule_create(&settings, 10, 4, true);
    for (int i = 0; i < 4; i++) {
        EpochResult row = {.epoch = i + 1, .val_loss = losses[i]};
        schedule_epoch(&schedule, &row);
        near(schedule_rate(&schedule, (uint32_t)i + 2, 0), rates[i]);
    }
    settings_free(&settings);
}

static void improvement_is_more_than_min_delta(void **state) {
    (void)state;
    static const double losses[] = {1.0, 0.95, 0.89, 0.85, 0.84};
    static const bool better[] = {true, false, true, false, false};
    Watch watch = watch_create("val.loss", 0.1, 2);
    for (int i = 0; i < 5; i++) {
        assert_false(watch_is_over(&watch));
        EpochResult row = {.epoch = i + 1, .val_loss = losses[i]};
        assert_int_equal(watch_epoch(&watch, &row), better[i]);
    }
    assert_true(watch_is_over(&watch));
    assert_int_equal(watch.best_epoch, 3);
    near(watch.best, 0.89);
}

static void more_accuracy_is_better(void **state) {
    (void)state;
    Watch watch = watch_create("train.accuracy", 0, 1);
    EpochResult first = {.epoch = 1, .train_accuracy = 0.5}, second = {.epoch = 2, .train_accuracy = 0.6};
    assert_true(watch_epoch(&watch, &first));
    assert_true(watch_epoch(&watch, &second));
    assert_false(watch_epoch(&watch, &second)); // as good is not better
    assert_true(watch_is_over(&watch));
}

static void no_patience_stops_at_the_first_epoch_that_is_no_better(void **state) {
    (void)state;
    Watch watch = watch_create("val.loss", 0, 0);
    EpochResult first = {.epoch = 1, .val_loss = 1}, second = {.epoch = 2, .val_loss = 0.5};
    watch_epoch(&watch, &first);
    watch_epoch(&watch, &second);
    assert_false(watch_is_over(&watch));
    watch_epoch(&watch, &first);
    assert_true(watch_is_over(&watch));
}

static void without_a_metric_the_last_epoch_is_the_best(void **state) {
    (void)state;
    Watch watch = watch_create(NULL, 0, -1);
    for (int i = 1; i < 4; i++) {
        EpochResult row = {.epoch = i};
        assert_true(watch_epoch(&watch, &row));
    }
    assert_int_equal(watch.best_epoch, 3);
    assert_false(watch_is_over(&watch));
}

static void rows_read_back_as_the_same_doubles(void **state) {
    (void)state;
    char folder[] = "/tmp/schedule_test_XXXXXX", path[64];
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/results.csv", folder);
    Results written = results_create(5), read = results_create(5);
    for (int i = 1; i < 4; i++)
        results_add(&written, (EpochResult){i, 1e-3 / i, 1.0 / i / 3, 0.1 * i, i == 2 ? NAN : exp(-i), 0.7,
                                            1.5e-7, 123456.789 * i, 1, NAN});
    results_write(&written, path);
    results_read(&read, path, 2); // the third is newer than the checkpoint
    assert_int_equal(read.count, 2);
    for (int i = 0; i < 2; i++) {
        assert_true(read.rows[i].train_loss == written.rows[i].train_loss);
        assert_true(read.rows[i].images_per_second == written.rows[i].images_per_second);
        assert_true(read.rows[i].train_top == 1);
        assert_true(isnan(read.rows[i].val_top));
    }
    assert_true(isnan(read.rows[1].val_loss));
    results_free(&written);
    results_free(&read);
    unlink(path);
    rmdir(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_fall_every_few_epochs),
        cmocka_unit_test(cosine_warms_up_and_ends_at_its_final_rate),
        cmocka_unit_test(onecycle_rises_and_falls),
        cmocka_unit_test(plateau_lowers_the_rate_to_its_minimum),
        cmocka_unit_test(plateau_waits_for_more_than_min_delta),
        cmocka_unit_test(improvement_is_more_than_min_delta),
        cmocka_unit_test(more_accuracy_is_better),
        cmocka_unit_test(no_patience_stops_at_the_first_epoch_that_is_no_better),
        cmocka_unit_test(without_a_metric_the_last_epoch_is_the_best),
        cmocka_unit_test(rows_read_back_as_the_same_doubles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
