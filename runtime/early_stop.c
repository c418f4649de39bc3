#include "early_stop.h"
#include "fail.h"

#include <math.h>
#include <string.h>

Watch watch_create(const char *monitor, double min_delta, int patience) {
    return (Watch){.monitor = monitor,
                   .higher_is_better = monitor && !strstr(monitor, "loss"),
                   .min_delta = min_delta,
                   .patience = patience};
}

bool watch_epoch(Watch *watch, const EpochResult *row) {
    double value = watch->monitor ? result_value(row, watch->monitor) : NAN;
    double gain = watch->higher_is_better ? value - watch->best : watch->best - value;
    bool improved = !watch->monitor || watch->best_epoch == 0 || gain > watch->min_delta;
    watch->waited++;
    if (!improved) return false;
    watch->best = value;
    watch->best_epoch = row->epoch;
    watch->waited = 0;
    return true;
}

bool watch_is_over(const Watch *watch) {
    return watch->patience >= 0 && watch->waited > 0 && watch->waited >= watch->patience;
}

Watch watch_for_best(const Settings *settings, bool has_validation) {
    const char *monitor = settings_word(settings, "early_stop.monitor", NULL);
    if (!monitor) return watch_create(has_validation ? "val.loss" : NULL, 0, -1);
    if (strncmp(monitor, "val.", 4) == 0 && !has_validation)
        fail_usage("early stopping looks at %s, but there is no validation split; give one with --set "
                   "dataset.val=10%%, "
                   "or --set early_stop.monitor=train.loss",
                   monitor);
    return watch_create(monitor, settings_number(settings, "early_stop.min_delta", 0),
                        (int)settings_number(settings, "early_stop.patience", 0));
}

bool restores_best(const Settings *settings) {
    return settings_word(settings, "early_stop.monitor", NULL) &&
           strcmp(settings_word(settings, "early_stop.restore", "best"), "best") == 0;
}
