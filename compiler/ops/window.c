#include "ops/window.h"

#include <string.h>

static int64_t covered(const Window *window, int axis) {
    return (window->size[axis] - 1) * window->dilation[axis] + 1;
}

// TensorFlow's rule: as much padding as gives ceil(n / stride) windows, the larger half after.
static void pad_same(Window *window, int axis, int64_t length) {
    int64_t count = (length + window->stride[axis] - 1) / window->stride[axis];
    int64_t total = (count - 1) * window->stride[axis] + covered(window, axis) - length;
    if (total < 0) total = 0;
    window->pad[axis] = total / 2;
    window->pad[axis + 2] = total - total / 2;
}

static int64_t windows(const Window *window, int axis, int64_t length) {
    int64_t room = length + window->pad[axis] + window->pad[axis + 2] - covered(window, axis);
    return room < 0 ? 0 : room / window->stride[axis] + 1;
}

static void read_pair(const Value *value, const char *name, const int64_t otherwise[2], int64_t pair[2]) {
    int row = op_attribute(value->op, name);
    bool given = row >= 0 && value->attrs[row].kind == ATTR_SIZE;
    for (int i = 0; i < 2; i++) pair[i] = given ? value->attrs[row].size[i] : otherwise[i];
}

Window window_of(const Value *value, int64_t height, int64_t width, const int64_t size[2]) {
    Window window = {.height = height, .width = width, .size = {size[0], size[1]}};
    const int64_t length[2] = {height, width};
    const Attr *pad = value_attr(value, "pad");
    read_pair(value, "stride", size, window.stride);
    read_pair(value, "dilation", (int64_t[]){1, 1}, window.dilation);
    if (!pad->word) memcpy(window.pad, pad->size, sizeof window.pad);
    for (int axis = 0; axis < 2; axis++)
        if (pad->word && strcmp(pad->word, "same") == 0) pad_same(&window, axis, length[axis]);
    window.out_height = windows(&window, 0, height);
    window.out_width = windows(&window, 1, width);
    return window;
}

bool window_resolve(Value *value, const Window *window, const char *size) {
    if (window->out_height < 1 || window->out_width < 1) {
        Module *module = value->function->module;
        const char *padded = window_padded(window) ? " with its padding" : "";
        const char *spread = covered(window, 0) > window->size[0] || covered(window, 1) > window->size[1]
                                 ? format_text(module, " (%lldx%lld with its dilation)",
                                               (long long)covered(window, 0), (long long)covered(window, 1))
                                 : "";
        return refuse_attribute(
            value, E0302, size, "use a smaller window, `pad = same`, or pool and stride less before it",
            "the window, %lldx%lld%s, does not fit into the input, %lldx%lld%s", (long long)window->size[0],
            (long long)window->size[1], spread, (long long)window->height, (long long)window->width, padded);
    }
    const int64_t *pad = window->pad;
    value_set(value, "pad", attr_pad(pad[0], pad[1], pad[2], pad[3]));
    return true;
}

bool window_padded(const Window *window) {
    return window->pad[0] > 0 || window->pad[1] > 0 || window->pad[2] > 0 || window->pad[3] > 0;
}
