#include "base/memory.h"
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// An arena is a list of blocks, the newest first; an allocation that does not fit a fresh block of the usual
// size gets a block of its own.
enum { BLOCK_SIZE = 64 * 1024 };

typedef struct Block {
    struct Block *next;
    size_t size, used;
    _Alignas(max_align_t) unsigned char bytes[];
} Block;

struct Arena {
    Block *blocks;
};

void out_of_memory(void) {
    fputs("cnnc: out of memory\n", stderr);
    exit(3);
}

void fault_at(const char *file, int line, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "cnnc: internal error at %s:%d: ", file, line);
    vfprintf(stderr, format, arguments);
    fputs("\ncnnc: this is a fault of the compiler, not of your file; please report it with the file\n",
          stderr);
    va_end(arguments);
    exit(70);
}

Arena *arena_new(void) {
    Arena *arena = calloc(1, sizeof *arena);
    if (!arena) out_of_memory();
    return arena;
}

void arena_free(Arena *arena) {
    if (!arena) return;
    for (Block *block = arena->blocks, *next; block; block = next) {
        next = block->next;
        free(block);
    }
    free(arena);
}

static Block *add_block(Arena *arena, size_t size) {
    size_t capacity = size > BLOCK_SIZE ? size : BLOCK_SIZE;
    if (capacity > SIZE_MAX - sizeof(Block)) out_of_memory();
    Block *block = calloc(1, sizeof(Block) + capacity);
    if (!block) out_of_memory();
    block->size = capacity;
    // A block of its own goes behind the first one, whose free space is still of use.
    if (size > BLOCK_SIZE && arena->blocks) {
        block->next = arena->blocks->next;
        arena->blocks->next = block;
    } else {
        block->next = arena->blocks;
        arena->blocks = block;
    }
    return block;
}

void *arena_alloc(Arena *arena, size_t size) {
    size_t alignment = _Alignof(max_align_t);
    if (size > SIZE_MAX - alignment) out_of_memory();
    size = size ? (size + alignment - 1) / alignment * alignment : alignment;
    Block *block = arena->blocks;
    if (!block || block->size - block->used < size) block = add_block(arena, size);
    void *start = block->bytes + block->used;
    block->used += size;
    return start;
}

char *arena_copy(Arena *arena, const char *text, size_t length) {
    char *copy = arena_alloc(arena, length + 1);
    if (length) memcpy(copy, text, length);
    return copy;
}

char *arena_vprintf(Arena *arena, const char *format, va_list arguments) {
    va_list again;
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    require(length >= 0);
    char *text = arena_alloc(arena, (size_t)length + 1);
    vsnprintf(text, (size_t)length + 1, format, arguments);
    return text;
}

char *arena_printf(Arena *arena, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    char *text = arena_vprintf(arena, format, arguments);
    va_end(arguments);
    return text;
}

void *list_grow(Arena *arena, void *items, size_t item_size, int *capacity) {
    if (*capacity > INT32_MAX / 2) out_of_memory();
    int grown = *capacity ? *capacity * 2 : 4;
    if (item_size > SIZE_MAX / (size_t)grown) out_of_memory();
    void *copy = arena_alloc(arena, item_size * (size_t)grown);
    if (*capacity) memcpy(copy, items, item_size * (size_t)*capacity);
    *capacity = grown;
    return copy;
}
