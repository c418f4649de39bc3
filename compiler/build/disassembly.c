#include "build/disassembly.h"
#include "build/command.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

// A line of code: "  1c:\tvmovaps %ymm0,0x20(%rsp)".
typedef struct Instruction {
    const char *name, *operands; // not terminated: they end at `end`
    const char *end;
} Instruction;

static bool instruction_at(const char *line, const char *end, Instruction *instruction) {
    const char *tab = memchr(line, '\t', (size_t)(end - line));
    if (!tab) return false;
    const char *operands = tab + 1;
    while (operands < end && !isspace((unsigned char)*operands)) operands++;
    *instruction = (Instruction){tab + 1, operands, end};
    return true;
}

// Where `text` stands in the operands, or NULL.
static const char *find(const Instruction *instruction, const char *text) {
    size_t length = strlen(text);
    for (const char *at = instruction->operands; at + length <= instruction->end; at++)
        if (memcmp(at, text, length) == 0) return at;
    return NULL;
}

// The vector registers (xmm, ymm and zmm of a number are one) that the operands name, as bits.
static uint32_t vectors_named(const Instruction *instruction) {
    uint32_t registers = 0;
    for (const char *at = instruction->operands; at + 5 <= instruction->end; at++)
        if (at[0] == '%' && strchr("xyz", at[1]) && at[2] == 'm' && at[3] == 'm')
            registers |= UINT32_C(1) << (atoi(at + 4) & 31);
    return registers;
}

// vmovaps, movups, vmovdqu32, ...: whole vectors; not vmovss, vmovsd and moves within registers.
static bool moves_vector(const Instruction *instruction) {
    const char *name = instruction->name + (*instruction->name == 'v');
    return strncmp(name, "mova", 4) == 0 || strncmp(name, "movu", 4) == 0 || strncmp(name, "movdq", 5) == 0;
}

static int count_bits(uint32_t bits) {
    int count = 0;
    for (; bits; bits &= bits - 1) count++;
    return count;
}

RegisterUse register_use_of(const char *disassembly) {
    uint32_t registers = 0;
    RegisterUse use = {0, 0};
    bool frame = false; // whether rbp is the function's frame, not a number
    for (const char *line = disassembly; *line;) {
        const char *end = line + strcspn(line, "\n");
        Instruction instruction;
        if (end > line && end[-1] == ':') frame = false; // a function begins
        if (instruction_at(line, end, &instruction)) {
            uint32_t named = vectors_named(&instruction);
            registers |= named;
            if (find(&instruction, "%rsp,%rbp")) frame = true;
            bool stack = find(&instruction, "(%rsp") || (frame && find(&instruction, "(%rbp)"));
            if (named && stack && moves_vector(&instruction)) use.spills++;
        }
        line = *end ? end + 1 : end;
    }
    use.registers = count_bits(registers);
    return use;
}

bool register_use(Arena *arena, const char *object, RegisterUse *use) {
    char *const arguments[] = {"objdump", "-d", "--no-show-raw-insn", (char *)object, NULL};
    const char *output = "";
    if (run_command(arena, arguments, &output) != 0 || !strstr(output, "x86-64")) return false;
    *use = register_use_of(output);
    return true;
}
