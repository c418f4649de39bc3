// The parts of evaluation that stand in files of their own, and what the bodies of models need of them.
#ifndef RESOLVE_CALL_H
#define RESOLVE_CALL_H

#include "resolve/evaluate.h"

// The value of a formal, counter or param; false if the name is none of these.
bool find_value(const Scope *scope, const char *name, Datum *value);

// What a name or call calls: a row of the table, a block, or the layer that a formal or param holds (then
// with its arguments). False after an error, or if it is bad. words: as evaluate's; layer: what messages say
// was looked for.
bool resolve_callee(const Scope *scope, const Expr *expr, const char *const *words, bool layer,
                    Datum *callee);
// The callee with the call's arguments added, as a DATUM_CALL. False if some are bad; they are among the
// items.
bool evaluate_arguments(const Scope *scope, const Datum *callee, const Expr *call, const char *const *words,
                        Datum *result);

// operator.c
Datum unary_value(const Scope *scope, const Expr *expr);
Datum binary_value(const Scope *scope, const Expr *expr);
Datum function_value(const Scope *scope, const Expr *expr); // min, max, floor, ceil, round

#endif
