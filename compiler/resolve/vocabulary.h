// The words that the language itself gives a meaning.
#ifndef RESOLVE_VOCABULARY_H
#define RESOLVE_VOCABULARY_H

#include "ir/op.h"

// Rows of the table that users name.
enum { OP_NAMED = OP_LAYER | OP_LOSS | OP_OPTIMIZER | OP_SCHEDULE | OP_INITIALIZER };

// The row of this name that users may write; NULL if there is none.
const Op *named_op(const char *name);
bool is_function(const char *name); // min, max, floor, ceil, round
bool is_fact(const char *name);     // channels, height, width, classes
// A word that an attribute chooses from: same, valid, bilinear, none.
bool is_choice(const char *name);
// Whether word is one of choices, which are separated by spaces.
bool choices_contain(const char *choices, const char *word);
// Choices one by one, NULL-terminated.
const char *const *choices_list(Arena *arena, const char *choices);
// All of these words and rows, NULL-terminated, for suggestions.
const char *const *vocabulary(Arena *arena);

#endif
