#ifndef COMMANDS_CHECK_H
#define COMMANDS_CHECK_H

#include <stddef.h>

// Checks a text as `cnnc check` would a file, and returns how many errors there are. What the fuzzer calls.
int check_text(const char *text, size_t length);

#endif
