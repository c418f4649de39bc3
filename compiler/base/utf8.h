// UTF-8, as far as a compiler needs it: what is one character, and is it fit to print.
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include "base/text.h"

// The bytes of the character at text (1 to 4), of which available can be read; 0 if they are no valid UTF-8
// (overlong forms, surrogates and values over U+10FFFF are invalid). A NUL byte is a valid character.
int utf8_length(const char *text, size_t available);

// The character's code point; length is what utf8_length said.
uint32_t utf8_decode(const char *text, int length);

// Whether a terminal would show the character as itself: no control character, tab and newline included.
bool utf8_is_printable(uint32_t character);

// Adds text with everything that is invalid or unprintable replaced by U+FFFD, so that a hostile file
// can't send escape sequences to a terminal.
void text_add_visible(Text *text, const char *bytes, size_t length);

#endif
