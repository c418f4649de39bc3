// Expressions to values.
#ifndef RESOLVE_EVALUATE_H
#define RESOLVE_EVALUATE_H

#include "resolve/scope.h"

// The value of an expression; DATUM_BAD after an error. A name is, in this order: a formal or counter, a
// param, a fact
// (`channels`), true or false, something declared, a word of the built-in vocabulary (layers, optimizers,
// ..., and what their attributes choose from), or one of `words` (NULL, or NULL-terminated): a property's
// own, such as "val.loss". Callees the same. Others are errors, with a suggestion.
Datum evaluate(const Scope *scope, const Expr *expr, const char *const *words);

// The value as one kind, or false after an error that names `what` ("`epochs`") at the value's place.
// A bad datum is false without a message.
bool expect_whole(const Scope *scope, const Datum *datum, const char *what, int64_t minimum, int64_t maximum,
                  int64_t *whole);
bool expect_number(const Scope *scope, const Datum *datum, const char *what, double minimum, double maximum,
                   double *number);
bool expect_truth(const Scope *scope, const Datum *datum, const char *what, bool *truth);
bool expect_string(const Scope *scope, const Datum *datum, const char *what, const char **string);
// One of choices (NULL-terminated); *word is the choice.
bool expect_word(const Scope *scope, const Datum *datum, const char *what, const char *const *choices,
                 const char **word);
bool expect_size(const Scope *scope, const Datum *datum, const char *what, int minimum_rank, int maximum_rank,
                 int64_t *dims, int *rank);

// Counts steps of evaluation or expansion. False, with an error, when the study has had its share: a file may
// ask for exponentially many.
enum { STEPS_OF_CALL = 40, STEPS_OF_LAYER = 30 };
bool spend_steps(const Scope *scope, Span span, int steps);
// An error at span with the scope's expansions and variant noted.
Diagnostic *scope_error(const Scope *scope, Code code, Span span, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#endif
