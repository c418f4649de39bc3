// The memory plans of all examples and studies: what lives at one time does not overlap, with the slack that
// kernels may read; everything is aligned and inside its part. Lives are found here anew, from the schedule.
#include "../ir/configurations.h"
#include "base/text.h"
#include "passes/technique.h"
#include "pipeline.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

enum { SLACK = 64, FOREVER = 1 << 30 };

// The parts of the arena, and the gradients' memory.
typedef enum Part { PART_FIXED, PART_CHUNK, PART_SCRATCH, PART_GRADIENTS } Part;

// Bytes of a part from one time to another: stages in a chunk, phases in the fixed part (what runs in one
// phase runs at the same time), groups in scratch.
typedef struct Extent {
    const Value *value; // NULL: what a group has for itself
    Part part;
    int first, last;
    int64_t offset, size;
    const Group *made, *read; // the last that reads it; NULL: the runtime
} Extent;

typedef struct Case {
    const char *name;
    const Plan *plan;
    const FunctionPlan *function;
    const Schedule *schedule;
    Arena *arena;
    List(Extent) extents;
} Case;

static int64_t type_bytes(const Case *c, const Value *value) {
    return value->type == TYPE_REAL ? c->plan->real_bytes : value->type == TYPE_INT ? 4 : 1;
}

static int phase_of(const Case *c, const Group *group) {
    for (int p = 0; p < c->schedule->phases.count; p++) {
        const Phase *phase = c->schedule->phases.items[p];
        for (int s = 0; s < phase->stages.count; s++)
            for (int g = 0; g < phase->stages.items[s]->groups.count; g++)
                if (phase->stages.items[s]->groups.items[g] == group) return p;
    }
    fail_msg("%s: a group is in no phase", c->name);
    return -1;
}

static int time_of(const Case *c, Part part, const Group *group) {
    return part == PART_FIXED ? phase_of(c, group) : part == PART_CHUNK ? group->stage : group->time;
}

static const Group *maker(const Case *c, const Value *value) {
    return value->op->flags & OP_REDUCES_BATCH ? c->schedule->combining[value->id]
                                               : c->schedule->group[value->id];
}

static bool reads(const Value *reader, const Value *value) {
    if (reader->op->flags & OP_VIEW) return false;
    for (int k = 0; k < reader->input_count; k++) {
        const Value *input = reader->inputs[k];
        while (input->op->flags & OP_VIEW) input = input->inputs[0];
        if (input == value) return true;
    }
    return false;
}

// The last group that reads the value; `made` if none does.
static const Group *last_reading(const Case *c, const Value *value, const Group *made) {
    const Function *function = c->schedule->function;
    const Group *last = made;
    for (int i = value->id + 1; i < function->values.count; i++) {
        const Group *reader = c->schedule->group[i];
        if (reads(function->values.items[i], value) && (!last || reader->time > last->time)) last = reader;
    }
    return last;
}

static int64_t part_bytes(const Plan *plan, Part part) {
    const int64_t bytes[] = {plan->fixed_bytes, plan->chunk_bytes, plan->scratch_bytes, plan->gradient_bytes};
    return bytes[part];
}

static void add_extent(Case *c, Extent extent) {
    int64_t limit = part_bytes(c->plan, extent.part);
    if (extent.offset < 0 || extent.offset % PLAN_ALIGNMENT != 0 ||
        extent.offset + extent.size + SLACK > limit)
        fail_msg("%s: %%%d lies at %lld, %lld bytes of %lld", c->name, extent.value ? extent.value->id : -1,
                 (long long)extent.offset, (long long)extent.size, (long long)limit);
    list_add(c->arena, &c->extents, extent);
}

// What nobody stores must not be read where it was not just computed.
static void check_unstored(const Case *c, const Value *value) {
    const Function *function = c->schedule->function;
    const Group *made = maker(c, value);
    for (int i = value->id + 1; i < function->values.count; i++)
        if (reads(function->values.items[i], value) && c->schedule->group[i] != made)
            fail_msg("%s: %%%d %s is not stored but read by %%%d", c->name, value->id, value->op->name, i);
}

static void check_scratch(const Case *c, const Value *value) {
    const Function *function = c->schedule->function;
    for (int i = value->id + 1; i < function->values.count; i++)
        if (reads(function->values.items[i], value) && c->schedule->group[i]->stage != maker(c, value)->stage)
            fail_msg("%s: %%%d %s is in scratch but read in another stage", c->name, value->id,
                     value->op->name);
}

// The first or the last group of a stage.
static int stage_end(const Case *c, int stage, bool last) {
    int end = -1;
    for (int i = 0; i < c->schedule->groups.count; i++) {
        const Group *group = c->schedule->groups.items[i];
        bool further = end < 0 || (last ? group->time > end : group->time < end);
        if (group->stage == stage && further) end = group->time;
    }
    return end;
}

static void add_partial(Case *c, const Value *value, const Placement *placement, int64_t bytes) {
    assert_true(placement->partial >= 0);
    const Group *made = c->schedule->group[value->id], *read = c->schedule->combining[value->id];
    add_extent(c,
               (Extent){value, PART_CHUNK, made->stage, read->stage, placement->partial, bytes, made, read});
}

static void add_value(Case *c, const Value *value) {
    static const Part parts[] = {[STORAGE_FIXED] = PART_FIXED,
                                 [STORAGE_CHUNK] = PART_CHUNK,
                                 [STORAGE_PIECE] = PART_SCRATCH,
                                 [STORAGE_SCRATCH] = PART_SCRATCH,
                                 [STORAGE_GRADIENT] = PART_GRADIENTS};
    const Placement *placement = &c->function->placements[value->id];
    int64_t bytes = shape_elements(&value->shape) * type_bytes(c, value);
    if (value->op->flags & OP_VIEW || value->type == TYPE_NONE) return;
    const Group *made = maker(c, value);
    if (value->op->flags & OP_REDUCES_BATCH && !made->blocks) add_partial(c, value, placement, bytes);
    if (placement->storage == STORAGE_NONE) {
        check_unstored(c, value);
        return;
    }
    if (placement->storage == STORAGE_SCRATCH) check_scratch(c, value);
    bool many = placement->storage == STORAGE_CHUNK || placement->storage == STORAGE_PIECE;
    if (many || value->op->flags & OP_OUTPUT)
        assert_int_equal(placement->stride, value->shape.batched ? bytes : 0);
    Extent extent = {value, parts[placement->storage], 0, FOREVER, placement->offset, bytes, made, NULL};
    if (many) extent.size *= c->plan->chunk_images;
    bool by_runtime = value->op->flags & OP_OUTPUT || value->op == &op_label;
    extent.read = by_runtime ? NULL : last_reading(c, value, made);
    if (made) extent.first = time_of(c, extent.part, made);
    if (extent.read) extent.last = time_of(c, extent.part, extent.read);
    if (value->op == &op_tensor) extent.last = FOREVER;
    if (placement->storage == STORAGE_PIECE) {
        assert_true(phase_of(c, made) == phase_of(c, extent.read));
        extent.first = stage_end(c, made->stage, false);
        extent.last = stage_end(c, extent.read->stage, true);
    }
    add_extent(c, extent);
}

// What groups have for their kernels and blocks.
static void add_own_scratch(Case *c) {
    for (int i = 0; i < c->schedule->groups.count; i++) {
        int64_t bytes = c->function->own_scratch_bytes[i];
        if (bytes > 0)
            add_extent(c, (Extent){NULL, PART_SCRATCH, i, i, c->function->own_scratch[i], bytes - SLACK, NULL,
                                   NULL});
    }
}

// Whether the group has read an element of `before` for the last time when it stores that of `after`.
static bool read_before_stored(const Group *group, const Value *before, const Value *after) {
    bool stored = false;
    NestLevel level = NEST_PIXEL;
    for (int i = 0; i < group->members.count; i++)
        if (group->members.items[i] == after) level = group->levels.items[i];
    for (int i = 0; i < group->members.count; i++) {
        const Op *op = group->members.items[i]->op;
        bool elsewhere = op->nests || !(op->flags & OP_ELEMENTWISE || op->term);
        bool reading = reads(group->members.items[i], before);
        if (reading && (stored || elsewhere || group->levels.items[i] != level)) return false;
        stored |= group->members.items[i] == after;
    }
    return stored && group_is_nest(group) && shape_elements(&before->shape) == shape_elements(&after->shape);
}

// Whether `after` may lie on `before`, although both live in one stage: image by image, the one is no longer
// read when the other is written, and does not reach further.
static bool takes_over(const Case *c, const Extent *before, const Extent *after) {
    if (!before->value || !after->value || !before->read || !after->made) return false;
    if (before->read->stage != after->made->stage || before->offset != after->offset) return false;
    if (!before->value->shape.batched || !after->value->shape.batched || before->size < after->size)
        return false;
    bool many = after->size > shape_elements(&after->value->shape) * type_bytes(c, after->value);
    if (many && before->size == shape_elements(&before->value->shape) * type_bytes(c, before->value))
        return false;
    if (shape_elements(&before->value->shape) < shape_elements(&after->value->shape) ||
        before->value->type != after->value->type)
        return false;
    if (before->read != after->made) return before->read->time < after->made->time;
    return before->made != after->made && read_before_stored(after->made, before->value, after->value);
}

static int taken_over;

static void check_pair(const Case *c, const Extent *a, const Extent *b) {
    bool together = a->part == b->part && a->first <= b->last && b->first <= a->last;
    bool apart = a->offset + a->size + SLACK <= b->offset || b->offset + b->size + SLACK <= a->offset;
    if (!together || apart) return;
    if (!takes_over(c, a, b) && !takes_over(c, b, a))
        fail_msg("%s: %%%d and %%%d overlap", c->name, a->value ? a->value->id : -1,
                 b->value ? b->value->id : -1);
    taken_over++;
}

static void check_overlap(const Case *c) {
    for (int i = 0; i < c->extents.count; i++)
        for (int k = 0; k < i; k++) check_pair(c, &c->extents.items[i], &c->extents.items[k]);
}

static void check_function(const char *name, const Plan *plan, const FunctionPlan *function) {
    Arena *arena = arena_new();
    Case c = {.plan = plan, .function = function, .schedule = function->schedule, .arena = arena};
    c.name = arena_printf(arena, "%s, %s", name, function->schedule->function->name);
    for (int i = 0; i < c.schedule->function->values.count; i++)
        add_value(&c, c.schedule->function->values.items[i]);
    add_own_scratch(&c);
    check_overlap(&c);
    arena_free(arena);
}

// Kept tensors have places of their own, which no function uses for anything else.
static void check_tensors(const char *name, const Plan *plan) {
    int64_t end = 0;
    for (int i = 0; i < plan->module->tensors.count; i++) {
        if (plan->tensor_offsets[i] < end) fail_msg("%s: tensor %d overlaps another", name, i);
        end = plan->tensor_offsets[i] +
              shape_elements(&plan->module->tensors.items[i].shape) * plan->real_bytes + SLACK;
    }
    for (int f = 0; f < plan->functions.count; f++) {
        const FunctionPlan *function = plan->functions.items[f];
        for (int i = 0; i < function->schedule->function->values.count; i++) {
            const Value *value = function->schedule->function->values.items[i];
            const Placement *placement = &function->placements[i];
            if (placement->storage == STORAGE_FIXED && value->op != &op_tensor && placement->offset < end)
                fail_msg("%s: %%%d %s lies on a tensor", name, i, value->op->name);
        }
    }
}

static void check_sizes(const char *name, const Plan *plan) {
    for (int threads = 1; threads <= 9; threads++)
        if (plan_lower_bound(plan, threads) > plan_arena_bytes(plan, threads))
            fail_msg("%s: the arena is smaller than its lower bound with %d threads", name, threads);
    assert_true(plan_lower_bound(plan, 1) < plan_unplanned(plan));
    assert_int_equal(plan->chunks, (plan->module->batch + plan->chunk_images - 1) / plan->chunk_images);
}

static void check_plan(const char *name, const Plan *plan) {
    check_tensors(name, plan);
    check_sizes(name, plan);
    for (int f = 0; f < plan->functions.count; f++) check_function(name, plan, plan->functions.items[f]);
}

// The last phase that reads the value and is of the other kind than the one that makes it, over chunks or
// whole: it leaves lines that several cores have. -1: none.
static int last_of_other_kind(const Case *c, const Value *value) {
    const Group *made = maker(c, value);
    const bool whole = !made || value->op->flags & OP_REDUCES_BATCH;
    const bool by_chunks = !whole && c->schedule->phases.items[phase_of(c, made)]->per_chunk;
    int last = -1;
    for (int i = value->id + 1; i < c->schedule->function->values.count; i++) {
        if (!reads(c->schedule->function->values.items[i], value)) continue;
        const int phase = phase_of(c, c->schedule->group[i]);
        if (c->schedule->phases.items[phase]->per_chunk != by_chunks && phase > last) last = phase;
    }
    return last;
}

static bool is_constant(const Case *c, const Value *value) {
    if (value->op != &op_tensor) return value->op->flags & OP_SOURCE;
    for (int i = value->id + 1; i < c->schedule->function->values.count; i++) {
        const Value *reader = c->schedule->function->values.items[i];
        if (reader->op->flags & OP_EFFECT && reads(reader, value)) return false;
    }
    return true;
}

static int released, released_parts;

// Chunks' parts of a sum, after the phase that adds them up.
static void check_parts_released(const Case *c, const Value *value, LoopFunction *const *pieces) {
    const Placement *placement = &c->function->placements[value->id];
    if (!(value->op->flags & OP_REDUCES_BATCH) || placement->partial < 0) return;
    const LoopFunction *piece = pieces[phase_of(c, c->schedule->combining[value->id])];
    for (int k = 0; k < piece->released.count; k++) {
        const LoopRange *range = &piece->released.items[k];
        if (range->base != BASE_CHUNK || range->offset != placement->partial) continue;
        released_parts++;
        return;
    }
    fail_msg("%s: the parts of %%%d %s are not released", c->name, value->id, value->op->name);
}

static void check_released(const Case *c, LoopFunction *const *pieces) {
    for (int i = 0; i < c->schedule->function->values.count; i++) {
        const Value *value = c->schedule->function->values.items[i];
        const Placement *placement = &c->function->placements[i];
        const bool fixed = placement->storage == STORAGE_FIXED;
        if (value->op->flags & OP_VIEW || is_constant(c, value)) continue;
        check_parts_released(c, value, pieces);
        if (!fixed && placement->storage != STORAGE_CHUNK) continue;
        const int last = last_of_other_kind(c, value);
        bool found = last < 0;
        for (int k = 0; last >= 0 && k < pieces[last]->released.count; k++) {
            const LoopRange *range = &pieces[last]->released.items[k];
            const int64_t limit = part_bytes(c->plan, range->base == BASE_FIXED ? PART_FIXED : PART_CHUNK);
            assert_true(range->offset >= 0 && range->bytes > 0 && range->offset + range->bytes <= limit);
            found |= range->offset == placement->offset && (range->base == BASE_FIXED) == fixed;
        }
        if (!found) fail_msg("%s: %%%d %s is not released after phase %d", c->name, i, value->op->name, last);
        released += last >= 0;
    }
}

static void check_releases(const char *name, const Compilation *compilation) {
    for (int f = 0; f < compilation->plan->functions.count; f++) {
        const FunctionPlan *function = compilation->plan->functions.items[f];
        const Case c = {name, compilation->plan, function, function->schedule, NULL, {0}};
        check_released(&c, compilation->functions[f].pieces.items);
    }
}

static int64_t bytes_of_reals = 4;

static void check_configuration(const char *name, Configuration *configuration) {
    PipelineOptions options = pipeline_defaults();
    options.target = NULL;
    options.real_bytes = bytes_of_reals;
    const Compilation *compilation = pipeline_run(configuration, &options);
    check_plan(name, compilation->plan);
    check_releases(name, compilation);
}

static void check_unfused(const char *name, Configuration *configuration) {
    PipelineOptions options = pipeline_defaults();
    options.target = NULL;
    options.without = technique_bit(TECHNIQUE_FUSE);
    check_plan(name, pipeline_run(configuration, &options)->plan);
}

static void test_single_precision(void **state) {
    (void)state;
    assert_true(use_all_configurations(check_configuration) > 40);
    assert_true(taken_over > 0);
    assert_true(released > 0 && released_parts > 0);
}

static void test_double_precision(void **state) {
    (void)state;
    bytes_of_reals = 8;
    use_all_configurations(check_configuration);
    bytes_of_reals = 4;
}

static void test_unfused(void **state) {
    (void)state;
    use_all_configurations(check_unfused);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_single_precision),
                                       cmocka_unit_test(test_double_precision),
                                       cmocka_unit_test(test_unfused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
