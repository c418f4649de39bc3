// Messages on stderr and the ways a program ends. Exit codes: 0 fine, 1 the user's program or data, 2 usage,
// 3 out of memory, 4 some runs failed, 70 an internal error.
#ifndef RUNTIME_FAIL_H
#define RUNTIME_FAIL_H

#include <stdbool.h>

enum { EXIT_FINE = 0, EXIT_USER = 1, EXIT_USAGE = 2, EXIT_MEMORY = 3, EXIT_RUNS = 4, EXIT_INTERNAL = 70 };

// The name messages start with; the last component of `path` is used. `path` must stay valid.
void fail_name(const char *path);
const char *program_name(void);

// One line "NAME: error: ..." and exit: the user's program or data, the command line, memory, our own fault.
_Noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
_Noreturn void fail_usage(const char *format, ...) __attribute__((format(printf, 1, 2)));
_Noreturn void fail_memory(void);
_Noreturn void fail_memory_for(const char *format, ...) __attribute__((format(printf, 1, 2))); // for what
_Noreturn void fail_internal(const char *format, ...) __attribute__((format(printf, 1, 2)));

// One line on stderr, flushed: "NAME: warning: ..." and the bare text.
void warn(const char *format, ...) __attribute__((format(printf, 1, 2)));
void note(const char *format, ...) __attribute__((format(printf, 1, 2)));

// What is said, after the program's name, if a signal (SIGINT, SIGTERM, SIGHUP) ends the program from now on;
// NULL: nothing. Takes the text, which was allocated.
void say_when_interrupted(char *text);

// Says that an unfinished line (a progress bar) stands on stderr: the next message erases it.
void message_line_open(bool open);

#endif
