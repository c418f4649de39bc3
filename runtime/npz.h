// NumPy's .npz: a zip archive of .npy files.
#ifndef RUNTIME_NPZ_H
#define RUNTIME_NPZ_H

#include "data.h"

// Loads x_train, y_train, x_test and y_test: images uint8 [n,h,w] or [n,h,w,c], labels of any integer type
// [n] or [n,1]. train or test may be NULL. Ends the program with a message on any fault.
void npz_load(const Program *program, const char *path, Dataset *train, Dataset *test);

#endif
