// Nests that differ in nothing but whole numbers (extents, strides, offsets) share a function that takes
// these as arguments: a deep network's layers repeat the same work at a few sizes.
#include "emit/c.h"

#include <ctype.h>
#include <string.h>

// A whole number in a nest's text.
typedef struct Number {
    int first, length; // its digits
} Number;

typedef List(Number) Numbers;

// The nests of one function.
typedef struct NestFamily {
    List(EmittedNest *) nests;
    List(Numbers) numbers; // of each nest, in the text's order
} NestFamily;

static bool in_word(char c) {
    return isalnum((unsigned char)c) || c == '_';
}

// Where a word, or a number that is no whole one, ends.
static int word_end(const char *text, int at) {
    while (in_word(text[at]) || text[at] == '.') {
        bool exponent = (text[at] == 'e' || text[at] == 'E') && (text[at + 1] == '-' || text[at + 1] == '+');
        at += exponent && isdigit((unsigned char)text[at + 2]) ? 2 : 1;
    }
    return at;
}

// Unrolled loops' counts have to be constants, and divisors are better ones.
static bool has_to_be_constant(const char *text, int at) {
    static const char unroll[] = "UNROLL(";
    int before = (int)sizeof unroll - 1;
    if (at >= before && memcmp(text + at - before, unroll, (size_t)before) == 0) return true;
    while (at > 0 && text[at - 1] == ' ') at--;
    return at > 0 && (text[at - 1] == '/' || text[at - 1] == '%');
}

static Numbers numbers_of(Arena *arena, const char *text) {
    Numbers numbers = {0};
    for (int at = 0; text[at];) {
        if (!in_word(text[at])) {
            at++;
            continue;
        }
        int end = word_end(text, at), digits = at;
        while (isdigit((unsigned char)text[digits])) digits++;
        if (digits == end && !has_to_be_constant(text, at))
            list_add(arena, &numbers, ((Number){at, end - at}));
        at = end;
    }
    return numbers;
}

static bool same_number(const char *a, Number in_a, const char *b, Number in_b) {
    return in_a.length == in_b.length && memcmp(a + in_a.first, b + in_b.first, (size_t)in_a.length) == 0;
}

// Whether the texts are the same but for the numbers.
static bool same_but_numbers(const char *a, const Numbers *in_a, const char *b, const Numbers *in_b) {
    if (in_a->count != in_b->count) return false;
    int at_a = 0, at_b = 0;
    for (int i = 0; i < in_a->count; i++) {
        Number number_a = in_a->items[i], number_b = in_b->items[i];
        int length = number_a.first - at_a;
        if (length != number_b.first - at_b || memcmp(a + at_a, b + at_b, (size_t)length) != 0) return false;
        at_a = number_a.first + number_a.length;
        at_b = number_b.first + number_b.length;
    }
    return strcmp(a + at_a, b + at_b) == 0;
}

// Whether in every nest of the family number `i` is the same as number `j`.
static bool equal_throughout(const NestFamily *family, int i, int j) {
    for (int k = 0; k < family->nests.count; k++) {
        const Number *numbers = family->numbers.items[k].items;
        const char *body = family->nests.items[k]->body;
        if (!same_number(body, numbers[i], body, numbers[j])) return false;
    }
    return true;
}

static bool is_varied(const NestFamily *family, int i) {
    for (int k = 1; k < family->nests.count; k++)
        if (!same_number(family->nests.items[0]->body, family->numbers.items[0].items[i],
                         family->nests.items[k]->body, family->numbers.items[k].items[i]))
            return true;
    return false;
}

// For each number the parameter that stands for it, the number before it that is always the same; -1: all
// nests have the same there.
static int *parameters_of(Arena *arena, const NestFamily *family) {
    int count = family->numbers.items[0].count, *parameters = NEW_ARRAY(arena, int, count);
    for (int i = 0; i < count; i++) {
        parameters[i] = is_varied(family, i) ? i : -1;
        for (int j = 0; j < i && parameters[i] == i; j++)
            if (parameters[j] == j && equal_throughout(family, i, j)) parameters[i] = j;
    }
    return parameters;
}

// No name inside a nest ends in a digit without an underscore before it (nest.c), so the parameters' are new.
static void print_function(Emit *emit, const EmittedNest *nest, const Numbers *numbers,
                           const int *parameters) {
    Text *out = &emit->nest_file;
    c_open_file(out);
    text_printf(out, "void %s(%s) {\n", nest->function, nest->function_parameters);
    int at = 0;
    for (int i = 0; i < numbers->count; i++) {
        if (parameters[i] < 0) continue;
        Number number = numbers->items[i];
        text_add_bytes(out, nest->body + at, (size_t)(number.first - at));
        text_printf(out, "number%d", parameters[i]);
        at = number.first + number.length;
    }
    text_printf(out, "%s}\n\n", nest->body + at);
    c_close_nest_file(emit);
}

// Gives the nests of a family the function that they share.
static void share_function(Emit *emit, const NestFamily *family) {
    Arena *arena = emit->arena;
    const int *parameters = parameters_of(arena, family);
    const EmittedNest *first = family->nests.items[0];
    for (int k = 0; k < family->nests.count; k++) {
        EmittedNest *nest = family->nests.items[k];
        const Numbers *numbers = &family->numbers.items[k];
        nest->function = first->name;
        nest->function_parameters = nest->parameters;
        nest->numbers = "";
        for (int i = 0; i < numbers->count; i++) {
            if (parameters[i] != i) continue;
            Number number = numbers->items[i];
            nest->function_parameters =
                arena_printf(arena, "%s, const int64_t number%d", nest->function_parameters, i);
            nest->numbers =
                arena_printf(arena, "%s, %.*s", nest->numbers, number.length, nest->body + number.first);
        }
    }
    print_function(emit, first, &family->numbers.items[0], parameters);
}

void c_print_nests(Emit *emit) {
    List(NestFamily) families = {0};
    for (int i = 0; i < emit->nests.count; i++) {
        EmittedNest *nest = &emit->nests.items[i];
        Numbers numbers = numbers_of(emit->arena, nest->body);
        int k = 0;
        for (; k < families.count; k++) {
            const NestFamily *family = &families.items[k];
            const EmittedNest *first = family->nests.items[0];
            if (strcmp(first->parameters, nest->parameters) == 0 &&
                same_but_numbers(first->body, &family->numbers.items[0], nest->body, &numbers))
                break;
        }
        if (k == families.count) list_add(emit->arena, &families, (NestFamily){0});
        list_add(emit->arena, &families.items[k].nests, nest);
        list_add(emit->arena, &families.items[k].numbers, numbers);
    }
    for (int k = 0; k < families.count; k++) share_function(emit, &families.items[k]);
}
