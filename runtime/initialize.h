// Initial values of parameters.
#ifndef RUNTIME_INITIALIZE_H
#define RUNTIME_INITIALIZE_H

#include "program.h"

// Fills all of the program's parameters in the arena: weights, statistics and optimizer state. A parameter's
// values depend on the seed, its name, its initializer and its shape; neither on its place nor on the others.
void initialize_parameters(const Program *program, char *arena, uint64_t seed);

#endif
