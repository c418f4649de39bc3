// Cuts a function where the whole batch is needed. Segments are numbered in their order: even ones are whole,
// odd ones run chunk by chunk. Every value goes into the earliest segment that its inputs allow.
#include "passes/schedule.h"

#include <string.h>

extern const Op op_also;

static void make_room(Schedule *schedule) {
    const Function *function = schedule->function;
    schedule->group = NEW_ARRAY(function->module->arena, Group *, function->values.count);
    schedule->combining = NEW_ARRAY(function->module->arena, Group *, function->values.count);
}

Schedule *schedule_new(Function *function) {
    Arena *arena = function->module->arena;
    Schedule *schedule = NEW(arena, Schedule);
    function_renumber(function);
    schedule->function = function;
    schedule->segment = NEW_ARRAY(arena, int, function->values.count);
    make_room(schedule);
    return schedule;
}

// Dense layers read their weights once a chunk, so where these are most of the work, chunks have rows enough
// to make that worth it.
enum { LEAST_DENSE_ROWS = 16 };

static bool is_mostly_dense(const Module *module) {
    const Function *model = module_function((Module *)module, "model");
    double macs = 0, dense = 0;
    for (int i = 0; model && i < model->values.count; i++) {
        const Value *value = model->values.items[i];
        if ((value->op->flags & OP_CONTRACTION) == 0) continue;
        macs += value->op->cost(value).macs;
        if (value->op->flags & OP_ROWS) dense += value->op->cost(value).macs;
    }
    return dense > macs / 2;
}

int64_t chunk_images(const Module *module) {
    int64_t images = (module->batch + CHUNKS - 1) / CHUNKS;
    if (images >= LEAST_DENSE_ROWS || !is_mostly_dense(module)) return images;
    return module->batch < LEAST_DENSE_ROWS ? module->batch : LEAST_DENSE_ROWS;
}

Value *value_root(Value *value) {
    while (value->op->flags & OP_VIEW) value = value->inputs[0];
    return value;
}

const Value *value_elements(const Value *value) {
    while ((value->op->flags & OP_VIEW) && !value->op->view_offset) value = value->inputs[0];
    return value;
}

int64_t value_offset(const Value *value) {
    int64_t offset = 0;
    for (; value->op->flags & OP_VIEW; value = value->inputs[0])
        if (value->op->view_offset) offset += value->op->view_offset(value);
    return offset;
}

Users *function_users(const Function *function) {
    Users *users = NEW_ARRAY(function->module->arena, Users, function->values.count);
    for (int i = 0; i < function->values.count; i++) {
        Value *value = function->values.items[i];
        if (value->op->flags & OP_VIEW) continue;
        for (int k = 0; k < value->input_count; k++)
            list_add(function->module->arena, &users[value_root(value->inputs[k])->id], value);
    }
    return users;
}

static bool by_chunk(const Value *value) {
    if (value->op->flags & OP_WHOLE_BATCH) return false;
    return value->shape.batched || (value->op->flags & OP_REDUCES_BATCH) != 0;
}

// The first segment in which the result can be read by a value of this kind.
static int available(const Schedule *schedule, const Value *input, bool reader_by_chunk) {
    int segment = schedule->segment[input->id];
    if (input->op->flags & OP_REDUCES_BATCH) segment++;
    bool same_kind = (segment % 2 == 1) == reader_by_chunk;
    return same_kind ? segment : segment + 1;
}

// An effect on a tensor waits for all that reads the tensor as it was.
static int after_readers(const Schedule *schedule, const Users *users, const Value *effect) {
    int segment = 0;
    for (int k = 0; k < effect->input_count; k++) {
        const Value *tensor = effect->inputs[k];
        if (tensor->op != &op_tensor) continue;
        for (int i = 0; i < users[tensor->id].count; i++) {
            const Value *reader = users[tensor->id].items[i];
            if (reader == effect || (reader->op->flags & OP_EFFECT)) continue;
            int at = schedule->segment[reader->id] + (by_chunk(reader) ? 1 : 0);
            if (at > segment) segment = at;
        }
    }
    return segment;
}

// A value that nothing but its users' place decides (no inputs with a batch axis) waits for the first of
// them.
static void sink_constants(Schedule *schedule, const Users *users) {
    for (int i = schedule->function->values.count - 1; i >= 0; i--) {
        const Value *value = schedule->function->values.items[i];
        if (!value->shape.batched || value->input_count > 0 || (value->op->flags & (OP_SOURCE | OP_OUTPUT)))
            continue;
        int first = -1;
        for (int k = 0; k < users[i].count; k++) {
            int at = schedule->segment[users[i].items[k]->id];
            if (first < 0 || at < first) first = at;
        }
        if (first > 0) schedule->segment[i] = first;
    }
}

void pass_segment(Schedule *schedule) {
    const Function *function = schedule->function;
    Users *users = function_users(function);
    for (int i = 0; i < function->values.count; i++) {
        const Value *value = function->values.items[i];
        int segment = by_chunk(value) ? 1 : 0;
        for (int k = 0; k < value->input_count; k++) {
            int at = available(schedule, value->inputs[k], by_chunk(value));
            if (at > segment) segment = at;
        }
        if (value->op->flags & OP_EFFECT) {
            int at = after_readers(schedule, users, value);
            if (at > segment) segment = at;
        }
        schedule->segment[i] = segment;
    }
    sink_constants(schedule, users);
}

void schedule_take_segments(Schedule *schedule, int *segments) {
    const Function *function = schedule->function;
    Users *users = function_users(function);
    schedule->segment = segments;
    make_room(schedule);
    for (int i = 0; i < function->values.count; i++) {
        const Value *value = function->values.items[i];
        int at = value->op->flags & OP_EFFECT ? after_readers(schedule, users, value) : 0;
        if (at > segments[i]) segments[i] = at;
    }
}
