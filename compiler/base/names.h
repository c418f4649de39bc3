// A hash table from names to what they stand for.
#ifndef BASE_NAMES_H
#define BASE_NAMES_H

#include "base/memory.h"

typedef struct NameTable {
    struct NameEntry {
        const char *name;
        void *item;
    } * entries; // open addressing; capacity is a power of two, at most half is used
    int count, capacity;
} NameTable;

// NULL if there is none.
void *name_get(const NameTable *table, const char *name);
// Adds or replaces. Keeps the pointer to name.
void name_put(Arena *arena, NameTable *table, const char *name, void *item);

#endif
