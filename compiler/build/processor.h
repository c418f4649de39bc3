// What the system says of the processor.
#ifndef BUILD_PROCESSOR_H
#define BUILD_PROCESSOR_H

#include "base/memory.h"

// A field of the first processor in /proc/cpuinfo: "model name", "flags"; NULL if there is none.
const char *processor_field(Arena *arena, const char *name);

#endif
