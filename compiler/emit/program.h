// Prints a generated program: one C file with its head, its pieces and the `Program` that the runtime reads
// (runtime/program.h).
#ifndef EMIT_PROGRAM_H
#define EMIT_PROGRAM_H

#include "base/text.h"
#include "plan/lower.h"
#include "resolve/study.h"

// One lowered function of the module.
typedef struct EmittedFunction {
    const char *name; // "train"
    LoopFunctions pieces;
} EmittedFunction;

typedef struct EmittedProgram {
    const Configuration *configuration;
    const Plan *plan;
    int function_count;
    const EmittedFunction *functions;
    const char *file, *command, *compiler, *version, *hash, *resolved;
} EmittedProgram;

// Appends the tables and the Program, after the pieces were printed.
void emit_program(const EmittedProgram *program, Text *text);
// What a reader wants to know first, as a comment: the command, the model, its costs and plan.
void emit_head(const EmittedProgram *program, Text *text);
// FLOPs of the contractions for one image: training (without the gradient that nothing needs), evaluation.
double contraction_flops(const Function *function);

#endif
