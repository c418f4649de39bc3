#include "base/memory.h"
#include "base/text.h"
#include "syntax/tree.h"
#include <string.h>

// The canonical layout: two spaces a level, lines of at most 110 columns where they can be broken. What the
// source had on one line stays on one line where it fits; comments stay behind or above what they stood by.
// A tree that was not read from a source (its spans have none) is laid out one statement a line.
enum { INDENT = 2, WIDTH = 110 };

typedef struct Printer {
    const Tree *tree;
    Text *text;
    size_t line; // where the current line begins in text
    int trivia;  // the next one not yet printed
    bool blank;  // a blank line was met and not yet printed
    bool opened; // nothing was printed yet in this body: no blank line here
} Printer;

static void print_items(Printer *printer, const Items *items, int indent, uint32_t limit);
static void print_item(Printer *printer, const Item *item, int indent);

// Whether from and to are in the tree's own source, with a line end between them.
static bool is_broken(const Printer *printer, Span from, Span to) {
    if (from.source != printer->tree->source || to.source != from.source || from.end > to.start) return false;
    return memchr(from.source->text + from.end, '\n', to.start - from.end) != NULL;
}

static bool has_source(const Printer *printer, Span span) {
    return printer->tree->source && span.source == printer->tree->source;
}

static int column(const Printer *printer) {
    int count = 0;
    for (size_t i = printer->line; i < printer->text->length; i++) {
        count += ((unsigned char)printer->text->data[i] & 0xC0) != 0x80;
    }
    return count;
}

static void end_line(Printer *printer) {
    text_add(printer->text, "\n");
    printer->line = printer->text->length;
}

static void begin_line(Printer *printer, int indent) {
    if (printer->blank && !printer->opened) end_line(printer);
    printer->blank = printer->opened = false;
    text_printf(printer->text, "%*s", indent, "");
}

// The next comment or blank line if it begins before limit.
static const Trivia *next_trivia(const Printer *printer, uint32_t limit) {
    if (printer->trivia == printer->tree->trivia.count) return NULL;
    const Trivia *trivia = &printer->tree->trivia.items[printer->trivia];
    return trivia->span.start < limit ? trivia : NULL;
}

// Ends the line of a statement that ends at end, with the comment that stood behind it, before limit. Of the
// comments inside a statement the first that did not have a line of its own comes here, and the others below.
static void close_line(Printer *printer, uint32_t end, uint32_t limit) {
    const Trivia *trivia;
    while ((trivia = next_trivia(printer, end)) && !trivia->text) printer->trivia++;
    trivia = next_trivia(printer, limit);
    if (trivia && trivia->text && !trivia->own_line) {
        text_printf(printer->text, "  %s", trivia->text);
        printer->trivia++;
    }
    end_line(printer);
}

// Prints comments up to limit on lines of their own, and keeps a blank line between them.
static void print_comments(Printer *printer, int indent, uint32_t limit) {
    for (const Trivia *trivia; (trivia = next_trivia(printer, limit)); printer->trivia++) {
        if (!trivia->text) {
            printer->blank = true;
            continue;
        }
        begin_line(printer, indent);
        text_add(printer->text, trivia->text);
        end_line(printer);
    }
}

static bool comment_before(const Printer *printer, uint32_t limit) {
    for (int i = printer->trivia; i < printer->tree->trivia.count; i++) {
        const Trivia *trivia = &printer->tree->trivia.items[i];
        if (trivia->span.start >= limit) return false;
        if (trivia->text) return true;
    }
    return false;
}

// Adds words; a line that would get too long is broken behind commas that stand in brackets.
static void add_wrapped(Printer *printer, const char *words, int indent) {
    int depth = 0;
    bool quoted = false;
    while (*words) {
        size_t length = 0;
        for (bool stop = false; words[length] && !stop; length++) {
            char c = words[length];
            if (quoted) {
                quoted = c != '"';
                length += c == '\\';
                continue;
            }
            quoted = c == '"';
            depth += (c == '(' || c == '[') - (c == ')' || c == ']');
            stop = c == ',' && depth > 0;
        }
        int start = column(printer);
        bool behind_comma = start > indent && printer->text->data[printer->text->length - 1] == ',';
        if (behind_comma && start + 1 + (int)length > WIDTH) {
            end_line(printer);
            text_printf(printer->text, "%*s", indent, "");
            words++;
            length--;
        }
        text_add_bytes(printer->text, words, length);
        words += length;
    }
}

static void add_formals(Text *text, const Item *item) {
    if (!item->formals.count && strcmp(item->keyword, "block")) return;
    text_add(text, "(");
    for (int i = 0; i < item->formals.count; i++) {
        const Formal *formal = &item->formals.items[i];
        text_printf(text, "%s%s", i ? ", " : "", formal->name);
        if (!formal->initial) continue;
        text_add(text, " = ");
        expr_print(formal->initial, text);
    }
    text_add(text, ")");
}

static void add_section_head(Text *text, const Item *item) {
    text_add(text, item->keyword);
    if (item->name) text_printf(text, " %s", item->name);
    add_formals(text, item);
    if (item->arguments.count) {
        Expr call = {.kind = EXPR_CALL, .name = "", .arguments = item->arguments};
        expr_print(&call, text);
    }
    if (item->on) text_printf(text, " on %s", item->on);
    if (item->from) text_printf(text, " from %s", item->from);
}

static void add_element(Text *text, const Element *element) {
    if (element->label) text_printf(text, "%s = ", element->label);
    expr_print(element->call, text);
}

// A statement, or a section up to its brace, on one line; of a chain all elements.
static void add_head(Text *text, const Item *item) {
    switch (item->kind) {
    case ITEM_VERSION: text_add(text, "cnn "); break;
    case ITEM_USE: text_add(text, "use "); break;
    case ITEM_PARAM: text_printf(text, "param %s = ", item->name); break;
    case ITEM_PROPERTY: text_printf(text, "%s = ", item->name); break;
    case ITEM_AXIS: text_printf(text, "%s in ", item->name); break;
    case ITEM_IF: text_add(text, "if "); break;
    case ITEM_REPEAT:
        text_add(text, "repeat ");
        if (item->name) text_printf(text, "%s in ", item->name);
        break;
    case ITEM_SECTION: add_section_head(text, item); break;
    case ITEM_CHAIN: break;
    }
    for (int i = 0; i < item->elements.count; i++) {
        if (i) text_add(text, " -> ");
        add_element(text, &item->elements.items[i]);
    }
    if (item->value) expr_print(item->value, text);
    if (!item->limits) return;
    text_add(text, " in ");
    expr_print(item->limits, text);
}

static void add_on_one_line(Text *text, const Item *item);

static void add_body_on_one_line(Text *text, const Items *items) {
    text_add(text, "{ ");
    for (int i = 0; i < items->count; i++) {
        if (i) text_add(text, "; ");
        add_on_one_line(text, items->items[i]);
    }
    text_add(text, items->count ? " }" : "}");
}

static void add_on_one_line(Text *text, const Item *item) {
    add_head(text, item);
    if (!item->has_body) return;
    text_add(text, " ");
    add_body_on_one_line(text, &item->items);
    if (!item->has_otherwise) return;
    text_add(text, " else ");
    add_body_on_one_line(text, &item->otherwise);
}

// Whether the item fits into one line that begins at a column, and was written so, if it was written at all.
// Then text holds it.
static bool try_one_line(const Printer *printer, const Item *item, int start, Text *text) {
    bool written = has_source(printer, item->span);
    Span whole = item->span, first = {whole.source, whole.start, whole.start},
         last = {whole.source, whole.end, whole.end};
    if (written && is_broken(printer, first, last) && (item->has_body || item->kind == ITEM_CHAIN))
        return false;
    if (written && comment_before(printer, item->span.end)) return false;
    if (item->has_body && (!written && (item->items.count || item->has_otherwise))) return false;
    Text line = {0};
    add_on_one_line(&line, item);
    Printer measure = {.text = &line};
    bool fits = start + column(&measure) <= WIDTH;
    if (fits) text_add(text, text_string(&line));
    text_free(&line);
    return fits;
}

static void print_chain(Printer *printer, const Item *item, int indent) {
    for (int i = 0; i < item->elements.count; i++) {
        const Element *element = &item->elements.items[i];
        Span place = element->label ? element->label_span : element->call->span;
        Text text = {0};
        if (i) text_add(&text, "-> ");
        add_element(&text, element);
        Printer measure = {.text = &text};
        bool commented = has_source(printer, place) && comment_before(printer, place.start);
        bool broken = i && is_broken(printer, element[-1].call->span, place);
        if (i && (commented || broken || column(printer) + 1 + column(&measure) > WIDTH)) {
            uint32_t limit = has_source(printer, place) ? place.start : 0;
            close_line(printer, limit, limit);
            print_comments(printer, indent + INDENT, limit);
            printer->blank = false;
            begin_line(printer, indent + INDENT);
        } else if (i) {
            text_add(printer->text, " ");
        }
        add_wrapped(printer, text_string(&text), indent + 2 * INDENT);
        text_free(&text);
    }
}

// The place of the first of the signs at or behind offset, outside of comments. Only called where one
// follows.
static uint32_t find_sign(const Source *source, uint32_t offset, const char *signs) {
    while (offset < source->length && !strchr(signs, source->text[offset])) {
        if (source->text[offset] == '#') {
            offset += (uint32_t)strcspn(source->text + offset, "\n");
        } else {
            offset++;
        }
    }
    return offset;
}

// Where a body whose `{` follows offset ends: its `}`.
static uint32_t body_end(const Printer *printer, const Items *items, Span before) {
    if (!has_source(printer, before)) return 0;
    uint32_t start = find_sign(before.source, before.end, "{") + 1;
    if (items->count) start = items->items[items->count - 1]->span.end;
    return find_sign(before.source, start, "}");
}

static void print_body(Printer *printer, const Items *items, int indent, uint32_t end) {
    text_add(printer->text, " {");
    uint32_t first =
        items->count && has_source(printer, items->items[0]->span) ? items->items[0]->span.start : end;
    close_line(printer, 0, first < end ? first : end);
    printer->opened = true;
    printer->blank = false;
    print_items(printer, items, indent + INDENT, end);
    printer->opened = printer->blank = false;
    begin_line(printer, indent);
    text_add(printer->text, "}");
}

static void print_if(Printer *printer, const Item *item, int indent) {
    uint32_t end = body_end(printer, &item->items, item->header);
    if (!item->has_otherwise) {
        print_body(printer, &item->items, indent, end);
        return;
    }
    // Comments between `}` and what follows `else` go into the first body.
    bool chained = item->otherwise.count == 1 && item->otherwise.items[0]->kind == ITEM_IF;
    uint32_t brace = end ? find_sign(item->span.source, end + 1, "{") : 0;
    if (chained && end) chained = item->otherwise.items[0]->span.start < brace;
    if (chained && end) brace = item->otherwise.items[0]->span.start;
    print_body(printer, &item->items, indent, end ? brace : 0);
    text_add(printer->text, " else");
    if (chained) {
        text_add(printer->text, " ");
        print_item(printer, item->otherwise.items[0], indent);
        return;
    }
    Span before = {item->span.source, 0, brace};
    print_body(printer, &item->otherwise, indent, body_end(printer, &item->otherwise, before));
}

static void print_item(Printer *printer, const Item *item, int indent) {
    if (try_one_line(printer, item, column(printer), printer->text)) return;
    if (item->kind == ITEM_CHAIN) {
        print_chain(printer, item, indent);
        return;
    }
    Text head = {0};
    add_head(&head, item);
    add_wrapped(printer, text_string(&head), indent + 2 * INDENT);
    text_free(&head);
    if (!item->has_body) return;
    if (item->kind == ITEM_IF) {
        print_if(printer, item, indent);
    } else {
        print_body(printer, &item->items, indent, body_end(printer, &item->items, item->header));
    }
}

// Puts item behind the one before it, where the source has both on one line and there is room.
static bool try_join(Printer *printer, const Item *before, const Item *item) {
    Span gap = {before->span.source, before->span.end, before->span.end};
    if (!has_source(printer, before->span) || !has_source(printer, item->span)) return false;
    if (is_broken(printer, gap, item->span) || comment_before(printer, item->span.start)) return false;
    Text text = {0};
    bool joined = try_one_line(printer, item, column(printer) + 2, &text);
    if (joined) text_printf(printer->text, "; %s", text_string(&text));
    text_free(&text);
    return joined;
}

static void print_items(Printer *printer, const Items *items, int indent, uint32_t limit) {
    bool single = false; // the line so far holds whole items, and more may follow on it
    for (int i = 0; i < items->count; i++) {
        const Item *item = items->items[i];
        bool last = i + 1 == items->count;
        if (!(single && try_join(printer, items->items[i - 1], item))) {
            uint32_t start = has_source(printer, item->span) ? item->span.start : 0;
            if (i) close_line(printer, items->items[i - 1]->span.end, start);
            print_comments(printer, indent, start);
            begin_line(printer, indent);
            size_t line = printer->line;
            print_item(printer, item, indent);
            single = line == printer->line;
        }
        if (last) close_line(printer, item->span.end, limit);
    }
    print_comments(printer, indent, limit);
}

void tree_print(const Tree *tree, Text *text) {
    Printer printer = {.tree = tree, .text = text, .line = text->length, .opened = true};
    print_items(&printer, &tree->items, 0, UINT32_MAX);
}
