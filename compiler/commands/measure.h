// What `cnnc bench` and `cnnc tune` share: measuring all variants of a model's contractions.
#ifndef COMMANDS_MEASURE_H
#define COMMANDS_MEASURE_H

#include "build/tuning.h"
#include "commands/commands.h"
#include "emit/measure.h"

typedef struct MeasureRequest {
    const char *variant, *march, *real, *variant_set, *records, *seconds, *emit_kernels;
    bool json;
    Strings settings, techniques, rest;
    uint64_t without; // the set that `techniques` names
} MeasureRequest;

// One variant of one use.
typedef struct MeasuredVariant {
    const char *variant;
    double seconds, least, most; // of a call: the median, and the spread
    double error;                // the largest difference from the reference; negative: not a number
    bool right;                  // the error is what rounding explains
    int registers, spills;       // of the object code; -1: unknown
} MeasuredVariant;

// A contraction that a loop nest computes with the work around it: there is no kernel to measure.
typedef struct NestContraction {
    const char *layer, *op;
    double flops; // of one image
} NestContraction;

typedef struct Measurement {
    Configuration *configuration;
    Compilation *compilation;
    TuningKey key;
    const char *compiler;
    BuildOptions building;
    KernelPolicy policy; // of bench; tune measures whatever the records say
    KernelUses uses;
    List(NestContraction) nests;
    MeasuredVariant **variants; // by use, by variant of the use
    double peak;                // FLOPs a second of one thread's multiply-adds, the median over the cases
} Measurement;

// Reads the options, compiles the model and finds its contractions. False after a message, with *code set.
bool measure_prepare(Arena *arena, int argc, char **argv, MeasureRequest *request, Measurement *measurement,
                     int *code);
// Measures them. False after a message.
bool measure_run(Arena *arena, const MeasureRequest *request, Measurement *measurement);
// Whether one time is less than another by more than noise: so much a variant must be better than those
// before it in the list.
bool measure_clearly_faster(double seconds, double other);
// The fastest right variant of a use.
const MeasuredVariant *measure_fastest(const Measurement *measurement, int use);
// Writes every variant of every use as a C file of its own into a folder. False after a message.
bool measure_emit(Arena *arena, const Measurement *measurement, const char *command, const char *folder);

#endif
