// What every reader of data checks against the program.
#ifndef RUNTIME_DATA_CHECK_H
#define RUNTIME_DATA_CHECK_H

#include "data.h"

// Ends the program unless `path` has the height, width and channels that it was built for.
void data_check_shape(const Program *program, const char *path, int64_t height, int64_t width,
                      int64_t channels);

// The same for the number of classes, where the data itself says it.
void data_check_classes(const Program *program, const char *path, int classes);

// Ends the program unless there are 1 .. 2^31-1 images whose bytes fit memory.
void data_check_count(const Program *program, const char *path, uint64_t count);

// Ends the program unless there are as many labels as images.
void data_check_pairs(const char *image_path, uint64_t images, const char *label_path, uint64_t labels);

// Ends the program unless all labels are in 0 .. classes-1.
void data_check_labels(const Program *program, const char *path, const int32_t *labels, size_t count);

// A set of the program's shape and classes, without images or names.
Dataset data_empty(const Program *program);

// The bytes of one image.
size_t data_image_bytes(const Program *program);

#endif
