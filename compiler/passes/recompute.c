// Computes cheap values again in the segments that read them later, where that moves fewer bytes than keeping
// them: an activation from what it was made of, a pool's gradient from one number a window. Then only what
// cannot be had cheaply goes through memory from segment to segment.
#include "ops/pool.h"
#include "passes/schedule.h"

typedef struct Copy {
    int segment;
    Value *value;
} Copy;

typedef struct Recompute {
    Schedule *schedule;
    Arena *arena;
    Users *users;
    List(Copy) * copies;  // by value id: its copies in later segments
    List(Value *) values; // the function's, with the copies
    List(int) segments;   // theirs
} Recompute;

static bool is_cheap(const Value *value) {
    if (!value->shape.batched || value->type != TYPE_REAL || (value->op->flags & OP_OUTPUT)) return false;
    bool spreads = value->op->pool && !pool_is_forward(value);
    return spreads || ((value->op->flags & OP_ELEMENTWISE) && value->op->element && !value_is_costly(value));
}

// Whether the segment reads the value anyway.
static bool read_in(const Recompute *recompute, const Value *value, int segment) {
    const Users *users = &recompute->users[value->id];
    for (int i = 0; i < users->count; i++)
        if (recompute->schedule->segment[users->items[i]->id] == segment) return true;
    return false;
}

// The bytes of one image that a segment has to read, beside what it reads anyway, to compute the value.
static int64_t cost_in(const Recompute *recompute, const Value *value, int segment) {
    int64_t cost = 0;
    for (int k = 0; k < value->input_count; k++) {
        const Value *input = value_root(value->inputs[k]);
        if (!input->shape.batched || recompute->schedule->segment[input->id] == segment) continue;
        if (read_in(recompute, input, segment)) continue;
        int64_t kept = value_bytes(input),
                again = is_cheap(input) ? cost_in(recompute, input, segment) : kept;
        cost += again < kept ? again : kept;
    }
    return cost;
}

static bool is_recomputed(const Recompute *recompute, const Value *value, int segment) {
    return is_cheap(value) && recompute->schedule->segment[value->id] < segment &&
           cost_in(recompute, value, segment) < value_bytes(value);
}

static void append(Recompute *recompute, Value *value, int segment) {
    list_add(recompute->arena, &recompute->values, value);
    list_add(recompute->arena, &recompute->segments, segment);
}

static Value *copy_of(Recompute *recompute, Value *value, int segment);

// What a reader in the segment has for its input: a copy of the value, or of the view of it.
static Value *input_in(Recompute *recompute, Value *input, int segment) {
    if (!is_recomputed(recompute, value_root(input), segment)) return input;
    return copy_of(recompute, input, segment);
}

static Value *copy_of(Recompute *recompute, Value *value, int segment) {
    for (int i = 0; i < recompute->copies[value->id].count; i++)
        if (recompute->copies[value->id].items[i].segment == segment)
            return recompute->copies[value->id].items[i].value;
    Value *copy = NEW(recompute->arena, Value);
    *copy = *value;
    for (int k = 0; k < value->input_count; k++)
        copy->inputs[k] = input_in(recompute, value->inputs[k], segment);
    append(recompute, copy, segment);
    list_add(recompute->arena, &recompute->copies[value->id], ((Copy){segment, copy}));
    return copy;
}

// Puts the values with their copies into the function; originals that only later segments read are gone.
// Returns the segments of those that are left.
static int *take_values(Recompute *recompute) {
    Function *function = recompute->schedule->function;
    int *segments = recompute->segments.items, kept = 0;
    function->values.count = 0;
    for (int i = 0; i < recompute->values.count; i++)
        list_add(recompute->arena, &function->values, recompute->values.items[i]);
    function_sweep(function);
    for (int i = 0; kept < function->values.count; i++)
        if (recompute->values.items[i] == function->values.items[kept]) segments[kept++] = segments[i];
    return segments;
}

void pass_recompute(Schedule *schedule) {
    Function *function = schedule->function;
    Arena *arena = function->module->arena;
    Recompute recompute = {.schedule = schedule, .arena = arena, .users = function_users(function)};
    int count = function->values.count;
    recompute.copies = arena_alloc(arena, (size_t)count * sizeof *recompute.copies);
    for (int i = 0; i < count; i++) {
        Value *value = function->values.items[i];
        int segment = schedule->segment[i];
        // A reduction in blocks reads all images at once: a copy would have to be stored for all of them.
        bool reads = segment % 2 == 1 && !(value->op->flags & OP_VIEW) && !nest_blocks(value);
        for (int k = 0; reads && k < value->input_count; k++)
            value->inputs[k] = input_in(&recompute, value->inputs[k], segment);
        append(&recompute, value, segment);
    }
    if (recompute.values.count == count) return;
    schedule_take_segments(schedule, take_values(&recompute));
}
