// C texts to object files in the cache.
#ifndef BUILD_OBJECTS_H
#define BUILD_OBJECTS_H

#include "build/toolchain.h"

typedef struct Object {
    const char *text;
    uint64_t key;     // of the text, all that it may include, and the compiler
    const char *path; // where it was prepared, or in the cache
} Object;

Object object_of(const Toolchain *toolchain, const char *text);
// Compiles those that are not in the cache, on all cores. False after one message on stderr; then the C file
// is kept.
bool compile_objects(const Toolchain *toolchain, int count, const Object *objects);

#endif
