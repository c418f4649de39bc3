// Calls of the table's rows: arguments to attributes, by place in the order of the rows, or by name.
#ifndef RESOLVE_ARGUMENTS_H
#define RESOLVE_ARGUMENTS_H

#include "resolve/evaluate.h"
#include "resolve/familiar.h"

// The value as the row wants it: type, range, one of its choices. False after a message.
bool attribute_from_datum(const Scope *scope, const Op *op, const Attribute *row, const Datum *datum,
                          Attr *attr);
// Binds the arguments of a call to the op's rows. call: a DATUM_CALL or DATUM_WORD. Fills bound with all
// attributes (defaults too), allocated from the study's arena, and given (one per row, may be NULL) with
// which were written. False after errors, all of which are reported.
bool bind_call(const Scope *scope, const Op *op, const Datum *call, Bound *bound, bool *given);

// A property whose value names a row with one of these flags: `optimizer = adam(lr = 1e-3)`. property: for
// messages. False after errors.
bool bind_setting(const Scope *scope, const char *property, unsigned flags, const Datum *value, Bound *bound);

// NULL-terminated names of the rows with one of these flags, for suggestions.
const char *const *op_names(Arena *arena, unsigned flags);
#endif
