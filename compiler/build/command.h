// Running other programs: arguments are NULL-terminated, the first is looked for in PATH.
#ifndef BUILD_COMMAND_H
#define BUILD_COMMAND_H

#include "base/memory.h"
#include <sys/types.h>

// Starts a command. Its process, or -1 and errno.
pid_t start_command(char *const *arguments);
// Waits for any of this process's children: which one, and its exit code (128 + the signal that ended it). -1
// if there is none.
pid_t wait_command(int *code);
// Runs a command to its end, its stdout read into *output if that is not NULL. The exit code, or -1 and errno
// if it cannot be started.
int run_command(Arena *arena, char *const *arguments, const char **output);

#endif
