// Values of the language, as expressions give them (values of the IR are `Value`).
// Numbers are exact fractions as long as they fit, so that "filters/3 is not whole" is said where it is so,
// and 0.29*100 is 29; beyond that they are doubles.
#ifndef RESOLVE_VALUE_H
#define RESOLVE_VALUE_H

#include "base/diagnostic.h"
#include "base/text.h"
#include "syntax/tree.h"

typedef enum DatumKind {
    DATUM_BAD, // a message was given, or it can't be known here: whoever gets it is silent
    DATUM_NUMBER,
    DATUM_PERCENT, // number is the fraction: 0.2
    DATUM_ANGLE,   // number is in degrees
    DATUM_TRUTH,
    DATUM_SIZE,
    DATUM_STRING,
    DATUM_WORD, // relu, same, val.loss, the name of a block or a data set
    DATUM_CALL, // adam(lr = 1e-3): word is the callee, items its arguments
    DATUM_LIST,
    DATUM_RANGE // two items
} DatumKind;

typedef struct Datum Datum;
typedef struct DatumItem DatumItem;
struct Declaration;

struct Datum {
    DatumKind kind;
    Span span; // of the expression that gave it
    double number;
    int64_t numerator, denominator; // number exactly; denominator 0: only the double is known
    bool truth;
    int rank; // of a size
    int64_t dims[4];
    const char *word;                      // of a word, a call, a string
    const struct Declaration *declaration; // what the word or the callee names, if the file declares it
    int count;
    const DatumItem *items;
    int nodes; // data in it, itself included: limited, since a param may hold others many times over
};

struct DatumItem {
    const char *name; // NULL: given by place, or no argument
    Span name_span;
    Datum value;
};

Datum datum_bad(Span span);
Datum datum_whole_number(int64_t whole, Span span);
Datum datum_inexact(double number, Span span);
Datum datum_fraction(int64_t numerator, int64_t denominator, Span span); // in lowest terms; denominator > 0
Datum datum_truth(bool truth, Span span);
Datum datum_word(const char *word, Span span);
// Of a decimal literal: exact where its digits fit.
Datum datum_literal(const char *digits, double number, Span span);

// A number or a percentage (angles have a unit, and are asked for by their kind).
bool datum_is_number(const Datum *datum);
// Whether it is a whole number that fits; percentages count as their fraction.
bool datum_is_whole(const Datum *datum, int64_t *whole);
// Names a layer or another row of the table, or a block: relu, leaky_relu(0.1).
bool datum_is_callable(const Datum *datum);
bool datum_equal(const Datum *a, const Datum *b);

// a + b, a - b, a * b or a / b of numbers, percentages and angles, b not 0 when dividing. DATUM_BAD, without
// a message, where their kinds don't go together.
Datum datum_arithmetic(Operator operator, const Datum * a, const Datum *b, Span span);
// -1, 0 or 1 of two numbers, percentages or angles.
int datum_compare(const Datum *a, const Datum *b);
typedef enum Rounding { ROUND_DOWN, ROUND_UP, ROUND_NEAREST } Rounding;
// Halves go away from zero.
Datum datum_rounded(const Datum *datum, Rounding rounding, Span span);

// As a file would write it: "0.1", "20%", "[1, 2]", "adam(lr = 0.001)".
void datum_print(const Datum *datum, Text *text);
const char *datum_text(Arena *arena, const Datum *datum);
// For messages: "the size 3x3", "the number 0.5", "the word `same`".
const char *datum_describe(Arena *arena, const Datum *datum);
const char *datum_kind_name(DatumKind kind); // "a number", "a size"

#endif
