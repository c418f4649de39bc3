// The parts of `cnnc run`.
#ifndef COMMANDS_RUN_H
#define COMMANDS_RUN_H

#include "commands/commands.h"

typedef struct RunRequest {
    const char *file, *experiment, *only, *seeds, *out, *data, *jobs, *threads, *variant_set, *records;
    Strings settings, techniques, rest;
    uint64_t without; // the set that `techniques` names
    bool resume, dry_run, json;
} RunRequest;

// One run, compiled: its program and the settings in which it differs from it.
typedef struct PreparedRun {
    const Run *run;
    Compilation *compilation;
    const char *program; // the built file; NULL before prepare_programs
    int program_number;  // runs with the same number share a program
    Strings differing;   // "PATH=VALUE"
    const char *folder;
    int exit_code;
} PreparedRun;

typedef List(PreparedRun) PreparedRuns;

// Compiles every run's configuration and finds out which programs are needed; nothing is built.
// False after a message, with *code set.
bool prepare_runs(Arena *arena, const Runs *runs, const RunRequest *request, const char *command,
                  PreparedRuns *prepared, int *program_count, int *code);
// Builds the programs. False after a message.
bool build_programs(Arena *arena, PreparedRuns *runs);
// The runs, programs, costs and estimated time.
void print_dry_run(Arena *arena, const PreparedRuns *runs, int program_count, bool json);
// Trains all, `jobs` at a time. Sets exit codes. A signal (SIGINT, SIGTERM, SIGHUP) ends the runs that are
// going on and starts no others; returns its number, or 0.
int execute_runs(Arena *arena, PreparedRuns *runs, const RunRequest *request, int jobs);
// Writes summary.csv and summary.md of an experiment's folder from its runs' metrics.json, and prints the
// latter.
bool write_summary(Arena *arena, const PreparedRuns *runs, const char *folder);

#endif
