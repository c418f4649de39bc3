// What a program lets be set without compiling again: its table of settings with this run's values.
#ifndef RUNTIME_SETTINGS_H
#define RUNTIME_SETTINGS_H

#include "program.h"

typedef struct Settings {
    const Program *program;
    char **texts; // one for each of the program's settings
} Settings;

// The program's own values; release with settings_free.
Settings settings_create(const Program *program);
void settings_free(Settings *settings);

// Takes "NAME=VALUE" as `--set` does: NAME is a path, a param's bare name, or the last parts of a path where
// only one has them. What cannot be set, or not to this value, ends the program: usage.
void settings_assign(Settings *settings, const char *assignment);

// Sets a path, as `option` of the command line asks for; a program without it ends: usage.
void settings_put(Settings *settings, const char *path, const char *value, const char *option);

// A path's text or number, or `absent` where the program has no such setting.
const char *settings_word(const Settings *settings, const char *path, const char *absent);
double settings_number(const Settings *settings, const char *path, double absent);

// The numbers that steps read, for the caller to free(). For `X step` what is off there is 0.
Values *settings_values(const Settings *settings, uint64_t seed, bool for_step_command);

// Values.slot's place of a path, or NULL if steps don't read it.
real *settings_slot(const Settings *settings, Values *values, const char *path);

#endif
