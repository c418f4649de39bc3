// Values of the kind that a place wants, with the message where they aren't.
#include "resolve/evaluate.h"

#include <string.h>

static bool wrong_kind(const Scope *scope, const Datum *datum, const char *what, const char *wanted) {
    if (datum->kind == DATUM_BAD) return false;
    const char *described = datum_describe(scope->study->arena, datum);
    Diagnostic *diagnostic =
        scope_error(scope, E0401, datum->span, "%s is %s, not %s", what, wanted, described);
    if (datum->kind == DATUM_STRING) diagnostic_help(diagnostic, "write it without quotes");
    return false;
}

// What stands at the value's place, for help lines; NULL if it is long or no single line.
static const char *written(const Scope *scope, Span span) {
    enum { SHOWN = 60 };
    if (!span.source || span.end <= span.start || span.end - span.start > SHOWN) return NULL;
    const char *text = arena_copy(scope->study->arena, span.source->text + span.start, span.end - span.start);
    return strchr(text, '\n') ? NULL : text;
}

static bool not_whole(const Scope *scope, const Datum *datum, const char *what) {
    Arena *arena = scope->study->arena;
    const char *value = datum_text(arena, datum), *text = written(scope, datum->span);
    int64_t rest = datum->denominator;
    while (rest && rest % 2 == 0) rest /= 2;
    while (rest && rest % 5 == 0) rest /= 5;
    // Decimals that never end are better shown as the fraction.
    if (rest > 1 && datum->denominator < 100000 && datum->kind == DATUM_NUMBER)
        value = arena_printf(arena, "%lld/%lld = %.6g", (long long)datum->numerator,
                             (long long)datum->denominator, datum->number);
    Diagnostic *diagnostic =
        scope_error(scope, E0405, datum->span, "%s is a whole number, not %s", what, value);
    bool computed = text && text[strspn(text, "0123456789.e%")] != '\0';
    if (computed)
        diagnostic_help(diagnostic, "round it as you mean it: floor(%s), ceil(%s) or round(%s)", text, text,
                        text);
    return false;
}

static bool out_of_range(const Scope *scope, const Datum *datum, const char *what, double minimum,
                         double maximum) {
    Arena *arena = scope->study->arena;
    Datum first = datum_inexact(minimum, datum->span), last = datum_inexact(maximum, datum->span);
    const char *from = datum_text(arena, &first), *to = datum_text(arena, &last);
    const char *value = datum_text(arena, datum);
    const double endless = 1e9; // limits that only keep sizes from overflowing aren't worth showing
    if (datum->number < minimum)
        scope_error(scope, E0402, datum->span, "%s is at least %s, not %s", what, from, value);
    else if (minimum < 0 || maximum >= endless)
        scope_error(scope, E0402, datum->span, "%s is at most %s, not %s", what, to, value);
    else
        scope_error(scope, E0402, datum->span, "%s is between %s and %s, not %s", what, from, to, value);
    return false;
}

bool expect_whole(const Scope *scope, const Datum *datum, const char *what, int64_t minimum, int64_t maximum,
                  int64_t *whole) {
    if (!datum_is_number(datum)) return wrong_kind(scope, datum, what, "a whole number");
    if (!datum_is_whole(datum, whole)) return not_whole(scope, datum, what);
    if (*whole >= minimum && *whole <= maximum) return true;
    return out_of_range(scope, datum, what, (double)minimum, (double)maximum);
}

bool expect_number(const Scope *scope, const Datum *datum, const char *what, double minimum, double maximum,
                   double *number) {
    if (!datum_is_number(datum)) return wrong_kind(scope, datum, what, "a number");
    *number = datum->number;
    if (*number >= minimum && *number <= maximum) return true;
    return out_of_range(scope, datum, what, minimum, maximum);
}

bool expect_truth(const Scope *scope, const Datum *datum, const char *what, bool *truth) {
    if (datum->kind != DATUM_TRUTH) return wrong_kind(scope, datum, what, "true or false");
    *truth = datum->truth;
    return true;
}

bool expect_string(const Scope *scope, const Datum *datum, const char *what, const char **string) {
    if (datum->kind == DATUM_BAD) return false;
    *string = datum->word;
    if (datum->kind == DATUM_STRING) return true;
    Arena *arena = scope->study->arena;
    Diagnostic *diagnostic =
        scope_error(scope, E0401, datum->span, "%s is a string, not %s", what, datum_describe(arena, datum));
    if (datum->kind == DATUM_WORD) diagnostic_help(diagnostic, "write it in quotes: \"%s\"", datum->word);
    return false;
}

// "`valid`, `same`"
static const char *choice_list(Arena *arena, const char *const *choices) {
    const char *list = "";
    for (int i = 0; choices[i]; i++)
        list = arena_printf(arena, "%s%s`%s`", list,
                            i == 0           ? ""
                            : choices[i + 1] ? ", "
                                             : " or ",
                            choices[i]);
    return list;
}

bool expect_word(const Scope *scope, const Datum *datum, const char *what, const char *const *choices,
                 const char **word) {
    Arena *arena = scope->study->arena;
    if (datum->kind == DATUM_BAD) return false;
    bool is_word = datum->kind == DATUM_WORD || datum->kind == DATUM_STRING;
    for (int i = 0; is_word && choices[i]; i++) {
        *word = choices[i];
        if (strcmp(choices[i], datum->word) != 0) continue;
        return datum->kind == DATUM_WORD || wrong_kind(scope, datum, what, "a name");
    }
    Diagnostic *diagnostic =
        scope_error(scope, E0411, datum->span, "%s can't be %s", what, datum_describe(arena, datum));
    if (is_word && closest_word(datum->word, choices))
        diagnostic_suggest(diagnostic, datum->word, choices);
    else
        diagnostic_help(diagnostic, "it is %s", choice_list(arena, choices));
    return false;
}

// "a size such as 3x3", for as many dimensions as may be.
static const char *size_example(int minimum_rank, int maximum_rank) {
    static const char *const examples[] = {"", "a size such as 784", "a size such as 3x3",
                                           "a size such as 28x28x1", "a size of up to 4 numbers"};
    return examples[minimum_rank > 2 ? minimum_rank : maximum_rank];
}

bool expect_size(const Scope *scope, const Datum *datum, const char *what, int minimum_rank, int maximum_rank,
                 int64_t *dims, int *rank) {
    const char *wanted = size_example(minimum_rank, maximum_rank);
    int64_t side;
    *rank = 1;
    if (minimum_rank == 1 && datum_is_whole(datum, &side))
        dims[0] = side;
    else if (datum->kind == DATUM_SIZE && datum->rank >= minimum_rank && datum->rank <= maximum_rank) {
        *rank = datum->rank;
        memcpy(dims, datum->dims, sizeof *dims * (size_t)datum->rank);
    } else
        return wrong_kind(scope, datum, what, wanted);
    for (int i = 0; i < *rank; i++) {
        if (dims[i] >= 1 && dims[i] <= INT32_MAX) continue;
        scope_error(scope, E0402, datum->span, "each side of %s is between 1 and %d, not %lld", what,
                    INT32_MAX, (long long)dims[i]);
        return false;
    }
    return true;
}
