// What all pools share: windows, their loops, and the way back.
#include "ops/pool.h"

#include <string.h>

bool pool_is_forward(const Value *value) {
    return value->op->pool->begin != NULL;
}

Window pool_window(const Value *value) {
    const int64_t *image =
        pool_is_forward(value) ? value->inputs[0]->shape.dim : value_attr(value, "input")->size;
    return window_of(value, image[0], image[1], value_attr(value, "size")->size);
}

bool pool_tiles(const Window *window) {
    return !window_padded(window) && window->stride[0] == window->size[0] &&
           window->stride[1] == window->size[1];
}

bool pool_covers(const Window *window) {
    return window->out_height * window->size[0] == window->height &&
           window->out_width * window->size[1] == window->width;
}

bool pool_shape(Value *value) {
    if (!needs_image(value)) return false;
    const Shape *input = &value->inputs[0]->shape;
    Window window = pool_window(value);
    for (int side = 0; side < 4; side++)
        if (window.pad[side] >= window.size[side % 2])
            return refuse_attribute(value, E0306, "pad", "pad by less than the window's size",
                                    "some windows of `%s` would hold nothing but padding", NAME_OF(value));
    if (!window_resolve(value, &window, "size")) return false;
    value_set(value, "stride", attr_size(2, window.stride));
    return shape_image(value, input->batched, window.out_height, window.out_width, input->dim[2]);
}

Value *global_pool_build(Layer *layer, const Op *pool) {
    if (!layer_needs_image(layer)) return NULL;
    const Shape *input = &layer->inputs[0]->shape;
    Value *value = value_new(layer->function, pool, 1, layer->inputs);
    value->path = layer->path;
    value->span = layer->span;
    value->frozen = layer->frozen;
    value_set(value, "size", attr_size(2, input->dim));
    function_append(layer->function, value);
    if (layer_truth(layer, "keep")) return value;
    Value *flat = value_like(layer->function, value, &op_reshape, 1, &value);
    value_set(flat, "shape", attr_size(1, &input->dim[2]));
    return function_append(layer->function, flat);
}

// Windows of up to this many positions are unrolled.
enum { UNROLLED_POSITIONS = 16 };

// row * stride + offset - pad
static LoopExpr *input_line(LoopBuilder *build, const Window *window, int axis, LoopExpr *line,
                            LoopExpr *offset) {
    LoopExpr *moved =
        window->pad[axis] ? minus(build, offset, loop_integer(build, window->pad[axis])) : offset;
    return loop_scaled(build, line, window->stride[axis], moved);
}

PoolTap tap_open(LoopBuilder *build, const Window *window, LoopExpr *row, LoopExpr *column) {
    AxisKind axis = window->size[0] * window->size[1] <= UNROLLED_POSITIONS ? AXIS_UNROLLED : AXIS_REDUCE;
    PoolTap tap = {.opened = 2};
    LoopExpr *down = loop_open_constant(build, axis, "ky", window->size[0]);
    LoopExpr *right = loop_open_constant(build, axis, "kx", window->size[1]);
    LoopExpr *y = input_line(build, window, 0, row, down), *x = input_line(build, window, 1, column, right);
    if (window_padded(window)) {
        LoopExpr *rows = inside(build, y, window->height), *columns = inside(build, x, window->width);
        loop_if(build, loop_binary(build, LOOP_AND, rows, columns));
        tap.opened++;
    }
    tap.y = y;
    tap.x = x;
    tap.pixel = loop_scaled(build, y, window->width, x);
    tap.position = loop_scaled(build, down, window->size[1], right);
    return tap;
}

void tap_close(LoopBuilder *build, const PoolTap *tap) {
    for (int i = 0; i < tap->opened; i++) loop_close(build);
}

static LoopExpr *lines_inside(LoopBuilder *build, const Window *window, int axis, LoopExpr *line,
                              int64_t limit) {
    LoopExpr *first = input_line(build, window, axis, line, loop_integer(build, 0));
    LoopExpr *end = plus(build, first, loop_integer(build, window->size[axis]));
    return minus(build, smaller(build, end, loop_integer(build, limit)),
                 larger(build, first, loop_integer(build, 0)));
}

LoopExpr *window_part(LoopBuilder *build, const Window *window, LoopExpr *row, LoopExpr *column) {
    if (!window_padded(window)) return loop_number(build, 1.0 / (double)(window->size[0] * window->size[1]));
    LoopExpr *count = times(build, lines_inside(build, window, 0, row, window->height),
                            lines_inside(build, window, 1, column, window->width));
    return loop_let(build, "part",
                    over(build, loop_number(build, 1), loop_unary(build, LOOP_TO_REAL, count)));
}

bool pool_backward_shape(Value *value) {
    const int64_t *size = value_attr(value, "input")->size;
    return shape_image(value, true, size[0], size[1], value->inputs[0]->shape.dim[2]);
}

Value *pool_backward_new(Function *function, const Value *pool, const Op *op, Value *gradient, Value *also) {
    Value *value = value_like(function, pool, op, also ? 2 : 1, (Value *[]){gradient, also});
    copy_attributes(value, pool);
    value_set(value, "input", attr_size(2, pool->inputs[0]->shape.dim));
    return function_append(function, value);
}

LoopExpr *pool_part(LoopBuilder *build, const Value *value, const Window *window, LoopExpr *row,
                    LoopExpr *column) {
    return value->op->pool->divides ? window_part(build, window, row, column) : NULL;
}

static void fold_lower(Lowering *lowering, const Value *value) {
    LoopBuilder *build = &lowering->build;
    const PoolRules *rules = value->op->pool;
    Window window = pool_window(value);
    int64_t channels = shape_channels(&value->shape);
    const Buffer *input = lowering_buffer(lowering, value->inputs[0]);
    const Buffer *output = lowering_buffer(lowering, value), *also = lowering_also(lowering, value);
    LoopExpr *row = loop_open_constant(build, AXIS_TILE, "row", window.out_height);
    LoopExpr *column = loop_open_constant(build, AXIS_TILE, "column", window.out_width);
    LoopExpr *part = pool_part(build, value, &window, row, column);
    LoopExpr *channel = loop_open_constant(build, AXIS_LANE, "channel", channels);
    LoopExpr *state[POOL_STATES] = {NULL};
    rules->begin(lowering, value, state);
    PoolTap tap = tap_open(build, &window, row, column);
    LoopExpr *number = loop_load(build, input, loop_scaled(build, tap.pixel, channels, channel));
    rules->add(lowering, state, loop_let(build, "number", number), tap.position);
    tap_close(build, &tap);
    LoopExpr *to = loop_scaled(build, loop_scaled(build, row, window.out_width, column), channels, channel);
    loop_store(build, output, to, rules->end(lowering, state, part));
    if (also) loop_store(build, also, to, state[1]);
    for (int i = 0; i < 3; i++) loop_close(build);
}

static void spread_lower(Lowering *lowering, const Value *value) {
    LoopBuilder *build = &lowering->build;
    Window window = pool_window(value);
    int64_t channels = shape_channels(&value->shape);
    const Buffer *output = lowering_buffer(lowering, value);
    bool apart = window.stride[0] >= window.size[0] && window.stride[1] >= window.size[1];
    if (!pool_tiles(&window) || !pool_covers(&window)) fill(build, output, 0);
    LoopExpr *row = loop_open_constant(build, AXIS_TILE, "row", window.out_height);
    LoopExpr *column = loop_open_constant(build, AXIS_TILE, "column", window.out_width);
    LoopExpr *part = pool_part(build, value, &window, row, column);
    PoolTap tap = tap_open(build, &window, row, column);
    LoopExpr *channel = loop_open_constant(build, AXIS_LANE, "channel", channels);
    LoopExpr *from = loop_scaled(build, loop_scaled(build, row, window.out_width, column), channels, channel);
    LoopExpr *to = loop_scaled(build, tap.pixel, channels, channel), *inputs[MAX_INPUTS];
    for (int i = 0; i < value->input_count; i++)
        inputs[i] = loop_load(build, lowering_buffer(lowering, value->inputs[i]), from);
    LoopExpr *number = value->op->pool->spread(lowering, inputs, tap.position, part);
    if (!apart) number = plus(build, loop_load(build, output, to), number);
    loop_store(build, output, to, number);
    loop_close(build);
    tap_close(build, &tap);
    loop_close(build);
    loop_close(build);
}

void pool_lower(Lowering *lowering, const Value *value) {
    if (pool_is_forward(value))
        fold_lower(lowering, value);
    else
        spread_lower(lowering, value);
}
