// IDX files (http://yann.lecun.com/exdb/mnist), plain or .gz: a big-endian header, then bytes.
#ifndef RUNTIME_IDX_H
#define RUNTIME_IDX_H

#include "data.h"
#include "gzip.h"

// Reads a pair of files into a new set (without class names) and gives the checksums of both. Images are
// [count][height][width] or [count][height][width][channels]. Ends the program with a message on any fault.
Dataset idx_load(const Program *program, const char *image_path, const char *label_path, Checksums *images,
                 Checksums *labels);

#endif
