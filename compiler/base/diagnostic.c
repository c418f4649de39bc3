#include "base/diagnostic_list.h"
#include "base/text.h"
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name, *title, *explanation;
} codes[] = {
#define DIAGNOSTIC(code, title, explanation) {#code, title, explanation},
#include "base/diagnostics.def"
#undef DIAGNOSTIC
};

const char *code_name(Code code) {
    return codes[code].name;
}

const char *code_title(Code code) {
    return codes[code].title;
}

const char *code_explanation(Code code) {
    return codes[code].explanation;
}

Code code_from_name(const char *name) {
    for (int i = 0; i < CODE_COUNT; i++) {
        if (!strcmp(codes[i].name, name)) return (Code)i;
    }
    return CODE_COUNT;
}

const char *severity_name(Severity severity) {
    static const char *const names[] = {"error", "warning", "note"};
    return names[severity];
}

// More than anybody reads; what a file without end would fill memory and screen with.
enum { MOST_KEPT = 200 };

Diagnostics *diagnostics_new(Arena *arena) {
    Diagnostics *diagnostics = NEW(arena, Diagnostics);
    diagnostics->arena = arena;
    diagnostics->table_size = 64;
    diagnostics->table = NEW_ARRAY(arena, Diagnostic *, diagnostics->table_size);
    return diagnostics;
}

static bool same(const Diagnostic *a, const Diagnostic *b) {
    return a->hash == b->hash && a->severity == b->severity && a->code == b->code &&
           a->span.source == b->span.source && a->span.start == b->span.start && a->span.end == b->span.end &&
           !strcmp(a->message, b->message);
}

// The place in the table where diagnostic is, or would be.
static Diagnostic **slot(const Diagnostics *diagnostics, const Diagnostic *diagnostic) {
    uint64_t mask = (uint64_t)diagnostics->table_size - 1, place = diagnostic->hash & mask;
    while (diagnostics->table[place] && !same(diagnostics->table[place], diagnostic))
        place = (place + 1) & mask;
    return &diagnostics->table[place];
}

static void grow_table(Diagnostics *diagnostics) {
    diagnostics->table_size *= 2;
    diagnostics->table = NEW_ARRAY(diagnostics->arena, Diagnostic *, diagnostics->table_size);
    for (int i = 0; i < diagnostics->list.count; i++) {
        *slot(diagnostics, diagnostics->list.items[i]) = diagnostics->list.items[i];
    }
}

static int order_of(Diagnostics *diagnostics, const Source *source) {
    if (!source) return 0;
    for (int i = 0; i < diagnostics->sources.count; i++) {
        if (diagnostics->sources.items[i] == source) return i + 1;
    }
    list_add(diagnostics->arena, &diagnostics->sources, source);
    return diagnostics->sources.count;
}

static uint64_t hash_of(const Diagnostic *diagnostic) {
    uint32_t place[] = {(uint32_t)diagnostic->severity, (uint32_t)diagnostic->code, diagnostic->span.start,
                        diagnostic->span.end};
    return hash_bytes(hash_bytes(HASH_START, place, sizeof place), diagnostic->message,
                      strlen(diagnostic->message));
}

Diagnostic *diagnose(Diagnostics *diagnostics, Severity severity, Code code, Span span, const char *format,
                     ...) {
    Diagnostic *diagnostic = NEW(diagnostics->arena, Diagnostic);
    va_list arguments;
    va_start(arguments, format);
    diagnostic->message = arena_vprintf(diagnostics->arena, format, arguments);
    va_end(arguments);
    diagnostic->owner = diagnostics;
    diagnostic->severity = severity;
    diagnostic->code = code;
    diagnostic->span = span;
    diagnostic->hash = hash_of(diagnostic);
    Diagnostic **place = slot(diagnostics, diagnostic);
    if (*place) return NULL;
    diagnostics->errors += severity == SEVERITY_ERROR;
    diagnostics->warnings += severity == SEVERITY_WARNING;
    diagnostics->more |= diagnostics->list.count == MOST_KEPT;
    if (diagnostics->more) return NULL;
    *place = diagnostic;
    diagnostic->order = diagnostics->list.count;
    diagnostic->source_order = order_of(diagnostics, span.source);
    list_add(diagnostics->arena, &diagnostics->list, diagnostic);
    if (diagnostics->list.count * 2 > diagnostics->table_size) grow_table(diagnostics);
    return diagnostic;
}

void diagnostic_label(Diagnostic *diagnostic, Span span, const char *format, ...) {
    if (!diagnostic) return;
    va_list arguments;
    va_start(arguments, format);
    Label label = {span, arena_vprintf(diagnostic->owner->arena, format, arguments)};
    va_end(arguments);
    list_add(diagnostic->owner->arena, &diagnostic->labels, label);
}

void diagnostic_note(Diagnostic *diagnostic, const char *format, ...) {
    if (!diagnostic) return;
    va_list arguments;
    va_start(arguments, format);
    const char *note = arena_vprintf(diagnostic->owner->arena, format, arguments);
    va_end(arguments);
    list_add(diagnostic->owner->arena, &diagnostic->notes, note);
}

void diagnostic_help(Diagnostic *diagnostic, const char *format, ...) {
    if (!diagnostic) return;
    va_list arguments;
    va_start(arguments, format);
    const char *help = arena_vprintf(diagnostic->owner->arena, format, arguments);
    va_end(arguments);
    list_add(diagnostic->owner->arena, &diagnostic->helps, help);
}

void diagnostic_suggest(Diagnostic *diagnostic, const char *word, const char *const *candidates) {
    const char *closest = closest_word(word, candidates);
    if (closest) diagnostic_help(diagnostic, "did you mean `%s`?", closest);
}

int diagnostics_errors(const Diagnostics *diagnostics) {
    return diagnostics->errors;
}

int diagnostics_warnings(const Diagnostics *diagnostics) {
    return diagnostics->warnings;
}

static int compare(const void *left, const void *right) {
    const Diagnostic *a = *(Diagnostic *const *)left, *b = *(Diagnostic *const *)right;
    if (a->source_order != b->source_order) return a->source_order < b->source_order ? -1 : 1;
    if (a->span.source && a->span.start != b->span.start) return a->span.start < b->span.start ? -1 : 1;
    return (a->order > b->order) - (a->order < b->order);
}

Diagnostic **diagnostics_sorted(const Diagnostics *diagnostics) {
    size_t count = (size_t)diagnostics->list.count;
    Diagnostic **sorted = NEW_ARRAY(diagnostics->arena, Diagnostic *, count);
    if (!count) return sorted;
    memcpy(sorted, diagnostics->list.items, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, compare);
    return sorted;
}
