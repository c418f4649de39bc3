#include "report.h"
#include "fail.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// A text that grows behind a stream: print to it, then close it.
typedef struct TextStream {
    FILE *file;
    char *text;
    size_t size;
} TextStream;

static void text_open(TextStream *stream) {
    stream->file = open_memstream(&stream->text, &stream->size);
    if (!stream->file) fail_memory();
}

static char *text_close(TextStream *stream) {
    if (fclose(stream->file) != 0) fail_memory();
    return stream->text;
}

// Characters of a UTF-8 text: its bytes but for those that continue one.
static int characters(const char *text) {
    int count = 0;
    for (; *text; text++) count += (*text & 0xc0) != 0x80;
    return count;
}

static void right_aligned(FILE *file, const char *text, int width) {
    fprintf(file, "%*s%s", width > characters(text) ? width - characters(text) : 0, "", text);
}

static int longest_name(char *const *names, int count, int at_least) {
    int longest = at_least;
    for (int i = 0; i < count; i++)
        if (characters(names[i]) > longest) longest = characters(names[i]);
    return longest;
}

static void average_row(FILE *file, int width, const char *name, double precision, double recall, double f1,
                        size_t images) {
    right_aligned(file, name, width);
    fprintf(file, "  %9.4f %9.4f %9.4f %9zu\n", precision, recall, f1, images);
}

char *classification_report(const Tally *tally, char *const *class_names) {
    TextStream stream;
    text_open(&stream);
    ClassMetrics metrics = class_metrics(tally);
    int width = longest_name(class_names, tally->classes, (int)strlen("weighted avg"));
    fprintf(stream.file, "%*s  %9s %9s %9s %9s\n\n", width, "", "precision", "recall", "f1-score", "support");
    for (int i = 0; i < tally->classes; i++)
        average_row(stream.file, width, class_names[i], metrics.precision.per_class[i],
                    metrics.recall.per_class[i], metrics.f1.per_class[i], metrics.support[i]);
    fprintf(stream.file, "\n%*s  %9s %9s %9.4f %9zu\n", width, "accuracy", "", "", tally_accuracy(tally),
            tally->images);
    average_row(stream.file, width, "macro avg", metrics.precision.macro, metrics.recall.macro,
                metrics.f1.macro, tally->images);
    average_row(stream.file, width, "weighted avg", metrics.precision.weighted, metrics.recall.weighted,
                metrics.f1.weighted, tally->images);
    class_metrics_free(&metrics);
    return text_close(&stream);
}

static int digits_of(size_t number) {
    int digits = 1;
    for (; number >= 10; number /= 10) digits++;
    return digits;
}

char *confusion_text(const Tally *tally, char *const *class_names) {
    TextStream stream;
    text_open(&stream);
    int n = tally->classes, width = longest_name(class_names, n, 4), column = digits_of((size_t)n);
    for (int i = 0; i < n * n; i++)
        if (digits_of(tally->confusion[i]) > column) column = digits_of(tally->confusion[i]);
    fprintf(stream.file,
            "Confusion matrix: rows are the true classes, columns the predicted ones, by number.\n\n");
    fprintf(stream.file, "%*s", width + 5, "");
    for (int j = 0; j < n; j++) fprintf(stream.file, " %*d", column, j);
    fputc('\n', stream.file);
    for (int i = 0; i < n; i++) {
        right_aligned(stream.file, class_names[i], width);
        fprintf(stream.file, " %3d:", i);
        for (int j = 0; j < n; j++) fprintf(stream.file, " %*zu", column, tally->confusion[i * n + j]);
        fputc('\n', stream.file);
    }
    return text_close(&stream);
}

static void csv_field(FILE *file, const char *text) {
    if (!strpbrk(text, ",\"\r\n")) {
        fputs(text, file);
        return;
    }
    fputc('"', file);
    for (; *text; text++) {
        if (*text == '"') fputc('"', file);
        fputc(*text, file);
    }
    fputc('"', file);
}

char *confusion_csv(const Tally *tally, char *const *class_names) {
    TextStream stream;
    text_open(&stream);
    int n = tally->classes;
    fputs("true\\predicted", stream.file);
    for (int j = 0; j < n; j++) {
        fputc(',', stream.file);
        csv_field(stream.file, class_names[j]);
    }
    fputc('\n', stream.file);
    for (int i = 0; i < n; i++) {
        csv_field(stream.file, class_names[i]);
        for (int j = 0; j < n; j++) fprintf(stream.file, ",%zu", tally->confusion[i * n + j]);
        fputc('\n', stream.file);
    }
    return text_close(&stream);
}

static void add_measure(cJSON *object, const char *name, const Measure *measure, int classes) {
    cJSON *entry = cJSON_AddObjectToObject(object, name);
    cJSON_AddNumberToObject(entry, "macro", measure->macro);
    cJSON_AddNumberToObject(entry, "weighted", measure->weighted);
    cJSON_AddItemToObject(entry, "per_class", cJSON_CreateDoubleArray(measure->per_class, classes));
}

static void add_classes(cJSON *object, const Tally *tally) {
    int n = tally->classes;
    ClassMetrics metrics = class_metrics(tally);
    add_measure(object, "precision", &metrics.precision, n);
    add_measure(object, "recall", &metrics.recall, n);
    add_measure(object, "f1", &metrics.f1, n);
    cJSON *support = cJSON_AddArrayToObject(object, "support"),
          *rows = cJSON_AddArrayToObject(object, "confusion");
    for (int i = 0; i < n; i++) {
        cJSON_AddItemToArray(support, cJSON_CreateNumber((double)metrics.support[i]));
        cJSON *row = cJSON_CreateArray();
        for (int j = 0; j < n; j++)
            cJSON_AddItemToArray(row, cJSON_CreateNumber((double)tally->confusion[i * n + j]));
        cJSON_AddItemToArray(rows, row);
    }
    class_metrics_free(&metrics);
}

cJSON *tally_json(const Tally *tally, bool whole) {
    cJSON *object = cJSON_CreateObject();
    cJSON_AddNumberToObject(object, "loss", tally_loss(tally));
    cJSON_AddNumberToObject(object, "accuracy", tally_accuracy(tally));
    if (tally->top) {
        char name[32];
        snprintf(name, sizeof name, "top%d", tally->top);
        cJSON_AddNumberToObject(object, name, tally_top(tally));
    }
    if (whole) add_classes(object, tally);
    return object;
}
