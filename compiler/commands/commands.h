// What the commands share: options, opening a study, and building the program of a configuration.
#ifndef COMMANDS_COMMANDS_H
#define COMMANDS_COMMANDS_H

#include "build/build.h"
#include "pipeline.h"

enum { EXIT_FINE = 0, EXIT_USER = 1, EXIT_USAGE = 2, EXIT_SOME_FAILED = 4, EXIT_SIGNAL = 128 };

typedef List(const char *) Strings;

typedef struct Option {
    const char *name;   // "--variant"
    const char **value; // takes a value, kept here
    bool *flag;         // takes none
    Strings *values;    // takes a value, may be repeated
} Option;

// Sorts a command's arguments (argv[0] is its word) into options and the rest. False after a message on
// stderr: usage. An option's name may be followed by its value or joined to it by '='.
bool read_options(Arena *arena, int argc, char **argv, const Option *options, int option_count,
                  Strings *rest);

// The study in a file; NULL if it cannot be read. Messages go into *diagnostics.
Study *open_study(Arena *arena, const char *path, Diagnostics **diagnostics);
// Prints what was found to stderr; EXIT_USER if there were errors.
int report(const Diagnostics *diagnostics);
// "NAME=VALUE" of --set, split. False after a message on stderr.
bool read_overrides(Arena *arena, const Strings *settings, Override **overrides);
// A configuration of a checked file, for commands that take one model: NULL after messages, with *code set.
Configuration *configure_one(Arena *arena, const char *path, const char *model, const char *variant,
                             const Strings *settings, int *code);
// How kernels are chosen: what --variant-set says (NULL: nothing is forced) and the tuning records (of
// --records, NULL: the user's; and those that ship with cnnc). `compiler` is what build_compiler() says of
// the options. False after a message, with *code set.
bool read_policy(Arena *arena, const char *variant_set, const char *records, const BuildOptions *building,
                 const char *compiler, KernelPolicy *policy, int *code);
// Whether the configuration's precision goes with what is built. False after a message, with *code set.
bool precision_fits(Arena *arena, const Configuration *configuration, const BuildOptions *building,
                    int *code);
// Says, on stderr, if programs of this precision gain no speed on the processor they are built for.
void warn_precision(Arena *arena, const char *command, const Configuration *configuration,
                    const BuildOptions *building);
bool colour_wanted(int file);
// The techniques that --without names, as a set for Module.without: names separated by commas, the option
// repeated. False after a message on stderr.
bool read_without(const char *command, const Strings *names, uint64_t *without);
// The command line as one string, for heads and logs.
const char *command_line(Arena *arena, int argc, char **argv);

int command_check(int argc, char **argv);
int command_resolve(int argc, char **argv);
int command_summary(int argc, char **argv);
int command_build(int argc, char **argv);
int command_run(int argc, char **argv);
int command_bench(int argc, char **argv);
int command_tune(int argc, char **argv);
int command_fmt(int argc, char **argv);
int command_prepare(int argc, char **argv);

#endif
