// Settings: `path = value` in an experiment, a variant or on the command line, with the path made out.
#ifndef RESOLVE_SETTING_H
#define RESOLVE_SETTING_H

#include "resolve/scope.h"

typedef struct Setting {
    // "param.drop", "train.optimizer.lr", "train.early_stop.patience", "dataset.val", "experiment.model"
    const char *target;
    const Declaration *param; // where it is a param's
    const char *written;      // the path as the user wrote it
    Span span;                // of the path
    const Expr *value;
    const StudyFile *file; // whose names path and value see
} Setting;
typedef List(Setting) Settings;

// Makes out one path. False after an error.
bool setting_resolve(Study *study, const StudyFile *file, const char *path, Span span, const Expr *value,
                     Setting *setting);

// Adds the settings of an experiment's or a variant's items; false after errors. What is no property is left
// to the caller.
bool settings_add_items(Study *study, const StudyFile *file, const Items *items, Settings *settings);
// Adds a command line's; their values are read as in a file, and see the study's own file.
bool settings_add_overrides(Study *study, int count, const Override *overrides, Settings *settings);

// The last one with this target; NULL if there is none.
const Setting *settings_last(const Settings *settings, const char *target);

// "stride1 = 5, act1 = relu", shortened: for messages. "" if there are none.
const char *settings_text(Arena *arena, const Settings *settings);

#endif
