// What `source = ...` may name: the built-in data sets and the kinds of files, with what is known of each.
#ifndef RESOLVE_SOURCE_H
#define RESOLVE_SOURCE_H

#include "ir/op.h"

typedef struct SourceRow {
    const char *name;
    const char *summary;
    // The files' names, in order, separated by spaces; NULL: a built-in set, found by its name.
    const char *files;
    int64_t height, width, channels, classes; // 0: said by the file, as `size` and `classes`
} SourceRow;

// Ends with a row without name.
extern const SourceRow source_rows[];
const SourceRow *source_find(const char *name); // NULL if there is none
// All names, NULL-terminated, for suggestions.
const char *const *source_names(Arena *arena);
// The number of files the row asks for.
int source_file_count(const SourceRow *row);

#endif
