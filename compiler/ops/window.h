// The arithmetic of windows that slide over an image: convolutions and pools.
#ifndef OPS_WINDOW_H
#define OPS_WINDOW_H

#include "ops/rules.h"

typedef struct Window {
    int64_t height, width; // of the image
    int64_t out_height, out_width;
    int64_t size[2], stride[2], dilation[2]; // vertical, horizontal
    int64_t pad[4];                          // top, left, bottom, right
} Window;

// Of an image and a window's size, with the value's attributes `stride` (unset: the size), `dilation` (if it
// has one) and `pad`.
Window window_of(const Value *value, int64_t height, int64_t width, const int64_t size[2]);
// Complains where nothing is left of the image. size: name of the attribute to point at. Writes the padding
// in numbers into the attribute.
bool window_resolve(Value *value, const Window *window, const char *size);
bool window_padded(const Window *window);

// The window rows of every convolution and pool.
#define STRIDE_ROW(initial)                                                                                  \
    {                                                                                                        \
        "stride", TYPE_WINDOW, initial, 1, 4096, NULL, 0,                                                    \
            "steps from one window to the next; Keras's default is " STRIDE_HELP                             \
    }
#define PAD_ROW                                                                                              \
    {                                                                                                        \
        "pad", TYPE_PADDING, "valid", 0, 4096, NULL, 0,                                                      \
            "valid (Keras's default), same, a number for all sides, or [before, after]"                      \
    }

#endif
