// The command line of a built program.
#ifndef RUNTIME_OPTIONS_H
#define RUNTIME_OPTIONS_H

#include "settings.h"
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

// What was written; NULL, 0 and false where an option is absent.
typedef struct Options {
    const char *data, *out, *weights, *resolved, *split, *images, *labels, *save, *seed, *epochs;
    const char **set; // --set's arguments in their order
    int set_count;
    int threads, limit, steps, resident, top;
    double seconds;
    bool resume, json;
    char **inputs; // what is no option
    int input_count;
    int argument_count; // the whole command line, for the record
    char **arguments;
} Options;

typedef int RunCommand(const Program *program, const Options *options);

typedef struct Command {
    const char *name, *arguments, *summary;
    RunCommand *run;
    unsigned flag; // one bit, unlike the other commands'
    bool takes_inputs;
} Command;

// Reads what follows the command's name, which is arguments[1]. A faulty command line ends the program:
// usage. --help prints the command's page and ends it.
Options options_read(const Command *command, int argument_count, char **arguments);
void options_free(Options *options);

// The program's settings as the command line has them: --set in order, then --epochs and --seed.
Settings options_settings(const Program *program, const Options *options);
// The run's seed, which is the setting `seed` or, where a program has none, --seed; 1 without either.
uint64_t options_seed(const Settings *settings, const Options *options);
// --threads or the cores this process may run on.
int options_threads(const Options *options);
// An option that the command cannot do without; ends the program if it is absent: usage.
const char *options_required(const char *value, const char *option);

// What the commands are, on stdout or, where the command line was none, on stderr.
void options_print_help(FILE *file, const Program *program, const Command *commands, int count);

enum {
    COMMAND_TRAIN = 1,
    COMMAND_EVAL = 2,
    COMMAND_PREDICT = 4,
    COMMAND_STEP = 8,
    COMMAND_INIT = 16,
    COMMAND_BENCH = 32,
    COMMAND_INFO = 64
};

#endif
