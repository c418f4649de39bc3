#include "text.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *number_text(double number, char text[NUMBER_TEXT]) {
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, NUMBER_TEXT, "%.*g", digits, number);
        if (strtod(text, NULL) == number) break;
    }
    return text;
}

bool number_parse(const char *text, double *number) {
    char *end;
    // strtod would take hexadecimal numbers, spaces, "inf" and "nan" too
    if (!*text || strspn(text, "+-.0123456789eE%") != strlen(text)) return false;
    double value = strtod(text, &end);
    if (end == text) return false;
    if (*end == '%') {
        value /= 100;
        end++;
    }
    if (*end || !isfinite(value)) return false;
    *number = value;
    return true;
}

bool seed_parse(const char *text, uint64_t *seed) {
    char *end;
    if (!*text || strspn(text, "0123456789") != strlen(text)) return false;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    if (errno || *end) return false;
    *seed = value;
    return true;
}

enum { LONGEST_NAME = 63 };

// Insertions, deletions and replacements (Levenshtein) that turn one name into the other; names that are too
// long are far from everything.
static size_t edit_distance(const char *from, const char *to) {
    size_t rows = strlen(from), columns = strlen(to), row[LONGEST_NAME + 1];
    if (rows > LONGEST_NAME || columns > LONGEST_NAME) return SIZE_MAX;
    for (size_t j = 0; j <= columns; j++) row[j] = j;
    for (size_t i = 1; i <= rows; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= columns; j++) {
            size_t replaced = diagonal + (from[i - 1] != to[j - 1]);
            size_t shorter = row[j] < row[j - 1] ? row[j] + 1 : row[j - 1] + 1;
            diagonal = row[j];
            row[j] = replaced < shorter ? replaced : shorter;
        }
    }
    return row[columns];
}

const char *closest_name(const char *word, const char *const *names, size_t count) {
    const char *closest = NULL;
    size_t limit = strlen(word) / 3 + 1, best = limit + 1;
    for (size_t i = 0; i < count; i++) {
        size_t distance = edit_distance(word, names[i]);
        if (distance >= best || distance >= strlen(names[i])) continue;
        best = distance;
        closest = names[i];
    }
    return closest;
}
