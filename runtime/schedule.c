#include "schedule.h"
#include "fail.h"

#include <math.h>
#include <string.h>

// The last rate of onecycle is its first one over this (Smith and Topin 2018; the number is PyTorch's).
static const double onecycle_final_division = 1e4;

static bool is_kind(const Schedule *schedule, const char *kind) {
    return strcmp(schedule->kind, kind) == 0;
}

Schedule schedule_create(const Settings *settings, double steps_in_epoch, double epochs,
                         bool has_validation) {
    Schedule schedule = {.kind = settings->program->schedule,
                         .base = settings_number(settings, "optimizer.lr", 0),
                         .total_steps = steps_in_epoch * epochs,
                         .every = settings_number(settings, "schedule.every", 1),
                         .factor = settings_number(settings, "schedule.factor", 0.1),
                         .final = settings_number(settings, "schedule.final", 0),
                         .maximum = settings_number(settings, "schedule.max", 0),
                         .minimum = settings_number(settings, "schedule.minimum", 0),
                         .scale = 1};
    double warmup = settings_number(settings, "schedule.warmup", 0);
    schedule.warmup_steps =
        is_kind(&schedule, "onecycle") ? warmup * schedule.total_steps : warmup * steps_in_epoch;
    if (!is_kind(&schedule, "on_plateau")) return schedule;
    const char *monitor = settings_word(settings, "schedule.monitor", "val.loss");
    if (strncmp(monitor, "val.", 4) == 0 && !has_validation)
        fail_usage("the schedule on_plateau looks at %s, but there is no validation split; give one with "
                   "--set dataset.val=10%%",
                   monitor);
    schedule.plateau = watch_create(monitor, settings_number(settings, "schedule.min_delta", 1e-4),
                                    (int)settings_number(settings, "schedule.patience", 10));
    return schedule;
}

// From one rate to another along half a cosine; `way` from 0 to 1.
static double along_cosine(double from, double to, double way) {
    way = fmin(fmax(way, 0), 1);
    return to + (from - to) * 0.5 * (1 + cos(acos(-1.0) * way));
}

double schedule_rate(const Schedule *schedule, uint32_t epoch, uint64_t step) {
    double base = schedule->base, warmup = schedule->warmup_steps, done = (double)step;
    double after_warmup = (done - warmup) / fmax(schedule->total_steps - warmup, 1);
    if (is_kind(schedule, "step")) return base * pow(schedule->factor, floor((epoch - 1) / schedule->every));
    if (is_kind(schedule, "on_plateau")) return fmax(base * schedule->scale, fmin(base, schedule->minimum));
    if (is_kind(schedule, "cosine"))
        return done < warmup ? base * (done + 1) / ceil(warmup)
                             : along_cosine(base, schedule->final, after_warmup);
    if (is_kind(schedule, "onecycle"))
        return done < warmup ? along_cosine(base, schedule->maximum, done / warmup)
                             : along_cosine(schedule->maximum, base / onecycle_final_division, after_warmup);
    return base;
}

void schedule_epoch(Schedule *schedule, const EpochResult *row) {
    if (!is_kind(schedule, "on_plateau")) return;
    watch_epoch(&schedule->plateau, row);
    if (!watch_is_over(&schedule->plateau)) return;
    schedule->scale *= schedule->factor;
    schedule->plateau.waited = 0;
}
