// From generated C files to a program: the user's cc (CC, CFLAGS), and a cache by content.
#ifndef BUILD_BUILD_H
#define BUILD_BUILD_H

#include "base/memory.h"
#include <stdbool.h>

typedef struct BuildOptions {
    bool double_precision; // link the runtime for double
    const char *march;     // "native"; NULL: none
} BuildOptions;

// Where the runtime's headers and library, the kernels and the zoo lie: the checkout that build/cnnc belongs
// to, or PREFIX/lib/cnnc of an installed one. NULL and a message on stderr if they are not there.
const char *build_root(Arena *arena);
// The folder of objects and programs, and of the user's tuning records; it is made if need be. NULL and a
// message on stderr if it cannot be.
const char *build_cache(Arena *arena);
// The command that compiles a file, without its name, and the compiler's version; what Program.compiler says.
const char *build_compiler(Arena *arena, const BuildOptions *options);
// Whether the compiler defines one of these macros, NULL-terminated, for what it compiles.
bool build_defines(Arena *arena, const BuildOptions *options, const char *const *names);
// A file that holds the program of these C texts, from the cache or new. Texts that were compiled before, for
// whatever program, are not compiled again; the others are, on all cores. NULL after a message on stderr.
const char *build_program(Arena *arena, int count, const char *const *texts, const BuildOptions *options);
// Compiles texts that many programs have into a folder beside the runtime's library, where builds find them.
// False after a message on stderr.
bool build_prepare(Arena *arena, int count, const char *const *texts, const BuildOptions *options);
// Copies a built program to `path`, whole or not at all. False after a message on stderr.
bool build_copy(const char *program, const char *path);

#endif
