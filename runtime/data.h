// Labelled images in memory, and where they come from.
#ifndef RUNTIME_DATA_H
#define RUNTIME_DATA_H

#include "program.h"

typedef struct Dataset {
    int height, width, channels, classes;
    size_t count;       // images; less than 2^31
    uint8_t *images;    // [count][height][width][channels]
    int32_t *labels;    // [count], each 0 .. classes-1
    char **class_names; // [classes]
    uint32_t checksum;  // CRC-32 of the images' bytes, then the labels' (little-endian)
} Dataset;

// Loads the training and the test part of the program's data set, or only one of them where the other is
// NULL. `directory` is --data's argument or NULL; `seed` is dataset.seed (it divides a folder of images that
// has no train/ and test/). Everything is checked: the files, their checksums (built-in sets), shape and
// classes against the program. Any fault ends the program with one line that names the file and the way out.
void data_load(const Program *program, const char *directory, uint64_t seed, Dataset *train, Dataset *test);

// Releases what data_load allocated and empties the set; an all-zero one is fine.
void dataset_free(Dataset *set);

// The names of the program's classes without reading any data: the file's, the built-in set's own, else "0",
// "1", ... (a folder of images is named by its folders, which only data_load sees). program->classes strings,
// to be released with data_free_class_names.
char **data_class_names(const Program *program);
void data_free_class_names(char **names, int classes);

#endif
