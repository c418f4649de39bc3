// Tuning records: which kernel variant was measured to be the fastest for a shape. They are JSON lines:
//   {"family": "conv_forward", "constants": {"HEIGHT": 28, ...}, "real": "f32", "cpu": "AMD EPYC 7763",
//    "features": "avx avx2 fma", "compiler": "gcc 12", "cnnc": "0.1.0", "variant": "direct",
//    "seconds": {"direct": 1.2e-05, "ref": 4.1e-04}, "date": "2026-11-21"}
// A record counts for builds of the same number type, features, compiler and cnnc; of several, those of the
// same CPU come first, then later ones. The number of threads is no part of it: it must not change a bit.
#ifndef BUILD_TUNING_H
#define BUILD_TUNING_H

#include "build/build.h"
#include "plan/kernels.h"

// What a record must share with a build, besides the kernel's shape.
typedef struct TuningKey {
    const char *real;     // "f32", "f64"
    const char *cpu;      // the processor's name
    const char *features; // its vector features, or what --march named
    const char *compiler; // name, major version, and CFLAGS if they are set
    const char *cnnc;
} TuningKey;

// `compiler`: what build_compiler() says of these options.
TuningKey tuning_key(Arena *arena, const BuildOptions *options, const char *compiler);

// One kernel's result.
typedef struct TuningResult {
    const Kernel *kernel;
    const char *variant; // the fastest
    int count;
    const char *const *variants;
    const double *seconds;
} TuningResult;

// The user's own records, beside the cache. NULL after a message if there can be no such folder.
const char *tuning_own_file(Arena *arena);
// Adds the records of `own` (NULL: the user's) and those that ship with cnnc to the policy, as far as they
// count for this key. False after a message: a file is no file of records, or `own` is named and not there.
bool tuning_load(Arena *arena, const char *own, const TuningKey *key, KernelPolicy *policy);
// Puts results into a file of records, in place of those with the same key. False after a message.
bool tuning_save(Arena *arena, const char *path, const TuningKey *key, int count,
                 const TuningResult *results);

#endif
