// Which values one loop nest can compute together. A nest runs over the elements of a shape, or over the
// windows of a pool that lie side by side, and inside each over its pixels: so a pool, the way back through
// it, the elementwise work on both sides and the sums over it are one pass over memory.
#include "ops/pool.h"
#include "passes/schedule.h"
#include "passes/technique.h"

extern const Op op_also;

static bool nests(const Value *value) {
    return value->op->nests(value) && technique_enabled(value->function->module, TECHNIQUE_NARROW);
}

bool value_has_element(const Value *value) {
    const Op *op = value->op;
    return op->element && ((op->flags & OP_ELEMENTWISE) || (op->nests && nests(value)));
}

bool value_has_term(const Value *value) {
    return value->op->term && (!value->op->nests || nests(value));
}

static const Shape *pixel_shape(const Value *pool) {
    return pool_is_forward(pool) ? &pool->inputs[0]->shape : &pool->shape;
}

static const Shape *window_shape(const Value *pool) {
    return pool_is_forward(pool) ? &pool->shape : &pool->inputs[0]->shape;
}

// What a nest over the value runs over: its shape; of an effect, that of the tensor that it changes; of a
// sum, that of what it adds up.
static const Shape *nest_shape(const Value *value) {
    if (value_has_term(value) && value->op->nests) return &value->inputs[1]->shape;
    return value->op->flags & OP_EFFECT || value_has_term(value) ? &value->inputs[0]->shape : &value->shape;
}

const Shape *group_shape(const Group *group) {
    const Value *first = group->members.items[0];
    if (group->pool) return pixel_shape(group->pool);
    return group->combines ? &first->shape : nest_shape(first);
}

const Shape *group_window_shape(const Group *group) {
    return window_shape(group->pool);
}

bool group_is_nest(const Group *group) {
    const Value *first = group->members.items[0];
    if (group->combines) return !first->op->combine;
    bool effect = (first->op->flags & OP_EFFECT) && (first->op->flags & OP_ELEMENTWISE);
    return group->pool || effect || value_has_term(first) || value_has_element(first);
}

// A window of one pixel would make pixels and windows the same shape.
static bool nests_pool(const Value *value) {
    if (!value->op->pool || !technique_enabled(value->function->module, TECHNIQUE_WINDOWS)) return false;
    Window window = pool_window(value);
    return pool_tiles(&window) && window.size[0] * window.size[1] > 1;
}

// A chunk's part of a small matrix of weights stays in cache; those of a large one would be written and read
// for each chunk.
enum { LARGE_MATRIX = 32768 };

int64_t nest_block_columns(const Value *value) {
    int64_t columns = value->op->block_columns ? value->op->block_columns(value) : 0;
    return columns > 0 ? columns : shape_channels(&value->shape);
}

int64_t nest_block_runs(const Value *value) {
    return value->op->block_runs ? value->op->block_runs(value) : 1;
}

int64_t nest_blocks(const Value *value) {
    int64_t elements = shape_elements(&value->shape);
    if (!value->op->block || elements < LARGE_MATRIX ||
        !technique_enabled(value->function->module, TECHNIQUE_BLOCKS))
        return 0;
    // Image by image, the inputs are read while they are in cache, but the result is read and written as
    // often.
    if (elements < shape_elements(&value->inputs[0]->shape) + shape_elements(&value->inputs[1]->shape))
        return 0;
    int64_t block = value->op->block_elements(value), wanted = block ? (elements + block - 1) / block : 0;
    int64_t columns = nest_block_columns(value), panels = shape_channels(&value->shape) / columns;
    int64_t rows = elements / columns / nest_block_runs(value);
    for (int64_t blocks = wanted; blocks > 0 && blocks <= 2 * wanted; blocks++)
        if (rows % blocks == 0 && blocks % panels == 0) return blocks;
    return 0;
}

bool group_needs_channels(const Group *group) {
    int64_t elements = shape_elements(group_shape(group)), channels = shape_channels(group_shape(group));
    for (int i = 0; i < group->members.count; i++) {
        const Value *member = group->members.items[i];
        if (i == 0 && group->combines) continue; // its inputs are read where it is accumulated
        for (int k = 0; k < member->input_count; k++) {
            int64_t own = shape_elements(&member->inputs[k]->shape);
            if (own != elements && own == channels && own > 1) return true;
        }
    }
    return false;
}

// Equal pieces of whole vectors where a number of pieces near the one wanted gives them: their loops have
// constant extents and no remainder.
int64_t group_pieces(const Group *group) {
    const Value *first = group->members.items[0];
    bool splits = (first->op->flags & OP_ELEMENTWISE) || (group->combines && !first->op->combine);
    if (group->blocks) return nest_blocks(first);
    if (first->op->pieces) return first->op->pieces(first);
    if (!splits || group_needs_channels(group)) return 1;
    int64_t elements = shape_elements(group_shape(group));
    int64_t least = group->combines ? COMBINED_ELEMENTS : PIECE_ELEMENTS;
    int64_t wanted = (elements + least - 1) / least;
    for (int64_t pieces = wanted; pieces < 2 * wanted; pieces++)
        if (elements % (pieces * MOST_LANES) == 0) return pieces;
    return wanted;
}

int64_t group_piece_elements(const Group *group) {
    int64_t elements = shape_elements(group_shape(group)), pieces = group_pieces(group);
    int64_t share = (elements + pieces - 1) / pieces;
    return elements % pieces == 0 ? share : (share + MOST_LANES - 1) / MOST_LANES * MOST_LANES;
}

static bool alike(const Shape *a, const Shape *b) {
    return shape_elements(a) == shape_elements(b) && shape_channels(a) == shape_channels(b);
}

// Whether the value reads a member of this level.
static bool reads_level(const Group *group, const Value *value, NestLevel level) {
    for (int k = 0; k < value->input_count; k++) {
        const Value *root = value_root(value->inputs[k]);
        if (root->op == &op_also) root = root->inputs[0];
        for (int i = 0; i < group->members.count; i++)
            if (group->members.items[i] == root && group->levels.items[i] == level) return true;
    }
    return false;
}

static bool windows_cover(const Value *pool) {
    Window window = pool_window(pool);
    return pool_covers(&window);
}

static bool same_windows(const Value *a, const Value *b) {
    Window first = pool_window(a), second = pool_window(b);
    return first.height == second.height && first.width == second.width && first.size[0] == second.size[0] &&
           first.size[1] == second.size[1] && alike(pixel_shape(a), pixel_shape(b));
}

static bool joins_pool(const Group *group, const Value *value, NestLevel *level) {
    if (!nests_pool(value) || group->whole) return false;
    bool forward = pool_is_forward(value);
    *level = forward ? NEST_AFTER : NEST_PIXEL;
    if (!group->pool) return alike(group_shape(group), forward ? pixel_shape(value) : window_shape(value));
    if (!same_windows(group->pool, value)) return false;
    return forward ? reads_level(group, value, NEST_PIXEL) : !reads_level(group, value, NEST_AFTER);
}

// What is read around a pixel was computed before the nest.
static bool reads_around(const Group *group, const Value *value) {
    for (int i = 0; value->op->nests && i < group->members.count; i++)
        if (group->members.items[i] == value_root(value->inputs[0])) return true;
    return false;
}

bool nest_joins(const Group *group, const Value *value, NestLevel *level) {
    if (!group_is_nest(group) || reads_around(group, value)) return false;
    if (value->op->pool) return joins_pool(group, value, level);
    const Shape *own = nest_shape(value);
    *level = NEST_PIXEL;
    if (!group->pool) return alike(group_shape(group), own);
    bool before = reads_level(group, value, NEST_BEFORE), after = reads_level(group, value, NEST_AFTER);
    if (alike(group_shape(group), own)) return !after && (!before || windows_cover(group->pool));
    *level = after ? NEST_AFTER : NEST_BEFORE;
    return alike(group_window_shape(group), own) && !reads_level(group, value, NEST_PIXEL);
}

void nest_add(Arena *arena, Group *group, Value *value, NestLevel level) {
    if (!group->pool && nests_pool(value)) {
        group->pool = value;
        for (int i = 0; i < group->levels.count && !pool_is_forward(value); i++)
            group->levels.items[i] = NEST_BEFORE;
    }
    list_add(arena, &group->members, value);
    list_add(arena, &group->levels, level);
}
