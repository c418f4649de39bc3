#include "base/utf8.h"

#define REPLACEMENT "\xEF\xBF\xBD"

int utf8_length(const char *text, size_t available) {
    const unsigned char *byte = (const unsigned char *)text;
    if (!available) return 0;
    if (byte[0] < 0x80) return 1;
    int length = byte[0] >= 0xC2 && byte[0] <= 0xDF   ? 2
                 : byte[0] >= 0xE0 && byte[0] <= 0xEF ? 3
                 : byte[0] >= 0xF0 && byte[0] <= 0xF4 ? 4
                                                      : 0;
    if (!length || available < (size_t)length) return 0;
    for (int i = 1; i < length; i++) {
        if ((byte[i] & 0xC0) != 0x80) return 0;
    }
    uint32_t character = utf8_decode(text, length);
    bool overlong = (length == 3 && character < 0x800) || (length == 4 && character < 0x10000);
    bool surrogate = character >= 0xD800 && character <= 0xDFFF;
    return overlong || surrogate || character > 0x10FFFF ? 0 : length;
}

uint32_t utf8_decode(const char *text, int length) {
    const unsigned char *byte = (const unsigned char *)text;
    if (length == 1) return byte[0];
    uint32_t character = byte[0] & (0xFFu >> (length + 1));
    for (int i = 1; i < length; i++) character = character << 6 | (byte[i] & 0x3F);
    return character;
}

bool utf8_is_printable(uint32_t character) {
    bool control = character < 0x20 || (character >= 0x7F && character < 0xA0);
    // Marks that turn the direction of text could show a reader another order than the compiler reads.
    bool turns = character == 0x061C || character == 0x200E || character == 0x200F ||
                 (character >= 0x202A && character <= 0x202E) || (character >= 0x2066 && character <= 0x2069);
    return !control && !turns && character != 0xFEFF && character != 0x2028 && character != 0x2029;
}

void text_add_visible(Text *text, const char *bytes, size_t length) {
    for (size_t i = 0; i < length;) {
        int size = utf8_length(bytes + i, length - i);
        if (size && utf8_is_printable(utf8_decode(bytes + i, size))) {
            text_add_bytes(text, bytes + i, (size_t)size);
        } else {
            text_add(text, REPLACEMENT);
        }
        i += size ? (size_t)size : 1;
    }
}
