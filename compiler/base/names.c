#include "base/names.h"

#include "base/text.h"

#include <string.h>

// The entry of the name, or the free one where it would stand.
static struct NameEntry *entry_of(const NameTable *table, const char *name) {
    uint64_t at = hash_bytes(HASH_START, name, strlen(name));
    for (;; at++) {
        struct NameEntry *entry = &table->entries[at & (uint64_t)(table->capacity - 1)];
        if (!entry->name || strcmp(entry->name, name) == 0) return entry;
    }
}

void *name_get(const NameTable *table, const char *name) {
    return table->capacity ? entry_of(table, name)->item : NULL;
}

static void grow(Arena *arena, NameTable *table) {
    NameTable larger = {.count = table->count, .capacity = table->capacity ? table->capacity * 2 : 16};
    larger.entries = NEW_ARRAY(arena, struct NameEntry, larger.capacity);
    for (int i = 0; i < table->capacity; i++) {
        if (table->entries[i].name) *entry_of(&larger, table->entries[i].name) = table->entries[i];
    }
    *table = larger;
}

void name_put(Arena *arena, NameTable *table, const char *name, void *item) {
    if ((table->count + 1) * 2 > table->capacity) grow(arena, table);
    struct NameEntry *entry = entry_of(table, name);
    if (!entry->name) table->count++;
    *entry = (struct NameEntry){name, item};
}
