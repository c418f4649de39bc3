// The folder of a run: which one, and what stands in it about how the run began.
#ifndef RUNTIME_RUN_FOLDER_H
#define RUNTIME_RUN_FOLDER_H

#include "data.h"
#include "options.h"
#include <cjson/cJSON.h>

// Chooses and makes the folder and its weights/, and keeps other programs out of it. With --out it is that
// one: a run that is there already ends the program unless it is to be resumed. Without, it is runs/MODEL, or
// the next of runs/MODEL-2, -3, ...; to resume, the last of them. Returns its path for the caller to free().
char *run_folder_open(const Program *program, const Options *options);

// A file of the folder, for the caller to free().
char *run_folder_path(const char *folder, const char *name);

// True if the folder has the file.
bool run_folder_has(const char *folder, const char *name);

// Puts a text, or a document which is deleted, into the folder, whole or not at all.
void run_folder_put(const char *folder, const char *name, const char *text);
void run_folder_put_json(const char *folder, const char *name, cJSON *document);

#endif
