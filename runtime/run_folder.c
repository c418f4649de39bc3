#include "run_folder.h"
#include "data_file.h"
#include "fail.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

char *run_folder_path(const char *folder, const char *name) {
    return data_format("%s/%s", folder, name);
}

bool run_folder_has(const char *folder, const char *name) {
    char *path = run_folder_path(folder, name);
    bool there = data_is_file(path);
    free(path);
    return there;
}

// Makes a folder and those above it. True if it was not there before.
static bool make_folder(const char *path) {
    char *copy = data_format("%s", path);
    bool made = false;
    for (char *at = copy + 1;; at++) {
        char end = *at;
        if (end != '/' && end != 0) continue;
        *at = 0;
        made = mkdir(copy, 0777) == 0;
        if (!made && errno != EEXIST) fail("%s: the folder cannot be made: %s", copy, strerror(errno));
        if (!made && !data_is_folder(copy)) fail("%s: is a file, not a folder", copy);
        if (end == 0) break;
        *at = end;
    }
    free(copy);
    return made;
}

// runs/MODEL is the first of a model's runs, runs/MODEL-2 the second.
static char *numbered_folder(const Program *program, int number) {
    return number == 1 ? data_format("runs/%s", program->model)
                       : data_format("runs/%s-%d", program->model, number);
}

static char *new_folder(const Program *program) {
    for (int number = 1;; number++) {
        char *folder = numbered_folder(program, number);
        if (make_folder(folder)) return folder; // mkdir decides between programs that start together
        free(folder);
    }
}

static char *latest_folder(const Program *program) {
    char *latest = numbered_folder(program, 1);
    for (int number = 2;; number++) {
        char *next = numbered_folder(program, number);
        if (!data_is_folder(next)) {
            free(next);
            return latest;
        }
        free(latest);
        latest = next;
    }
}

// Two programs in one folder would take each other's files away. The lock is the open folder's, so it ends
// with the program, however that ends; where the file system knows no locks, there is none.
static void lock_folder(const char *folder) {
    int descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0 || flock(descriptor, LOCK_EX | LOCK_NB) == 0) return;
    if (errno == EWOULDBLOCK)
        fail("%s: another program is at work in this folder; wait for it, or give another --out", folder);
    close(descriptor);
}

char *run_folder_open(const Program *program, const Options *options) {
    char *folder;
    if (options->out)
        folder = data_format("%s", *options->out ? options->out : ".");
    else
        folder = options->resume ? latest_folder(program) : new_folder(program);
    make_folder(folder);
    lock_folder(folder);
    if (!options->resume && run_folder_has(folder, "run.json"))
        fail("%s holds a run already; go on with it by --resume, or give another --out", folder);
    char *weights = run_folder_path(folder, "weights");
    make_folder(weights);
    free(weights);
    return folder;
}

void run_folder_put(const char *folder, const char *name, const char *text) {
    char *path = run_folder_path(folder, name);
    atomic_file_put(path, text, strlen(text));
    free(path);
}

void run_folder_put_json(const char *folder, const char *name, cJSON *document) {
    char *text = cJSON_Print(document);
    if (!text) fail_memory();
    char *line = data_format("%s\n", text);
    run_folder_put(folder, name, line);
    free(line);
    cJSON_free(text);
    cJSON_Delete(document);
}
