#include "base/file.h"
#include "commands/run.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// What a run's metrics.json says.
typedef struct Metrics {
    bool present;
    double epoch, train_accuracy, validation_loss, test_loss, test_accuracy, test_f1, images_per_second,
        seconds;
} Metrics;

// A variant's runs over seeds.
typedef struct Row {
    const PreparedRun *run;
    int count;
    double accuracy, accuracy_squared, loss, loss_squared, f1, seconds;
} Row;

static char *read_file(const char *path) {
    FILE *file = fopen(path, "rb");
    Text text = {0};
    char buffer[4096];
    size_t count;
    if (!file) return NULL;
    while ((count = fread(buffer, 1, sizeof buffer, file)) > 0) text_add_bytes(&text, buffer, count);
    fclose(file);
    return text.data;
}

static double number_at(const cJSON *object, const char *first, const char *second, const char *third) {
    const char *names[] = {first, second, third};
    for (int i = 0; i < 3 && names[i]; i++) object = cJSON_GetObjectItemCaseSensitive(object, names[i]);
    return cJSON_IsNumber(object) ? object->valuedouble : NAN;
}

static Metrics read_metrics(Arena *arena, const PreparedRun *run) {
    Metrics metrics = {0};
    char *text = run->exit_code == 0 ? read_file(arena_printf(arena, "%s/metrics.json", run->folder)) : NULL;
    cJSON *document = text ? cJSON_Parse(text) : NULL;
    free(text);
    if (!document) return metrics;
    metrics = (Metrics){.present = true,
                        .epoch = number_at(document, "best_epoch", NULL, NULL),
                        .train_accuracy = number_at(document, "train", "accuracy", NULL),
                        .validation_loss = number_at(document, "val", "loss", NULL),
                        .test_loss = number_at(document, "test", "loss", NULL),
                        .test_accuracy = number_at(document, "test", "accuracy", NULL),
                        .test_f1 = number_at(document, "test", "f1", "macro"),
                        .images_per_second = number_at(document, "images_per_second", NULL, NULL),
                        .seconds = number_at(document, "seconds", NULL, NULL)};
    cJSON_Delete(document);
    return metrics;
}

static bool same_variant(const Run *a, const Run *b) {
    const char *a_end = strrchr(a->name, '/'), *b_end = strrchr(b->name, '/');
    return a_end - a->name == b_end - b->name && strncmp(a->name, b->name, (size_t)(a_end - a->name)) == 0;
}

static int by_accuracy(const void *left, const void *right) {
    const Row *a = left, *b = right;
    double first = a->count ? a->accuracy / a->count : -1, second = b->count ? b->accuracy / b->count : -1;
    if (first != second) return first > second ? -1 : 1;
    return a->run < b->run ? -1 : 1;
}

static double deviation(double sum, double squares, int count) {
    if (count < 2) return 0;
    double variance = (squares - sum * sum / count) / (count - 1);
    return variance > 0 ? sqrt(variance) : 0;
}

static int gather_rows(Arena *arena, const PreparedRuns *runs, Row *rows) {
    int count = 0;
    for (int i = 0; i < runs->count; i++) {
        Metrics metrics = read_metrics(arena, &runs->items[i]);
        int at = 0;
        while (at < count && !same_variant(rows[at].run->run, runs->items[i].run)) at++;
        if (at == count) rows[count++] = (Row){.run = &runs->items[i]};
        if (!metrics.present) continue;
        rows[at].count++;
        rows[at].accuracy += metrics.test_accuracy;
        rows[at].accuracy_squared += metrics.test_accuracy * metrics.test_accuracy;
        rows[at].loss += metrics.test_loss;
        rows[at].loss_squared += metrics.test_loss * metrics.test_loss;
        rows[at].f1 += metrics.test_f1;
        rows[at].seconds += metrics.seconds;
    }
    qsort(rows, (size_t)count, sizeof *rows, by_accuracy);
    return count;
}

static void add_field(Text *text, double number) {
    text_add(text, ",");
    if (!isnan(number)) text_add_number(text, number);
}

static void write_csv(Arena *arena, const PreparedRuns *runs, Text *text) {
    text_add(text,
             "run,variant,seed,params,best_epoch,train.accuracy,val.loss,test.loss,test.accuracy,test.f1,"
             "images_per_second,seconds,exit_code\n");
    for (int i = 0; i < runs->count; i++) {
        const PreparedRun *run = &runs->items[i];
        const Module *module = run->compilation->module;
        Metrics metrics = read_metrics(arena, run);
        int64_t params = 0;
        for (int k = 0; k < module->layers.count; k++)
            params += layer_params(module, &module->layers.items[k]);
        text_printf(text, "%s,%s,%lld,%lld", run->run->name, run->run->variant ? run->run->variant : "base",
                    (long long)run->run->seed, (long long)params);
        double numbers[] = {
            metrics.epoch,         metrics.train_accuracy, metrics.validation_loss,   metrics.test_loss,
            metrics.test_accuracy, metrics.test_f1,        metrics.images_per_second, metrics.seconds};
        for (size_t k = 0; k < sizeof numbers / sizeof *numbers; k++)
            add_field(text, metrics.present ? numbers[k] : NAN);
        text_printf(text, ",%d\n", run->exit_code);
    }
}

static void write_markdown(const Row *rows, int count, Text *text) {
    text_add(
        text,
        "| variant | seeds | test accuracy | test loss | macro F1 | seconds |\n|---|---|---|---|---|---|\n");
    for (int i = 0; i < count; i++) {
        const Row *row = &rows[i];
        const char *name = row->run->run->name, *end = strrchr(name, '/'), *start = strchr(name, '/');
        int length = start && end > start ? (int)(end - start - 1) : (int)strlen(name);
        text_printf(text, "| %.*s | %d ", length, start && end > start ? start + 1 : name, row->count);
        if (row->count == 0) {
            text_add(text, "| failed | | | |\n");
            continue;
        }
        text_printf(text, "| %.4f ± %.4f | %.4f ± %.4f | %.4f | %.1f |\n", row->accuracy / row->count,
                    deviation(row->accuracy, row->accuracy_squared, row->count), row->loss / row->count,
                    deviation(row->loss, row->loss_squared, row->count), row->f1 / row->count,
                    row->seconds / row->count);
    }
}

static bool write_file(const char *path, const Text *text) {
    if (file_write(path, text)) return true;
    fprintf(stderr, "cnnc run: cannot write %s: %s\n", path, strerror(errno));
    return false;
}

bool write_summary(Arena *arena, const PreparedRuns *runs, const char *folder) {
    Text csv = {0}, markdown = {0};
    Row *rows = NEW_ARRAY(arena, Row, runs->count);
    int count = gather_rows(arena, runs, rows);
    write_csv(arena, runs, &csv);
    write_markdown(rows, count, &markdown);
    bool fine = write_file(arena_printf(arena, "%s/summary.csv", folder), &csv) &&
                write_file(arena_printf(arena, "%s/summary.md", folder), &markdown);
    if (runs->count > 1) printf("\n%s\nsummary: %s/summary.md\n", text_string(&markdown), folder);
    text_free(&csv);
    text_free(&markdown);
    return fine;
}
