#include "resolve/value.h"

#include <math.h>
#include <string.h>

Datum datum_bad(Span span) {
    return (Datum){.kind = DATUM_BAD, .span = span, .nodes = 1};
}

Datum datum_inexact(double number, Span span) {
    return (Datum){.kind = DATUM_NUMBER, .span = span, .number = number, .nodes = 1};
}

static int64_t greatest_common_divisor(int64_t a, int64_t b) {
    while (b) {
        int64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a < 0 ? -a : a;
}

Datum datum_fraction(int64_t numerator, int64_t denominator, Span span) {
    Datum datum = datum_inexact((double)numerator / (double)denominator, span);
    if (numerator == INT64_MIN) return datum;
    int64_t divisor = greatest_common_divisor(numerator, denominator);
    datum.numerator = numerator / divisor;
    datum.denominator = denominator / divisor;
    return datum;
}

Datum datum_whole_number(int64_t whole, Span span) {
    return datum_fraction(whole, 1, span);
}

Datum datum_truth(bool truth, Span span) {
    return (Datum){.kind = DATUM_TRUTH, .span = span, .truth = truth, .nodes = 1};
}

Datum datum_word(const char *word, Span span) {
    return (Datum){.kind = DATUM_WORD, .span = span, .word = word, .nodes = 1};
}

// 10 to the power, 0 where it doesn't fit.
static int64_t power_of_ten(long power) {
    int64_t result = 1;
    if (power < 0 || power > 18) return 0;
    while (power--) result *= 10;
    return result;
}

// Digits with an optional point and exponent are a whole mantissa times a power of ten.
Datum datum_literal(const char *digits, double number, Span span) {
    Datum inexact = datum_inexact(number, span);
    int64_t mantissa = 0;
    long power = 0;
    bool fraction = false;
    for (; (*digits >= '0' && *digits <= '9') || *digits == '.'; digits++) {
        if (*digits == '.') {
            fraction = true;
            continue;
        }
        if (__builtin_mul_overflow(mantissa, 10, &mantissa)) return inexact;
        if (__builtin_add_overflow(mantissa, *digits - '0', &mantissa)) return inexact;
        power -= fraction;
    }
    if (*digits == 'e' || *digits == 'E') {
        bool negative = digits[1] == '-';
        long exponent = 0;
        for (digits += 1 + (digits[1] == '-' || digits[1] == '+'); *digits >= '0' && *digits <= '9'; digits++)
            exponent = exponent < 1000 ? exponent * 10 + (*digits - '0') : exponent;
        power += negative ? -exponent : exponent;
    }
    int64_t scale = power_of_ten(power < 0 ? -power : power);
    if (mantissa == 0) return datum_fraction(0, 1, span);
    if (!scale) return inexact;
    if (power < 0) {
        Datum exact = datum_fraction(mantissa, scale, span);
        exact.number = number;
        return exact;
    }
    return __builtin_mul_overflow(mantissa, scale, &mantissa) ? inexact : datum_fraction(mantissa, 1, span);
}

bool datum_is_number(const Datum *datum) {
    return datum->kind == DATUM_NUMBER || datum->kind == DATUM_PERCENT;
}

bool datum_is_whole(const Datum *datum, int64_t *whole) {
    if (!datum_is_number(datum)) return false;
    if (datum->denominator) {
        *whole = datum->numerator;
        return datum->denominator == 1;
    }
    const double exact_limit = 9007199254740992.0; // 2^53: above it doubles skip whole numbers
    if (!(fabs(datum->number) <= exact_limit) || floor(datum->number) != datum->number) return false;
    *whole = (int64_t)datum->number;
    return true;
}

static bool items_equal(const Datum *a, const Datum *b) {
    if (a->count != b->count) return false;
    for (int i = 0; i < a->count; i++) {
        const char *left = a->items[i].name, *right = b->items[i].name;
        if (!left != !right || (left && strcmp(left, right) != 0)) return false;
        if (!datum_equal(&a->items[i].value, &b->items[i].value)) return false;
    }
    return true;
}

bool datum_equal(const Datum *a, const Datum *b) {
    if (datum_is_number(a) && datum_is_number(b)) return datum_compare(a, b) == 0;
    if (a->kind != b->kind) return false;
    switch (a->kind) {
    case DATUM_ANGLE: return datum_compare(a, b) == 0;
    case DATUM_TRUTH: return a->truth == b->truth;
    case DATUM_SIZE:
        return a->rank == b->rank && memcmp(a->dims, b->dims, sizeof *a->dims * (size_t)a->rank) == 0;
    case DATUM_STRING:
    case DATUM_WORD: return strcmp(a->word, b->word) == 0;
    case DATUM_CALL: return strcmp(a->word, b->word) == 0 && items_equal(a, b);
    case DATUM_LIST:
    case DATUM_RANGE: return items_equal(a, b);
    default: return false;
    }
}

// --- arithmetic ---

// The exact sum, product, ... in lowest terms; false if it doesn't fit.
static bool exact(Operator operator, const Datum * a, const Datum *b, int64_t *numerator,
                  int64_t *denominator) {
    if (!a->denominator || !b->denominator) return false;
    int64_t p = b->numerator, q = b->denominator;
    if (operator== OPERATOR_SUBTRACT) p = -p;
    if (operator== OPERATOR_DIVIDE) {
        p = b->numerator < 0 ? -b->denominator : b->denominator;
        q = b->numerator < 0 ? -b->numerator : b->numerator;
    }
    if (__builtin_mul_overflow(a->denominator, q, denominator)) return false;
    if (operator== OPERATOR_MULTIPLY || operator== OPERATOR_DIVIDE)
        return !__builtin_mul_overflow(a->numerator, p, numerator);
    int64_t left, right;
    return !__builtin_mul_overflow(a->numerator, q, &left) &&
           !__builtin_mul_overflow(p, a->denominator, &right) &&
           !__builtin_add_overflow(left, right, numerator);
}

static double inexact(Operator operator, double a, double b) {
    switch (operator) {
    case OPERATOR_ADD: return a + b;
    case OPERATOR_SUBTRACT: return a - b;
    case OPERATOR_MULTIPLY: return a * b;
    default: return a / b;
    }
}

static bool result_kind(Operator operator, DatumKind a, DatumKind b, DatumKind *kind) {
    bool sum = operator== OPERATOR_ADD || operator== OPERATOR_SUBTRACT;
    bool angle_left = a == DATUM_ANGLE, angle_right = b == DATUM_ANGLE;
    *kind = a == b && sum ? a : DATUM_NUMBER;
    if (!angle_left && !angle_right) return true;
    if (sum) return angle_left && angle_right;
    if (angle_left && angle_right) return operator== OPERATOR_DIVIDE;
    *kind = DATUM_ANGLE;
    return angle_left || operator== OPERATOR_MULTIPLY;
}

static bool is_quantity(const Datum *datum) {
    return datum_is_number(datum) || datum->kind == DATUM_ANGLE;
}

Datum datum_arithmetic(Operator operator, const Datum * a, const Datum *b, Span span) {
    DatumKind kind;
    if (!is_quantity(a) || !is_quantity(b) || !result_kind(operator, a->kind, b->kind, &kind))
        return datum_bad(span);
    int64_t numerator, denominator;
    Datum result = exact(operator, a, b, &numerator, &denominator)
                       ? datum_fraction(numerator, denominator, span)
                       : datum_inexact(inexact(operator, a->number, b->number), span);
    result.kind = kind;
    return result;
}

int datum_compare(const Datum *a, const Datum *b) {
    int64_t left, right;
    if (a->denominator && b->denominator && !__builtin_mul_overflow(a->numerator, b->denominator, &left) &&
        !__builtin_mul_overflow(b->numerator, a->denominator, &right))
        return (left > right) - (left < right);
    return (a->number > b->number) - (a->number < b->number);
}

Datum datum_rounded(const Datum *datum, Rounding rounding, Span span) {
    Datum result;
    if (!datum->denominator) {
        double number = datum->number;
        result = datum_inexact(rounding == ROUND_DOWN ? floor(number)
                               : rounding == ROUND_UP ? ceil(number)
                                                      : round(number),
                               span);
    } else {
        int64_t whole = datum->numerator / datum->denominator, rest = datum->numerator % datum->denominator;
        bool negative = rest < 0;
        int64_t size = negative ? -rest : rest;
        if (rounding == ROUND_DOWN) whole -= negative;
        if (rounding == ROUND_UP) whole += rest > 0;
        if (rounding == ROUND_NEAREST && size >= datum->denominator - size) whole += negative ? -1 : 1;
        result = datum_whole_number(whole, span);
    }
    if (datum->kind == DATUM_ANGLE) result.kind = DATUM_ANGLE;
    return result;
}
