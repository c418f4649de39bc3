// What the C compiler made of a kernel: from the disassembled object file.
#ifndef BUILD_DISASSEMBLY_H
#define BUILD_DISASSEMBLY_H

#include "base/memory.h"
#include <stdbool.h>

typedef struct RegisterUse {
    int registers; // vector registers that the code names
    int spills;    // moves of vector registers to and from the stack frame
} RegisterUse;

// False, silently, where it cannot be known: without objdump, or on a processor whose code is not understood.
bool register_use(Arena *arena, const char *object, RegisterUse *use);
// The same of a disassembly's text, as `objdump -d --no-show-raw-insn` writes it (x86-64).
RegisterUse register_use_of(const char *disassembly);

#endif
