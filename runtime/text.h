// Small helpers with text that the program side shares: numbers read and written, the closest of some names.
#ifndef RUNTIME_TEXT_H
#define RUNTIME_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { NUMBER_TEXT = 32 };

// Writes the shortest text that reads back as the same double, and returns it: "0.1", "nan".
const char *number_text(double number, char text[NUMBER_TEXT]);

// Reads a whole text as a number; "20%" is 0.2. False if it is none (or not finite).
bool number_parse(const char *text, double *number);

// The same for a seed: a whole number from 0 to 2^64 - 1.
bool seed_parse(const char *text, uint64_t *seed);

// The name that is closest to `word` by edit distance, or NULL if none is close enough to be what was meant.
const char *closest_name(const char *word, const char *const *names, size_t count);

#endif
