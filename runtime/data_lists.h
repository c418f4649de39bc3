// The program's data set as training and evaluation use it: three lists of images.
#ifndef RUNTIME_DATA_LISTS_H
#define RUNTIME_DATA_LISTS_H

#include "instance.h"
#include "options.h"
#include "split.h"

typedef struct DataLists {
    Dataset train_data, test_data;
    Split split;
    ImageList train, validation, test; // without a validation split its list is empty
    char *const *class_names;          // the data set's
} DataLists;

typedef enum DataPart { DATA_PART_ALL, DATA_PART_TEST } DataPart;

// Loads the set, cuts it to --limit, and splits it as `dataset.val` says: a fraction of the train images, the
// word `test` for the test images, or nothing. With DATA_PART_TEST only the test list is filled. Faults of
// the data end the program. The lists point into *lists, which must stay where it is; release with
// data_lists_free.
void data_lists_load(DataLists *lists, const Program *program, const Options *options,
                     const Settings *settings, DataPart part);
void data_lists_free(DataLists *lists);

#endif
