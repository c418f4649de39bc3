// A value to what a row of an attribute table wants.
#include "resolve/arguments.h"
#include "resolve/vocabulary.h"

#include <string.h>

// "`rate` of dropout"
static const char *what_of(const Scope *scope, const Op *op, const Attribute *row) {
    return arena_printf(scope->study->arena, "`%s` of %s", row->name, op->name);
}

static bool is_list_of_numbers(const Datum *datum) {
    if (datum->kind != DATUM_LIST) return false;
    for (int i = 0; i < datum->count; i++) {
        if (!datum_is_number(&datum->items[i].value)) return false;
    }
    return true;
}

// A rate is 20% or 0.2; who writes 20 means the first.
static bool rate(const Scope *scope, const Attribute *row, const char *what, const Datum *datum,
                 double *number) {
    bool percentage = datum->kind == DATUM_NUMBER && datum->number >= 2 && datum->number <= 100 &&
                      datum->number / 100 <= row->maximum;
    if (!percentage) return expect_number(scope, datum, what, row->minimum, row->maximum, number);
    const char *text = datum_text(scope->study->arena, datum);
    Diagnostic *diagnostic = scope_error(scope, E0402, datum->span, "%s is a fraction, not %s", what, text);
    Datum fraction = datum_inexact(datum->number / 100, datum->span);
    diagnostic_help(diagnostic, "write %s%% or %s", text, datum_text(scope->study->arena, &fraction));
    return false;
}

// Both sides at once, or HEIGHTxWIDTH.
static bool window(const Scope *scope, const Attribute *row, const char *what, const Datum *datum,
                   Attr *attr) {
    int64_t sides[2];
    if (datum_is_number(datum)) {
        if (!expect_whole(scope, datum, what, (int64_t)row->minimum, (int64_t)row->maximum, &sides[0]))
            return false;
        sides[1] = sides[0];
    } else if (datum->kind == DATUM_SIZE && datum->rank == 2) {
        memcpy(sides, datum->dims, sizeof sides);
    } else {
        if (datum->kind == DATUM_BAD) return false;
        Diagnostic *diagnostic = scope_error(scope, E0401, datum->span, "%s is a size such as 3x3, not %s",
                                             what, datum_describe(scope->study->arena, datum));
        if (is_list_of_numbers(datum) && datum->count == 2)
            diagnostic_help(diagnostic, "write %gx%g", datum->items[0].value.number,
                            datum->items[1].value.number);
        else
            diagnostic_help(diagnostic, "write HEIGHTxWIDTH, or one number for both");
        return false;
    }
    for (int i = 0; i < 2; i++) {
        if ((double)sides[i] >= row->minimum && (double)sides[i] <= row->maximum) continue;
        scope_error(scope, E0402, datum->span, "each side of %s is between %.15g and %.15g, not %lld", what,
                    row->minimum, row->maximum, (long long)sides[i]);
        return false;
    }
    *attr = attr_size(2, sides);
    return true;
}

// valid, same, a number for all sides, [before, after], or [top, left, bottom, right].
static bool padding(const Scope *scope, const Attribute *row, const char *what, const Datum *datum,
                    Attr *attr) {
    static const char *const words[] = {"valid", "same", NULL};
    const int64_t most = INT32_MAX;
    int64_t sides[4];
    if (datum_is_number(datum)) {
        if (!expect_whole(scope, datum, what, 0, most, &sides[0])) return false;
        *attr = attr_pad(sides[0], sides[0], sides[0], sides[0]);
        return true;
    }
    if (is_list_of_numbers(datum) && (datum->count == 2 || datum->count == 4)) {
        for (int i = 0; i < datum->count; i++) {
            if (!expect_whole(scope, &datum->items[i].value, what, 0, most, &sides[i])) return false;
        }
        *attr = datum->count == 2 ? attr_pad(sides[0], sides[0], sides[1], sides[1])
                                  : attr_pad(sides[0], sides[1], sides[2], sides[3]);
        return true;
    }
    const char *word;
    bool named = !row->choices || *row->choices;
    if (named && (datum->kind == DATUM_WORD || datum->kind == DATUM_STRING)) {
        if (!expect_word(scope, datum, what, words, &word)) return false;
        *attr = (Attr){.kind = ATTR_PAD, .word = word, .slot = -1};
        return true;
    }
    if (datum->kind == DATUM_BAD) return false;
    Diagnostic *diagnostic = scope_error(scope, E0401, datum->span, "%s can't be %s", what,
                                         datum_describe(scope->study->arena, datum));
    diagnostic_help(diagnostic, "write valid, same, a number of pixels, or [before, after]");
    return false;
}

static bool numbers(const Scope *scope, const Attribute *row, const char *what, const Datum *datum,
                    Attr *attr) {
    bool list = datum->kind == DATUM_LIST;
    int count = list ? datum->count : 1;
    double *values = NEW_ARRAY(scope->study->arena, double, count ? count : 1);
    for (int i = 0; i < count; i++) {
        const Datum *item = list ? &datum->items[i].value : datum;
        if (!expect_number(scope, item, what, row->minimum, row->maximum, &values[i])) return false;
    }
    *attr = (Attr){.kind = ATTR_NUMBERS, .slot = -1, .count = count, .numbers = values};
    return true;
}

bool attribute_from_datum(const Scope *scope, const Op *op, const Attribute *row, const Datum *datum,
                          Attr *attr) {
    const char *what = what_of(scope, op, row);
    *attr = (Attr){.kind = ATTR_UNSET, .slot = -1};
    switch (row->type) {
    case TYPE_WHOLE:
        attr->kind = ATTR_INTEGER;
        return expect_whole(scope, datum, what, (int64_t)row->minimum, (int64_t)row->maximum, &attr->integer);
    case TYPE_NUMBER:
        attr->kind = ATTR_NUMBER;
        return expect_number(scope, datum, what, row->minimum, row->maximum, &attr->number);
    case TYPE_RATE: attr->kind = ATTR_NUMBER; return rate(scope, row, what, datum, &attr->number);
    case TYPE_TRUTH: {
        bool truth = false;
        if (!expect_truth(scope, datum, what, &truth)) return false;
        *attr = attr_bool(truth);
        return true;
    }
    case TYPE_WINDOW: return window(scope, row, what, datum, attr);
    case TYPE_DIMENSIONS:
        attr->kind = ATTR_SIZE;
        return expect_size(scope, datum, what, 1, 3, attr->size, &attr->count);
    case TYPE_PADDING: return padding(scope, row, what, datum, attr);
    case TYPE_WORD:
        attr->kind = ATTR_WORD;
        return expect_word(scope, datum, what, choices_list(scope->study->arena, row->choices), &attr->word);
    case TYPE_NUMBERS: return numbers(scope, row, what, datum, attr);
    }
    fault("attribute type %d", row->type);
}
