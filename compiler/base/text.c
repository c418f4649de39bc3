#include "base/text.h"
#include "base/memory.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void reserve(Text *text, size_t length) {
    if (length >= SIZE_MAX / 2 - text->length) out_of_memory();
    size_t needed = text->length + length + 1;
    if (needed <= text->capacity) return;
    size_t capacity = text->capacity * 2 > needed ? text->capacity * 2 : needed + 32;
    char *data = realloc(text->data, capacity);
    if (!data) out_of_memory();
    text->data = data;
    text->capacity = capacity;
}

void text_add_bytes(Text *text, const char *bytes, size_t length) {
    reserve(text, length);
    if (length) memcpy(text->data + text->length, bytes, length);
    text->length += length;
    text->data[text->length] = 0;
}

void text_add(Text *text, const char *string) {
    text_add_bytes(text, string, strlen(string));
}

void text_vprintf(Text *text, const char *format, va_list arguments) {
    va_list again;
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    require(length >= 0);
    reserve(text, (size_t)length);
    vsnprintf(text->data + text->length, (size_t)length + 1, format, arguments);
    text->length += (size_t)length;
}

void text_printf(Text *text, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    text_vprintf(text, format, arguments);
    va_end(arguments);
}

const char *text_string(const Text *text) {
    return text->data ? text->data : "";
}

void text_free(Text *text) {
    free(text->data);
    *text = (Text){0};
}

void text_add_number(Text *text, double number) {
    if (isnan(number) || isinf(number)) {
        text_add(text, isnan(number) ? "nan" : number < 0 ? "-inf" : "inf");
        return;
    }
    // Whole numbers that a double holds exactly are clearer without an exponent.
    if (number == floor(number) && fabs(number) < 1e15) {
        text_printf(text, "%.0f", number);
        return;
    }
    char digits[40];
    for (int precision = 1; precision <= 17; precision++) {
        snprintf(digits, sizeof digits, "%.*g", precision, number);
        if (strtod(digits, NULL) == number) break;
    }
    text_add(text, digits);
}

static int smaller(int a, int b) {
    return a < b ? a : b;
}

// The restricted form (optimal string alignment): no part is changed twice. Three rows of its table are
// enough.
int edit_distance(const char *a, const char *b) {
    int rows = (int)strlen(a), columns = (int)strlen(b);
    int *table = malloc(3 * sizeof(int) * ((size_t)columns + 1));
    if (!table) out_of_memory();
    int *before = table, *last = before + columns + 1, *row = last + columns + 1;
    for (int j = 0; j <= columns; j++) row[j] = j;
    for (int i = 1; i <= rows; i++) {
        int *oldest = before;
        before = last;
        last = row;
        row = oldest;
        row[0] = i;
        for (int j = 1; j <= columns; j++) {
            int changed = last[j - 1] + (a[i - 1] != b[j - 1]);
            row[j] = smaller(changed, smaller(last[j], row[j - 1]) + 1);
            bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (swapped) row[j] = smaller(row[j], before[j - 2] + 1);
        }
    }
    int distance = row[columns];
    free(table);
    return distance;
}

static void lower_case(char *to, const char *from) {
    for (; *from; from++) *to++ = (char)(*from >= 'A' && *from <= 'Z' ? *from - 'A' + 'a' : *from);
    *to = 0;
}

// A third of the letters may be wrong, but at least one; capitals don't count.
const char *closest_word(const char *word, const char *const *candidates) {
    enum { LONGEST = 64 };
    char wanted[LONGEST], other[LONGEST];
    size_t length = strlen(word);
    if (length >= LONGEST) return NULL;
    lower_case(wanted, word);
    int limit = length < 3 ? (int)length - 1 : (int)length / 3;
    const char *closest = NULL;
    for (; *candidates; candidates++) {
        if (strlen(*candidates) >= LONGEST) continue;
        lower_case(other, *candidates);
        int distance = edit_distance(wanted, other);
        if (distance > limit) continue;
        closest = *candidates;
        limit = distance - 1;
    }
    return closest;
}

uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t length) {
    const unsigned char *byte = bytes;
    for (size_t i = 0; i < length; i++) hash = (hash ^ byte[i]) * UINT64_C(0x100000001b3);
    return hash;
}
