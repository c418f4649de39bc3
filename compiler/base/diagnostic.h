// The user's mistakes: located messages that are collected while the compiler goes on, then printed in the
// order of the file. Codes and their long explanations (`cnnc explain`) stand in diagnostics.def.
#ifndef BASE_DIAGNOSTIC_H
#define BASE_DIAGNOSTIC_H

#include "base/memory.h"
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

typedef struct Source {
    const char *path; // as the user gave it
    const char *text; // NUL-terminated
    size_t length;
    const uint32_t *lines; // where each line begins
    int line_count;
} Source;

// A half-open range of bytes of one source; source is NULL where a thing has no place in a file.
typedef struct Span {
    const Source *source;
    uint32_t start, end;
} Span;

typedef struct Position {
    int line, column; // from 1; columns count characters (UTF-8 code points)
} Position;
Position position_of(const Source *source, uint32_t offset);

// Reads a whole file; NULL and errno set if it cannot. A BOM is left in text for the lexer to skip.
Source *source_read(Arena *arena, const char *path);
Source *source_from_text(Arena *arena, const char *path, const char *text, size_t length);

typedef enum Code {
#define DIAGNOSTIC(code, title, explanation) code,
#include "base/diagnostics.def"
#undef DIAGNOSTIC
    CODE_COUNT
} Code;

typedef enum Severity { SEVERITY_ERROR, SEVERITY_WARNING, SEVERITY_NOTE } Severity;

typedef struct Diagnostics Diagnostics;
typedef struct Diagnostic Diagnostic;

Diagnostics *diagnostics_new(Arena *arena);

// Adds a message at span. The same code at the same span with the same text is kept once (a block that is
// expanded many times, a model that many variants check), so callers need not care.
Diagnostic *diagnose(Diagnostics *diagnostics, Severity severity, Code code, Span span, const char *format,
                     ...) __attribute__((format(printf, 5, 6)));
// Each adds to a message: a caret line elsewhere (same line: more carets with their texts, as in
// docs/language.md; other line: shown below), a "= note:", a "= help:". Accept NULL, and do nothing.
void diagnostic_label(Diagnostic *diagnostic, Span span, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void diagnostic_note(Diagnostic *diagnostic, const char *format, ...) __attribute__((format(printf, 2, 3)));
void diagnostic_help(Diagnostic *diagnostic, const char *format, ...) __attribute__((format(printf, 2, 3)));

// "error[E0201]: unknown name `drpo`" + " = help: did you mean `drop`?" when one of candidates is close.
void diagnostic_suggest(Diagnostic *diagnostic, const char *word, const char *const *candidates);

int diagnostics_errors(const Diagnostics *diagnostics);
int diagnostics_warnings(const Diagnostics *diagnostics);

// Prints all, sorted by source and place, with source lines and carets; then a line that counts them.
void diagnostics_print(const Diagnostics *diagnostics, FILE *stream, bool colour);
// {"diagnostics": [{"severity", "code", "message", "file", "line", "column", "end_line", "end_column",
//   "labels": [...], "notes": [...], "help": [...]}], "errors": N, "warnings": N}
void diagnostics_print_json(const Diagnostics *diagnostics, FILE *stream);

const char *code_name(Code code);        // "E0307"
const char *code_title(Code code);       // one line
const char *code_explanation(Code code); // paragraphs for `cnnc explain`
// CODE_COUNT if there is none of this name.
Code code_from_name(const char *name);

#endif
