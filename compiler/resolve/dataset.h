// A data set's section to its configuration.
#ifndef RESOLVE_DATASET_H
#define RESOLVE_DATASET_H

#include "resolve/setting.h"

// scope: the params and the variant; the names seen are those of the data set's file. False after errors.
bool dataset_configure(const Scope *scope, const Declaration *dataset, const Settings *settings,
                       DataConfig *data);

#endif
