// A growing string, and small helpers for names.
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct Text {
    char *data; // NUL-terminated once anything was added; NULL before
    size_t length, capacity;
} Text;

void text_add(Text *text, const char *string);
void text_add_bytes(Text *text, const char *bytes, size_t length);
void text_printf(Text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_vprintf(Text *text, const char *format, va_list arguments);
// The string so far; "" when nothing was added. Owned by text.
const char *text_string(const Text *text);
void text_free(Text *text);

// The shortest decimal form that reads back as the same double: 0.1, 1e-07, 3.
void text_add_number(Text *text, double number);

// Damerau-Levenshtein distance of two words.
int edit_distance(const char *a, const char *b);
// Of candidates (NULL-terminated), the one closest to word if it is close enough to be a slip, else NULL.
const char *closest_word(const char *word, const char *const *candidates);

// FNV-1a, 64 bit, of length bytes, starting from a previous hash (or HASH_START).
#define HASH_START UINT64_C(0xcbf29ce484222325)
uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t length);

#endif
