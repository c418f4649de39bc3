// Values as a file would write them, and as messages call them.
#include "resolve/value.h"

#include <math.h>

static void print_string(const char *string, Text *text) {
    text_add(text, "\"");
    for (const char *c = string; *c; c++) {
        if (*c == '\n')
            text_add(text, "\\n");
        else if (*c == '"' || *c == '\\')
            text_printf(text, "\\%c", *c);
        else
            text_add_bytes(text, c, 1);
    }
    text_add(text, "\"");
}

static void print_items(const Datum *datum, Text *text) {
    for (int i = 0; i < datum->count; i++) {
        if (i) text_add(text, ", ");
        if (datum->items[i].name) text_printf(text, "%s = ", datum->items[i].name);
        datum_print(&datum->items[i].value, text);
    }
}

// A percentage of a number that isn't a whole number of hundredths is rounded by the product in doubles.
static void print_percent(const Datum *datum, Text *text) {
    Datum hundred = datum_whole_number(100, datum->span);
    Datum product = datum_arithmetic(OPERATOR_MULTIPLY, datum, &hundred, datum->span);
    text_add_number(text, product.number);
    text_add(text, "%");
}

void datum_print(const Datum *datum, Text *text) {
    switch (datum->kind) {
    case DATUM_BAD: text_add(text, "?"); return;
    case DATUM_NUMBER: text_add_number(text, datum->number); return;
    case DATUM_PERCENT: print_percent(datum, text); return;
    case DATUM_ANGLE:
        text_add_number(text, datum->number);
        text_add(text, "deg");
        return;
    case DATUM_TRUTH: text_add(text, datum->truth ? "true" : "false"); return;
    case DATUM_SIZE:
        for (int i = 0; i < datum->rank; i++)
            text_printf(text, "%s%lld", i ? "x" : "", (long long)datum->dims[i]);
        return;
    case DATUM_STRING: print_string(datum->word, text); return;
    case DATUM_WORD: text_add(text, datum->word); return;
    case DATUM_CALL:
        text_printf(text, "%s(", datum->word);
        print_items(datum, text);
        text_add(text, ")");
        return;
    case DATUM_LIST:
        text_add(text, "[");
        print_items(datum, text);
        text_add(text, "]");
        return;
    case DATUM_RANGE:
        datum_print(&datum->items[0].value, text);
        text_add(text, "..");
        datum_print(&datum->items[1].value, text);
        return;
    }
}

const char *datum_text(Arena *arena, const Datum *datum) {
    Text text = {0};
    datum_print(datum, &text);
    const char *copy = arena_copy(arena, text_string(&text), text.length);
    text_free(&text);
    return copy;
}

const char *datum_kind_name(DatumKind kind) {
    switch (kind) {
    case DATUM_BAD: return "nothing";
    case DATUM_NUMBER: return "a number";
    case DATUM_PERCENT: return "a percentage";
    case DATUM_ANGLE: return "an angle";
    case DATUM_TRUTH: return "true or false";
    case DATUM_SIZE: return "a size";
    case DATUM_STRING: return "a string";
    case DATUM_WORD: return "a name";
    case DATUM_CALL: return "a call";
    case DATUM_LIST: return "a list";
    case DATUM_RANGE: return "a range";
    }
    fault("datum kind %d", kind);
}

const char *datum_describe(Arena *arena, const Datum *datum) {
    const char *text = datum_text(arena, datum);
    switch (datum->kind) {
    case DATUM_TRUTH: return arena_printf(arena, "`%s`", text);
    case DATUM_NUMBER: return text;
    case DATUM_PERCENT: return text;
    case DATUM_ANGLE: return arena_printf(arena, "the angle %s", text);
    case DATUM_SIZE: return arena_printf(arena, "the size %s", text);
    case DATUM_STRING: return arena_printf(arena, "the string %s", text);
    case DATUM_WORD: return arena_printf(arena, "`%s`", text);
    case DATUM_CALL: return arena_printf(arena, "the call `%s(...)`", datum->word);
    case DATUM_LIST: return "a list";
    case DATUM_RANGE: return arena_printf(arena, "the range %s", text);
    case DATUM_BAD: return "nothing";
    }
    fault("datum kind %d", datum->kind);
}
