#include "emit/kernel_uses.h"

#include <string.h>

static bool is_used(const KernelUses *uses, const char *name) {
    for (int i = 0; i < uses->count; i++)
        if (strcmp(uses->items[i].name, name) == 0) return true;
    return false;
}

static void add(Arena *arena, KernelUses *uses, const Kernel *kernel, const char *function) {
    const char *base = arena_printf(arena, "%s.%s.%s", function, kernel->comment, kernel->family);
    const char *name = base;
    for (int number = 2; is_used(uses, name); number++) name = arena_printf(arena, "%s.%d", base, number);
    list_add(arena, uses, ((KernelUse){name, kernel}));
}

void kernel_uses_add(Arena *arena, KernelUses *uses, const LoopBody *body, const char *function) {
    for (int i = 0; i < body->count; i++) {
        const LoopStatement *statement = body->items[i];
        kernel_uses_add(arena, uses, &statement->body, function);
        if (statement->kind == LOOP_CALL) add(arena, uses, statement->kernel, function);
    }
}

static void add_member(const char *name, const char *value, Text *text) {
    text_printf(text, "%s\"%s\": \"%s\"", text->length > 1 ? ", " : "", name, value);
}

void kernel_uses_variants(const KernelUses *uses, Text *text) {
    text_add(text, "{");
    for (int i = 0; i < uses->count; i++)
        add_member(uses->items[i].name, uses->items[i].kernel->variant, text);
    text_add(text, "}");
}

void kernel_uses_reasons(const KernelUses *uses, Text *text) {
    text_add(text, "{");
    for (int i = 0; i < uses->count; i++)
        if (strcmp(uses->items[i].kernel->because, KERNEL_FIRST) != 0)
            add_member(uses->items[i].name, uses->items[i].kernel->because, text);
    text_add(text, "}");
}
