// Metrics against numbers that scikit-learn gives for the same predictions.
#include "metrics.h"
#include "report.h"
#include "text.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

// y_true = [0, 0, 0, 1, 1, 2, 2, 2, 2], y_pred = [0, 1, 0, 1, 1, 0, 2, 2, 1]; class 3 never occurs.
static Tally example(void) {
    static const size_t cells[] = {2, 1, 0, 0, 0, 2, 0, 0, 1, 1, 2, 0, 0, 0, 0, 0};
    Tally tally = tally_create(4, 0);
    memcpy(tally.confusion, cells, sizeof cells);
    tally.images = 9;
    tally.right = 6;
    tally.loss_sum = 4.5;
    return tally;
}

static void near(double actual, double expected) {
    if (fabs(actual - expected) > 1e-12) fail_msg("%.17g is not %.17g", actual, expected);
}

static void per_class_macro_and_weighted(void **state) {
    (void)state;
    Tally tally = example();
    ClassMetrics metrics = class_metrics(&tally);
    static const double precision[] = {2 / 3.0, 0.5, 1, 0}, recall[] = {2 / 3.0, 1, 0.5, 0};
    static const double f1[] = {2 / 3.0, 2 / 3.0, 2 / 3.0, 0};
    static const size_t support[] = {3, 2, 4, 0};
    for (int i = 0; i < 4; i++) {
        near(metrics.precision.per_class[i], precision[i]);
        near(metrics.recall.per_class[i], recall[i]);
        near(metrics.f1.per_class[i], f1[i]);
        assert_int_equal(metrics.support[i], support[i]);
    }
    near(metrics.precision.macro, 13 / 24.0);
    near(metrics.precision.weighted, 7 / 9.0);
    near(metrics.recall.weighted, 6 / 9.0);
    near(metrics.f1.macro, 0.5);
    near(metrics.f1.weighted, 2 / 3.0);
    near(tally_accuracy(&tally), 2 / 3.0);
    near(tally_loss(&tally), 0.5);
    class_metrics_free(&metrics);
    tally_free(&tally);
}

static void report_has_the_known_layout(void **state) {
    (void)state;
    static char *const names[] = {"cat", "dög", "a, \"b\"", "bird"};
    Tally tally = example();
    char *report = classification_report(&tally, names), *csv = confusion_csv(&tally, names);
    assert_string_equal(report, "              precision    recall  f1-score   support\n"
                                "\n"
                                "         cat     0.6667    0.6667    0.6667         3\n"
                                "         dög     0.5000    1.0000    0.6667         2\n"
                                "      a, \"b\"     1.0000    0.5000    0.6667         4\n"
                                "        bird     0.0000    0.0000    0.0000         0\n"
                                "\n"
                                "    accuracy                         0.6667         9\n"
                                "   macro avg     0.5417    0.5417    0.5000         9\n"
                                "weighted avg     0.7778    0.6667    0.6667         9\n");
    assert_string_equal(csv, "true\\predicted,cat,dög,\"a, \"\"b\"\"\",bird\ncat,2,1,0,0\ndög,0,2,0,0\n"
                             "\"a, \"\"b\"\"\",1,1,2,0\nbird,0,0,0,0\n");
    free(report);
    free(csv);
    tally_free(&tally);
}

static void batches_add_up_with_top_k(void **state) {
    (void)state;
    struct Image {
        real logits[4], loss;
        int32_t label;
    } images[3] = {{{1, 3, 2, 0}, 1, 2}, {{5, 5, 5, 5}, 2, 0}, {{0, 1, 2, 3}, 6, 0}};
    Program program = {.classes = 4,
                       .batch = 3,
                       .chunk_images = 3,
                       .has_loss = true,
                       .penalty = SIZE_MAX,
                       .logits = {offsetof(struct Image, logits), sizeof *images},
                       .loss = {offsetof(struct Image, loss), sizeof *images},
                       .label = {offsetof(struct Image, label), sizeof *images}};
    Instance instance = {.program = &program, .arena = (char *)images};
    Tally tally = tally_create(4, 2);
    near(tally_add(&tally, &instance, 3), 3);
    near(tally_add(&tally, &instance, 1), 1);
    near(tally_loss(&tally), 2.5);
    near(tally_accuracy(&tally), 0.25);
    near(tally_top(&tally), 0.75);
    assert_int_equal(tally.confusion[2 * 4 + 1], 2);
    tally_free(&tally);
}

static void probabilities_sum_to_one(void **state) {
    (void)state;
    const real logits[] = {1000, 1000, -1000};
    float probabilities[3];
    Program program = {.classes = 3};
    probabilities_from(&program, logits, probabilities);
    near(probabilities[0], 0.5);
    near(probabilities[2], 0);
}

static void numbers_and_names(void **state) {
    (void)state;
    static const char *const names[] = {"optimizer.lr", "train.epochs", "seed"};
    char text[NUMBER_TEXT];
    double number;
    uint64_t seed;
    assert_string_equal(number_text(0.1, text), "0.1");
    assert_string_equal(number_text(1.0 / 3, text), "0.3333333333333333");
    assert_true(number_parse("20%", &number) && number == 0.2);
    assert_true(number_parse("-1e-3", &number) && number == -1e-3);
    assert_false(number_parse("", &number));
    assert_false(number_parse("1e999", &number));
    assert_false(number_parse("0x10", &number));
    assert_false(number_parse("1 ", &number));
    assert_true(seed_parse("18446744073709551615", &seed) && seed == UINT64_MAX);
    assert_false(seed_parse("18446744073709551616", &seed));
    assert_false(seed_parse("-1", &seed));
    assert_string_equal(closest_name("optimiser.lr", names, 3), "optimizer.lr");
    assert_string_equal(closest_name("sead", names, 3), "seed");
    assert_null(closest_name("batch", names, 3));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(per_class_macro_and_weighted),
        cmocka_unit_test(report_has_the_known_layout),
        cmocka_unit_test(batches_add_up_with_top_k),
        cmocka_unit_test(probabilities_sum_to_one),
        cmocka_unit_test(numbers_and_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
