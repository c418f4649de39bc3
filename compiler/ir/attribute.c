#include "ir/attribute.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Attr attr_integer(int64_t integer) {
    return (Attr){.kind = ATTR_INTEGER, .integer = integer, .slot = -1};
}

Attr attr_number(double number) {
    return (Attr){.kind = ATTR_NUMBER, .number = number, .slot = -1};
}

Attr attr_bool(bool truth) {
    return (Attr){.kind = ATTR_BOOL, .integer = truth, .slot = -1};
}

Attr attr_size(int count, const int64_t *size) {
    Attr attr = {.kind = ATTR_SIZE, .count = count, .slot = -1};
    require(count <= MAX_RANK);
    for (int i = 0; i < count; i++) attr.size[i] = size[i];
    return attr;
}

Attr attr_pad(int64_t top, int64_t left, int64_t bottom, int64_t right) {
    return (Attr){.kind = ATTR_PAD, .count = 4, .size = {top, left, bottom, right}, .slot = -1};
}

Attr attr_word(const char *word) {
    return (Attr){.kind = ATTR_WORD, .word = word, .slot = -1};
}

Attr attribute_default(Arena *arena, const Attribute *row) {
    Attr attr = {.kind = ATTR_UNSET, .slot = -1};
    if (row->initial && row->initial[0] && !attribute_read(arena, row, row->initial, &attr))
        fault("the default '%s' of attribute %s is not of its type", row->initial, row->name);
    return attr;
}

static bool read_number(const char *text, double *number) {
    char *end;
    *number = strtod(text, &end);
    return end != text && *end == '\0';
}

static bool read_whole(const char *text, int64_t *whole, char **end) {
    *whole = strtoll(text, end, 10);
    return *end != text;
}

// "3x3", "784"; a window of one number is square.
static bool read_size(const char *text, bool window, Attr *attr) {
    *attr = (Attr){.kind = ATTR_SIZE, .slot = -1};
    for (const char *at = text;;) {
        char *end;
        if (attr->count == MAX_RANK || !read_whole(at, &attr->size[attr->count], &end)) return false;
        attr->count++;
        if (*end == '\0') break;
        if (*end != 'x') return false;
        at = end + 1;
    }
    if (window && attr->count == 1) attr->size[attr->count++] = attr->size[0];
    return !window || attr->count == 2;
}

// "[1, 2.5]", or one number.
static bool read_numbers(Arena *arena, const char *text, const double **numbers, int *count) {
    List(double) list = {0};
    bool bracket = *text == '[';
    const char *at = text + bracket;
    while (*at == ' ') at++;
    while (*at && *at != ']') {
        char *end;
        double number = strtod(at, &end);
        if (end == at) return false;
        list_add(arena, &list, number);
        at = end + strspn(end, ", ");
    }
    *numbers = list.items;
    *count = list.count;
    return bracket ? strcmp(at, "]") == 0 : *at == '\0' && list.count == 1;
}

static bool read_pad(Arena *arena, const char *text, Attr *attr) {
    const double *numbers;
    int count;
    if (strcmp(text, "same") == 0 || strcmp(text, "valid") == 0) {
        *attr = (Attr){.kind = ATTR_PAD, .word = arena_copy(arena, text, strlen(text)), .slot = -1};
        return true;
    }
    if (!read_numbers(arena, text, &numbers, &count) || (count != 1 && count != 2 && count != 4))
        return false;
    int64_t before = (int64_t)numbers[0], after = count == 1 ? before : (int64_t)numbers[1];
    *attr = count == 4 ? attr_pad(before, after, (int64_t)numbers[2], (int64_t)numbers[3])
                       : attr_pad(before, before, after, after);
    return true;
}

bool attribute_read(Arena *arena, const Attribute *row, const char *text, Attr *attr) {
    double number;
    char *end;
    *attr = (Attr){.kind = ATTR_UNSET, .slot = -1};
    if (strcmp(text, "-") == 0) return true;
    switch (row->type) {
    case TYPE_WHOLE: attr->kind = ATTR_INTEGER; return read_whole(text, &attr->integer, &end) && *end == '\0';
    case TYPE_NUMBER:
    case TYPE_RATE:
        *attr = attr_number(0);
        if (text[0] == '@') {
            int64_t slot;
            bool fine = read_whole(text + 1, &slot, &end) && *end == '\0';
            attr->slot = (int)slot;
            return fine;
        }
        if (!read_number(text, &number)) return false;
        attr->number = number;
        return true;
    case TYPE_TRUTH:
        *attr = attr_bool(strcmp(text, "true") == 0);
        return attr->integer || strcmp(text, "false") == 0;
    case TYPE_WINDOW: return read_size(text, true, attr);
    case TYPE_DIMENSIONS: return read_size(text, false, attr);
    case TYPE_PADDING: return read_pad(arena, text, attr);
    case TYPE_WORD: *attr = attr_word(arena_copy(arena, text, strlen(text))); return true;
    case TYPE_NUMBERS:
        attr->kind = ATTR_NUMBERS;
        return read_numbers(arena, text, &attr->numbers, &attr->count);
    }
    fault("attribute type %d", row->type);
}

void attribute_write(const Attr *attr, Text *text) {
    switch (attr->kind) {
    case ATTR_UNSET: text_add(text, "-"); return;
    case ATTR_INTEGER: text_printf(text, "%lld", (long long)attr->integer); return;
    case ATTR_NUMBER:
        if (attr->slot >= 0)
            text_printf(text, "@%d", attr->slot);
        else
            text_add_number(text, attr->number);
        return;
    case ATTR_BOOL: text_add(text, attr->integer ? "true" : "false"); return;
    case ATTR_SIZE:
        for (int i = 0; i < attr->count; i++)
            text_printf(text, "%s%lld", i ? "x" : "", (long long)attr->size[i]);
        return;
    case ATTR_PAD:
        if (attr->word)
            text_add(text, attr->word);
        else
            text_printf(text, "[%lld, %lld, %lld, %lld]", (long long)attr->size[0], (long long)attr->size[1],
                        (long long)attr->size[2], (long long)attr->size[3]);
        return;
    case ATTR_WORD: text_add(text, attr->word); return;
    case ATTR_NUMBERS:
        text_add(text, "[");
        for (int i = 0; i < attr->count; i++) {
            if (i) text_add(text, ", ");
            text_add_number(text, attr->numbers[i]);
        }
        text_add(text, "]");
        return;
    }
}

bool attr_equal(const Attr *a, const Attr *b) {
    if (a->kind != b->kind) return false;
    Text left = {0}, right = {0};
    attribute_write(a, &left);
    attribute_write(b, &right);
    bool equal = strcmp(text_string(&left), text_string(&right)) == 0;
    text_free(&left);
    text_free(&right);
    return equal;
}
