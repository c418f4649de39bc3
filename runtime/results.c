#include "results.h"
#include "data_file.h"
#include "fail.h"
#include "text.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Column {
    const char *name;
    size_t offset;
    bool metric, top; // shown by TensorBoard; name ends with top(k)'s k
} Column;

// After `epoch`, in the order of the file.
static const Column columns[] = {
    {"lr", offsetof(EpochResult, lr), true, false},
    {"train.loss", offsetof(EpochResult, train_loss), true, false},
    {"train.accuracy", offsetof(EpochResult, train_accuracy), true, false},
    {"val.loss", offsetof(EpochResult, val_loss), true, false},
    {"val.accuracy", offsetof(EpochResult, val_accuracy), true, false},
    {"seconds", offsetof(EpochResult, seconds), false, false},
    {"images_per_second", offsetof(EpochResult, images_per_second), true, false},
    {"train.top", offsetof(EpochResult, train_top), true, true},
    {"val.top", offsetof(EpochResult, val_top), true, true},
};
enum { COLUMNS = sizeof columns / sizeof *columns };

static double *cell(const EpochResult *row, const Column *column) {
    return (double *)((char *)row + column->offset);
}

Results results_create(int top) {
    return (Results){.top = top};
}

void results_free(Results *results) {
    free(results->rows);
    *results = (Results){0};
}

void results_add(Results *results, EpochResult row) {
    EpochResult *rows = data_allocate((size_t)results->count + 1, sizeof row);
    if (results->count) memcpy(rows, results->rows, (size_t)results->count * sizeof row);
    rows[results->count++] = row;
    free(results->rows);
    results->rows = rows;
}

static void print_head(const Results *results, FILE *file) {
    fputs("epoch", file);
    for (int i = 0; i < COLUMNS; i++) {
        if (columns[i].top && !results->top) continue;
        fprintf(file, ",%s", columns[i].name);
        if (columns[i].top) fprintf(file, "%d", results->top);
    }
    fputc('\n', file);
}

void results_write(const Results *results, const char *path) {
    char *text, number[NUMBER_TEXT];
    size_t size;
    FILE *file = open_memstream(&text, &size);
    if (!file) fail_memory();
    print_head(results, file);
    for (int r = 0; r < results->count; r++) {
        fprintf(file, "%d", results->rows[r].epoch);
        for (int i = 0; i < COLUMNS; i++) {
            if (columns[i].top && !results->top) continue;
            double value = *cell(&results->rows[r], &columns[i]);
            fprintf(file, ",%s", isnan(value) ? "" : number_text(value, number));
        }
        fputc('\n', file);
    }
    if (fclose(file) != 0) fail_memory();
    atomic_file_put(path, text, size);
    free(text);
}

// Takes the next field of a line; an empty one is NaN.
static bool read_field(char **line, double *value) {
    const char *field = strsep(line, ",");
    *value = NAN;
    return field && (!*field || number_parse(field, value));
}

static bool read_row(const Results *results, char *line, int epoch, EpochResult *row) {
    double number;
    *row = (EpochResult){.epoch = epoch, .train_top = NAN, .val_top = NAN};
    if (!read_field(&line, &number) || number != epoch) return false;
    for (int i = 0; i < COLUMNS; i++) {
        if (columns[i].top && !results->top) continue;
        if (!read_field(&line, cell(row, &columns[i]))) return false;
    }
    return !line; // nothing is left over
}

void results_read(Results *results, const char *path, int count) {
    size_t size;
    uint8_t *bytes = data_read_file(path, &size);
    char *text = data_format("%.*s", (int)size, (char *)bytes), *rest = text;
    free(bytes);
    strsep(&rest, "\n"); // the head
    for (int i = 0; i < count; i++) {
        char *line = rest ? strsep(&rest, "\n") : NULL;
        EpochResult row;
        if (!line || !read_row(results, line, i + 1, &row))
            fail("%s: row %d is missing or damaged, so the run cannot go on; start a new one with another "
                 "--out",
                 path, i + 1);
        results_add(results, row);
    }
    free(text);
}

double results_seconds(const Results *results) {
    double seconds = 0;
    for (int i = 0; i < results->count; i++) seconds += results->rows[i].seconds;
    return seconds;
}

double results_images_per_second(const Results *results) {
    double seconds = results_seconds(results), images = 0;
    for (int i = 0; i < results->count; i++)
        images += results->rows[i].images_per_second * results->rows[i].seconds;
    return seconds > 0 ? images / seconds : 0;
}

double result_value(const EpochResult *row, const char *name) {
    for (int i = 0; i < COLUMNS; i++)
        if (strcmp(columns[i].name, name) == 0) return *cell(row, &columns[i]);
    return NAN;
}

void result_metrics(const Results *results, const EpochResult *row, VisitMetric *visit, void *context) {
    for (int i = 0; i < COLUMNS; i++) {
        double value = *cell(row, &columns[i]);
        char name[32];
        if (!columns[i].metric || isnan(value) || (columns[i].top && !results->top)) continue;
        if (columns[i].top)
            snprintf(name, sizeof name, "%s%d", columns[i].name, results->top);
        else
            snprintf(name, sizeof name, "%s", columns[i].name);
        visit(context, name, value);
    }
}
