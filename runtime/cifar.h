// CIFAR-10's binary version (https://www.cs.toronto.edu/~kriz/cifar.html), plain or .gz: records of a label
// byte and 3072 bytes, three planes of 32x32.
#ifndef RUNTIME_CIFAR_H
#define RUNTIME_CIFAR_H

#include "data.h"
#include "gzip.h"

// Appends the records of one file to a set of the program's shape. Ends the program with a message on any
// fault.
void cifar_append(const Program *program, const char *path, Dataset *set, Checksums *checksums);

#endif
