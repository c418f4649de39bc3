// Errors found in a scope, with what led there; and the limit on how much a study may expand to.
#include "resolve/evaluate.h"

#include <string.h>

enum { MOST_STEPS = 2000000 };

static void note_frame(Arena *arena, Diagnostic *diagnostic, const Frame *frame) {
    enum { SHOWN = 100 };
    int line = position_of(frame->span.source, frame->span.start).line;
    const char *text = datum_text(arena, &frame->value), *more = strlen(text) > SHOWN ? "..." : "";
    if (frame->block)
        diagnostic_note(diagnostic, "expanded from %.*s%s, line %d of %s", SHOWN, text, more, line,
                        frame->what);
    else
        diagnostic_note(diagnostic, "with %s = %.*s%s in the `repeat` of line %d", frame->name, SHOWN, text,
                        more, line);
}

// The innermost expansions and the outermost one say enough of a deep nest.
static void note_frames(const Scope *scope, Diagnostic *diagnostic) {
    enum { SHOWN = 6 };
    int count = 0;
    for (const Frame *frame = scope->frames; frame; frame = frame->caller) {
        count++;
        if (count <= SHOWN || !frame->caller)
            note_frame(scope->study->arena, diagnostic, frame);
        else if (count == SHOWN + 1)
            diagnostic_note(diagnostic, "... (and others that led there)");
    }
}

Diagnostic *scope_error(const Scope *scope, Code code, Span span, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    const char *message = arena_vprintf(scope->study->arena, format, arguments);
    va_end(arguments);
    Diagnostic *diagnostic = diagnose(scope->study->diagnostics, SEVERITY_ERROR, code, span, "%s", message);
    if (!diagnostic) return NULL;
    note_frames(scope, diagnostic);
    if (scope->variant) diagnostic_note(diagnostic, "%s", scope->variant);
    return diagnostic;
}

bool spend_steps(const Scope *scope, Span span, int steps) {
    Study *study = scope->study;
    bool enough = study->steps < MOST_STEPS;
    study->steps += steps;
    if (!enough || study->steps < MOST_STEPS) return enough;
    Diagnostic *diagnostic = diagnose(study->diagnostics, SEVERITY_ERROR, E0406, span,
                                      "the study is too large: it takes over %d steps to expand", MOST_STEPS);
    diagnostic_help(diagnostic, "look for blocks that call others many times over, or split the study");
    return false;
}
