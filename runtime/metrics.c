#include "metrics.h"
#include "data_file.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

Tally tally_create(int classes, int top) {
    size_t cells = (size_t)classes * (size_t)classes;
    return (Tally){.classes = classes, .top = top, .confusion = data_allocate_zeroed(cells, sizeof(size_t))};
}

void tally_free(Tally *tally) {
    free(tally->confusion);
    *tally = (Tally){0};
}

void tally_clear(Tally *tally) {
    memset(tally->confusion, 0, (size_t)tally->classes * (size_t)tally->classes * sizeof(size_t));
    tally->images = tally->right = tally->in_top = 0;
    tally->loss_sum = 0;
}

int largest(const real *numbers, int count) {
    int best = 0;
    for (int i = 1; i < count; i++)
        if (numbers[i] > numbers[best]) best = i;
    return best;
}

// How many classes come before the true one; the lower class wins a tie.
static int rank_of(const real *logits, int classes, int label) {
    int rank = 0;
    for (int i = 0; i < classes; i++)
        rank += logits[i] > logits[label] || (logits[i] == logits[label] && i < label);
    return rank;
}

double tally_add(Tally *tally, const Instance *instance, int n) {
    const Program *program = instance->program;
    double sum = 0;
    for (int i = 0; i < n; i++) {
        const real *logits = instance_at(instance, program->logits, i);
        int label = *(const int32_t *)instance_at(instance, program->label, i);
        int predicted = largest(logits, tally->classes);
        if (program->has_loss) sum += (double)*(const real *)instance_at(instance, program->loss, i);
        tally->confusion[(size_t)label * (size_t)tally->classes + (size_t)predicted]++;
        tally->right += predicted == label;
        if (tally->top) tally->in_top += rank_of(logits, tally->classes, label) < tally->top;
    }
    sum = program->has_loss ? sum + n * instance_penalty(instance) : NAN;
    tally->images += (size_t)n;
    tally->loss_sum += sum;
    return sum / n;
}

static double quotient(double a, double b) {
    return b == 0 ? 0 : a / b;
}

double tally_loss(const Tally *tally) {
    return quotient(tally->loss_sum, (double)tally->images);
}

double tally_accuracy(const Tally *tally) {
    return quotient((double)tally->right, (double)tally->images);
}

double tally_top(const Tally *tally) {
    return quotient((double)tally->in_top, (double)tally->images);
}

static Measure measure_create(int classes) {
    return (Measure){.per_class = data_allocate_zeroed((size_t)classes, sizeof(double))};
}

static void average(Measure *measure, const size_t *support, int classes, size_t images) {
    for (int i = 0; i < classes; i++) {
        measure->macro += measure->per_class[i] / classes;
        measure->weighted += quotient(measure->per_class[i] * (double)support[i], (double)images);
    }
}

ClassMetrics class_metrics(const Tally *tally) {
    int n = tally->classes;
    ClassMetrics metrics = {n, measure_create(n), measure_create(n), measure_create(n),
                            data_allocate_zeroed((size_t)n, sizeof(size_t))};
    for (int i = 0; i < n; i++) {
        size_t predicted = 0;
        for (int j = 0; j < n; j++) {
            metrics.support[i] += tally->confusion[i * n + j];
            predicted += tally->confusion[j * n + i];
        }
        double hits = (double)tally->confusion[i * n + i];
        metrics.precision.per_class[i] = quotient(hits, (double)predicted);
        metrics.recall.per_class[i] = quotient(hits, (double)metrics.support[i]);
        metrics.f1.per_class[i] = quotient(2 * hits, (double)(predicted + metrics.support[i]));
    }
    average(&metrics.precision, metrics.support, n, tally->images);
    average(&metrics.recall, metrics.support, n, tally->images);
    average(&metrics.f1, metrics.support, n, tally->images);
    return metrics;
}

void class_metrics_free(ClassMetrics *metrics) {
    free(metrics->precision.per_class);
    free(metrics->recall.per_class);
    free(metrics->f1.per_class);
    free(metrics->support);
    *metrics = (ClassMetrics){0};
}

void probabilities_from(const Program *program, const real *logits, float *probabilities) {
    int classes = program->classes;
    double highest = (double)logits[largest(logits, classes)], sum = 0;
    if (program->outputs_probabilities) {
        for (int i = 0; i < classes; i++) probabilities[i] = (float)logits[i];
        return;
    }
    for (int i = 0; i < classes; i++) sum += exp((double)logits[i] - highest);
    for (int i = 0; i < classes; i++) probabilities[i] = (float)(exp((double)logits[i] - highest) / sum);
}
