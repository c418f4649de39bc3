#include "base/diagnostic_list.h"
#include "base/utf8.h"
#include <stdlib.h>
#include <string.h>

// Columns of a source line that are shown at most, and those kept before the first mark of a longer one.
enum { WINDOW = 100, BEFORE_MARK = 30, TAB_WIDTH = 4 };

typedef struct Printer {
    FILE *stream;
    bool colour;
    int gutter; // digits of the largest line number shown
} Printer;

// A row of carets: columns from 0, end excluded, of the line as displayed.
typedef struct Mark {
    int start, end;
    const char *text; // NULL if there is nothing to say beside it
} Mark;

typedef List(Mark) Marks;

typedef struct Line {
    int number;
    uint32_t start, end; // bytes, the line's end excluded
} Line;

static const char *style(const Printer *printer, const char *escape) {
    return printer->colour ? escape : "";
}

#define BOLD  "\033[1m"
#define BLUE  "\033[1;34m"
#define PLAIN "\033[0m"

static const char *severity_style(Severity severity) {
    static const char *const styles[] = {"\033[1;31m", "\033[1;33m", "\033[1;36m"};
    return styles[severity];
}

static Line line_of(const Source *source, uint32_t offset) {
    int number = position_of(source, offset).line;
    bool last = number == source->line_count;
    uint32_t end = last ? (uint32_t)source->length : source->lines[number] - 1;
    Line line = {number, source->lines[number - 1], end};
    if (line.end > line.start && source->text[line.end - 1] == '\r') line.end--;
    if (line.number == 1 && line.end >= 3 && !memcmp(source->text, "\xEF\xBB\xBF", 3)) line.start = 3;
    return line;
}

// Displays length bytes with tabs expanded; what lies in the WINDOW columns behind from goes into text unless
// it is NULL. Returns the width of all.
static int display(Text *text, const char *bytes, size_t length, int from) {
    int width = 0;
    for (size_t i = 0; i < length;) {
        int size = utf8_length(bytes + i, length - i);
        if (!size) size = 1;
        int columns = bytes[i] == '\t' ? TAB_WIDTH - width % TAB_WIDTH : 1;
        bool shown = text && width + columns > from && width < from + WINDOW;
        if (shown && bytes[i] == '\t') {
            int start = width < from ? from : width, stop = width + columns;
            text_printf(text, "%*s", (stop < from + WINDOW ? stop : from + WINDOW) - start, "");
        } else if (shown) {
            text_add_visible(text, bytes + i, (size_t)size);
        }
        width += columns;
        i += (size_t)size;
    }
    return width;
}

static int text_width(const char *text) {
    return display(NULL, text, strlen(text), 0);
}

static int column_in(const Source *source, Line line, uint32_t offset) {
    uint32_t stop = offset < line.start ? line.start : offset < line.end ? offset : line.end;
    return display(NULL, source->text + line.start, stop - line.start, 0);
}

static Mark mark_of(Line line, Span span, const char *text) {
    Mark mark = {column_in(span.source, line, span.start), column_in(span.source, line, span.end), text};
    if (mark.end <= mark.start) mark.end = mark.start + 1;
    return mark;
}

static void print_gutter(const Printer *printer, const char *number) {
    fprintf(printer->stream, "%s%-*s |%s", style(printer, BLUE), printer->gutter, number,
            style(printer, PLAIN));
}

static void print_spaces(FILE *stream, int count) {
    fprintf(stream, "%*s", count, "");
}

// The text of mark i stands beside its carets where that leaves the next ones free.
static bool fits(const Marks *marks, int i) {
    const Mark *mark = &marks->items[i];
    return !mark->text || i + 1 == marks->count ||
           mark->end + 1 + text_width(mark->text) < marks->items[i + 1].start;
}

static void print_marks(const Printer *printer, const Marks *marks, const char *mark_style) {
    FILE *stream = printer->stream;
    print_gutter(printer, "");
    fprintf(stream, " %s", style(printer, mark_style));
    int column = 0;
    for (int i = 0; i < marks->count; i++) {
        const Mark *mark = &marks->items[i];
        if (mark->start > column) print_spaces(stream, mark->start - column);
        if (mark->start > column) column = mark->start;
        for (; column < mark->end; column++) fputc('^', stream);
        if (!mark->text || !fits(marks, i)) continue;
        fprintf(stream, " %s", mark->text);
        column += 1 + text_width(mark->text);
    }
    fprintf(stream, "%s\n", style(printer, PLAIN));
    for (int i = 0; i < marks->count; i++) {
        if (fits(marks, i)) continue;
        print_gutter(printer, "");
        print_spaces(stream, 1 + marks->items[i].start);
        fprintf(stream, "%s%s%s\n", style(printer, mark_style), marks->items[i].text, style(printer, PLAIN));
    }
}

static int compare_marks(const void *left, const void *right) {
    const Mark *a = left, *b = right;
    return a->start != b->start ? (a->start > b->start) - (a->start < b->start)
                                : (a->end > b->end) - (a->end < b->end);
}

// Moves marks into a window of columns that starts at from.
static void clip_marks(Marks *marks, int from, int shift) {
    for (int i = 0; i < marks->count; i++) {
        Mark *mark = &marks->items[i];
        int start = mark->start - from, end = mark->end - from;
        start = start < 0 ? 0 : start >= WINDOW ? WINDOW - 1 : start;
        end = end > WINDOW ? WINDOW : end <= start ? start + 1 : end;
        mark->start = start + shift;
        mark->end = end + shift;
    }
}

static void print_line(const Printer *printer, const Source *source, Line line, Marks *marks,
                       const char *mark_style) {
    qsort(marks->items, (size_t)marks->count, sizeof *marks->items, compare_marks);
    const char *bytes = source->text + line.start;
    size_t length = line.end - line.start;
    int width = display(NULL, bytes, length, 0), from = 0;
    if (width > WINDOW && marks->items[0].start > BEFORE_MARK) from = marks->items[0].start - BEFORE_MARK;
    if (from > width - WINDOW) from = width > WINDOW ? width - WINDOW : 0;
    Text text = {0};
    display(&text, bytes, length, from);
    char number[16];
    snprintf(number, sizeof number, "%d", line.number);
    print_gutter(printer, number);
    if (width) fprintf(printer->stream, " %s", from ? "..." : "");
    fprintf(printer->stream, "%s%s\n", text_string(&text), from + WINDOW < width ? "..." : "");
    text_free(&text);
    if (width > WINDOW) clip_marks(marks, from, from ? 3 : 0);
    print_marks(printer, marks, mark_style);
}

static void print_place(const Printer *printer, Span span) {
    Position position = position_of(span.source, span.start);
    fprintf(printer->stream, "%*s%s-->%s ", printer->gutter, "", style(printer, BLUE), style(printer, PLAIN));
    Text path = {0};
    text_add_visible(&path, span.source->path, strlen(span.source->path));
    fprintf(printer->stream, "%s:%d:%d\n", text_string(&path), position.line, position.column);
    text_free(&path);
}

static bool on_line(Span span, const Source *source, Line line) {
    return span.source == source && position_of(source, span.start).line == line.number;
}

// The line of the message itself: labels inside its span say more exactly what the carets should point at.
static void print_own_line(const Printer *printer, const Diagnostic *diagnostic, Line line) {
    Marks marks = {0};
    Arena *arena = diagnostic->owner->arena;
    bool narrowed = false;
    for (int i = 0; i < diagnostic->labels.count; i++) {
        const Label *label = &diagnostic->labels.items[i];
        if (!on_line(label->span, diagnostic->span.source, line)) continue;
        list_add(arena, &marks, mark_of(line, label->span, label->text));
        narrowed |= label->span.start >= diagnostic->span.start && label->span.end <= diagnostic->span.end;
    }
    if (!narrowed) list_add(arena, &marks, mark_of(line, diagnostic->span, NULL));
    print_line(printer, diagnostic->span.source, line, &marks, severity_style(diagnostic->severity));
}

// Labels of other lines and files, each line once.
static void print_other_lines(const Printer *printer, const Diagnostic *diagnostic, Line own) {
    for (int i = 0; i < diagnostic->labels.count; i++) {
        const Source *source = diagnostic->labels.items[i].span.source;
        if (!source || on_line(diagnostic->labels.items[i].span, diagnostic->span.source, own)) continue;
        Line line = line_of(source, diagnostic->labels.items[i].span.start);
        Marks marks = {0};
        bool shown = false;
        for (int j = 0; j < diagnostic->labels.count; j++) {
            const Label *label = &diagnostic->labels.items[j];
            if (!on_line(label->span, source, line)) continue;
            shown |= j < i;
            list_add(diagnostic->owner->arena, &marks, mark_of(line, label->span, label->text));
        }
        if (shown) continue;
        if (source != diagnostic->span.source) print_place(printer, diagnostic->labels.items[i].span);
        print_gutter(printer, "");
        fputc('\n', printer->stream);
        print_line(printer, source, line, &marks, BLUE);
    }
}

// "= note: ..."; further lines of the text are indented below.
static void print_remark(const Printer *printer, const char *kind, const char *text) {
    fprintf(printer->stream, "%*s %s= %s:%s ", printer->gutter, "", style(printer, BLUE), kind,
            style(printer, PLAIN));
    int indent = printer->gutter + (int)strlen(kind) + 5;
    for (;;) {
        size_t length = strcspn(text, "\n");
        Text line = {0};
        text_add_visible(&line, text, length);
        fprintf(printer->stream, "%s\n", text_string(&line));
        text_free(&line);
        if (!text[length]) return;
        text += length + 1;
        print_spaces(printer->stream, indent);
    }
}

static void widen_gutter(Printer *printer, Span span) {
    if (!span.source) return;
    int digits = snprintf(NULL, 0, "%d", position_of(span.source, span.start).line);
    if (digits > printer->gutter) printer->gutter = digits;
}

static void print_diagnostic(Printer *printer, const Diagnostic *diagnostic) {
    printer->gutter = 1;
    widen_gutter(printer, diagnostic->span);
    for (int i = 0; i < diagnostic->labels.count; i++)
        widen_gutter(printer, diagnostic->labels.items[i].span);
    Text message = {0};
    text_add_visible(&message, diagnostic->message, strlen(diagnostic->message));
    fprintf(printer->stream, "%s%s[%s]%s: %s%s%s\n", style(printer, severity_style(diagnostic->severity)),
            severity_name(diagnostic->severity), code_name(diagnostic->code), style(printer, PLAIN),
            style(printer, BOLD), text_string(&message), style(printer, PLAIN));
    text_free(&message);
    if (diagnostic->span.source) {
        Line own = line_of(diagnostic->span.source, diagnostic->span.start);
        print_place(printer, diagnostic->span);
        print_gutter(printer, "");
        fputc('\n', printer->stream);
        print_own_line(printer, diagnostic, own);
        print_other_lines(printer, diagnostic, own);
    }
    for (int i = 0; i < diagnostic->notes.count; i++)
        print_remark(printer, "note", diagnostic->notes.items[i]);
    for (int i = 0; i < diagnostic->helps.count; i++)
        print_remark(printer, "help", diagnostic->helps.items[i]);
    fputc('\n', printer->stream);
}

void diagnostics_print(const Diagnostics *diagnostics, FILE *stream, bool colour) {
    Printer printer = {stream, colour, 1};
    Diagnostic **sorted = diagnostics_sorted(diagnostics);
    for (int i = 0; i < diagnostics->list.count; i++) print_diagnostic(&printer, sorted[i]);
    int errors = diagnostics->errors, warnings = diagnostics->warnings;
    if (errors) fprintf(stream, "%d %s", errors, errors == 1 ? "error" : "errors");
    if (errors && warnings) fputs(", ", stream);
    if (warnings) fprintf(stream, "%d %s", warnings, warnings == 1 ? "warning" : "warnings");
    if (diagnostics->more) fprintf(stream, "; the first %d are shown", diagnostics->list.count);
    if (errors || warnings) fputc('\n', stream);
}
