// run.json: how a run began, and whether a run that is to be resumed is still the same one.
#ifndef RUNTIME_RUN_RECORD_H
#define RUNTIME_RUN_RECORD_H

#include "data_lists.h"
#include <cjson/cJSON.h>

// The document; the caller deletes it.
cJSON *run_record_create(const Program *program, const Options *options, const Settings *settings,
                         const DataLists *lists, uint64_t seed, int threads);

// Reads a run's document, for the caller to delete. A damaged one ends the program.
cJSON *run_record_read(const char *path);

// Ends the program where the run recorded at `path` would not go on with the same bits: program, kernels,
// number type, settings, seed, data. The number of threads may change.
void run_record_check(const cJSON *recorded, const cJSON *now, const char *path);

// When the run began, in seconds since 1970.
double run_record_started(const cJSON *record);

#endif
