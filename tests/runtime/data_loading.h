// What the tests that load data share: a folder, a program to load for, and loads that must fail.
#ifndef TESTS_DATA_LOADING_H
#define TESTS_DATA_LOADING_H

#include "data.h"
#include "data_support.h"
#include <sys/stat.h>

static char *folder; // of this test program: its main() makes and removes it

static inline char *in_folder(const char *name) {
    return data_format("%s/%s", folder, name);
}

static inline Program program_for(const char *kind, const char *const *arguments, int height, int width,
                                  int channels, int classes) {
    return (Program){.model = "net",
                     .file = "net.cnn",
                     .height = height,
                     .width = width,
                     .channels = channels,
                     .classes = classes,
                     .data = {.name = "own", .kind = kind, .arguments = arguments}};
}

// What a child of expect_failure loads.
typedef struct Load {
    const Program *program;
    const char *directory;
} Load;

static inline void load(const void *argument) {
    const Load *load = argument;
    Dataset train, test;
    data_load(load->program, load->directory, 1, &train, &test);
    dataset_free(&train);
    dataset_free(&test);
}

static inline void expect_bad_data(const Program *program, const char *directory, const char *message) {
    Load argument = {program, directory};
    expect_failure(load, &argument, message);
}

static inline void make_folder(void) {
    folder = temporary_path("folder");
    assert_int_equal(mkdir(folder, 0777), 0);
}

static inline void remove_in_folder(const char *name) {
    char *command = data_format("rm -r '%s'/%s", folder, name);
    assert_int_equal(system(command), 0);
    free(command);
}

static inline void remove_folder(void) {
    remove_in_folder("");
    free(folder);
}

#endif
