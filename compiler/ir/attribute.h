// Attribute values: made, written as text and read back by the type that an op's row gives them.
#ifndef IR_ATTRIBUTE_H
#define IR_ATTRIBUTE_H

#include "base/text.h"
#include "ir/op.h"

// The value of a row's `initial`; ATTR_UNSET where that is NULL or "".
Attr attribute_default(Arena *arena, const Attribute *row);
// Reads text ("3x3", "0.1", "same", "[1, 2]", "true", "@2" for slot 2) as the row's type. False if it is
// none.
bool attribute_read(Arena *arena, const Attribute *row, const char *text, Attr *attr);
// Writes what attribute_read reads; "-" for ATTR_UNSET.
void attribute_write(const Attr *attr, Text *text);
bool attr_equal(const Attr *a, const Attr *b);

#endif
