// The way through the house: from a configuration to C text.
#ifndef PIPELINE_H
#define PIPELINE_H

#include "emit/program.h"
#include "emit/target.h"

typedef struct PipelineOptions {
    int64_t real_bytes;          // 4, or 8
    uint64_t without;            // techniques that are switched off (passes/technique.h)
    const KernelPolicy *kernels; // how their variants are chosen; NULL: the first that fits
    const Target *target;        // NULL: stop after lower
    bool apart;                  // kernels and pieces in files of their own, which compile side by side
    const char *dump;            // print the module, schedule, plan or loops after this pass to dump_to
    Text *dump_to;
    const char *file, *command, *compiler;
} PipelineOptions;

typedef struct Compilation {
    Configuration *configuration;
    Module *module;
    Plan *plan;
    int function_count;
    EmittedFunction *functions;
    uint64_t signature; // of the program, its settings' values aside
    const char *text;   // the program's main file, if options.target is set
    EmittedFiles files; // all of the program: text, and with options.apart the files beside it
} Compilation;

PipelineOptions pipeline_defaults(void);
// Runs all passes. The configuration has no errors.
Compilation *pipeline_run(Configuration *configuration, const PipelineOptions *options);
// The passes' names in their order, NULL-terminated.
extern const char *const pipeline_passes[];

#endif
