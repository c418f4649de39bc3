// A train section to its configuration.
#ifndef RESOLVE_TRAIN_H
#define RESOLVE_TRAIN_H

#include "resolve/setting.h"

// scope: the params and the variant; the names seen are those of the section's file. data: what is trained
// on. False after errors.
bool train_configure(const Scope *scope, const Declaration *train, const Settings *settings,
                     const DataConfig *data, TrainConfig *config);

#endif
