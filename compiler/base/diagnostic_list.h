// What a collected message holds: shared by diagnostic.c, which collects, and the two printers.
#ifndef BASE_DIAGNOSTIC_LIST_H
#define BASE_DIAGNOSTIC_LIST_H

#include "base/diagnostic.h"

typedef struct Label {
    Span span;
    const char *text;
} Label;

struct Diagnostic {
    Diagnostics *owner;
    Severity severity;
    Code code;
    Span span;
    const char *message;
    int source_order; // of the source among those that have messages; 0 if it has no place
    int order;        // in which it was given
    uint64_t hash;    // of severity, code, place and message
    List(Label) labels;
    List(const char *) notes;
    List(const char *) helps;
};

struct Diagnostics {
    Arena *arena;
    List(Diagnostic *) list;
    List(const Source *) sources;
    Diagnostic **table; // open addressing by hash; a power of two in size, at most half full
    int table_size;
    int errors, warnings;
    bool more; // there was no room for all
};

// All messages in the order to print them: by source, then place, then as given. Allocated in the arena.
Diagnostic **diagnostics_sorted(const Diagnostics *diagnostics);
const char *severity_name(Severity severity);

#endif
