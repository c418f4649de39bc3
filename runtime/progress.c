#include "progress.h"
#include "fail.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

double clock_seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

Progress progress_begin(int epoch, int epochs, size_t images) {
    const char *terminal = getenv("TERM");
    bool can_move = terminal && strcmp(terminal, "dumb") != 0;
    double now = clock_seconds();
    return (Progress){isatty(STDERR_FILENO) && can_move, epoch, epochs, images, now, now};
}

void progress_show(Progress *progress, const Tally *tally) {
    static const char bar[] = "##############################";
    enum { WIDTH = sizeof bar - 1 };
    double now = clock_seconds();
    if (!progress->terminal || now - progress->shown < 0.1) return;
    progress->shown = now;
    double share = (double)tally->images / (double)progress->images,
           rate = (double)tally->images / (now - progress->began);
    fprintf(
        stderr, "\repoch %d/%d [%-*.*s] %3.0f%%  loss %.4f  accuracy %.4f  %.0f images/s  %.0f s left\033[K",
        progress->epoch, progress->epochs, WIDTH, (int)(share * WIDTH), bar, 100 * share, tally_loss(tally),
        tally_accuracy(tally), rate, (double)(progress->images - tally->images) / rate);
    fflush(stderr);
    message_line_open(true);
}

typedef struct Line {
    char text[400];
    size_t length;
} Line;

static void add_metric(void *context, const char *name, double value) {
    Line *line = context;
    if (strcmp(name, "images_per_second") == 0) return;
    bool rate = strcmp(name, "lr") == 0;
    int added = snprintf(line->text + line->length, sizeof line->text - line->length,
                         rate ? "  %s %.4g" : "  %s %.4f", name, value);
    if (added > 0 && line->length + (size_t)added < sizeof line->text) line->length += (size_t)added;
}

void progress_end(const Progress *progress, const Results *results, const EpochResult *row, bool best) {
    Line line = {0};
    result_metrics(results, row, add_metric, &line);
    note("epoch %d/%d%.*s  %.1f s  %.0f images/s%s", progress->epoch, progress->epochs, (int)line.length,
         line.text, row->seconds, row->images_per_second, best ? "  best" : "");
}
