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

// Bytes of a part of the arena from one time to another: stages in a chunk, phases in the fixed part (what
// runs in one phase runs at the same time), groups in scratch.
typedef struct Extent {
    const Value *value;
    Storage storage;
    int first, last;
    int64_t offset, size;
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

static int time_of(const Case *c, Storage storage, const Group *group) {
    return storage == STORAGE_FIXED   ? phase_of(c, group)
           : storage == STORAGE_CHUNK ? group->stage
                                      : group->time;
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

static int last_reading(const Case *c, const Value *value, Storage storage, int last) {
    const Function *function = c->schedule->function;
    if (value->op->flags & OP_OUTPUT) return FOREVER;
    for (int i = value->id + 1; i < function->values.count; i++) {
        const Value *reader = function->values.items[i];
        if (!reads(reader, value)) continue;
        int at = time_of(c, storage, c->schedule->group[i]);
        if (at > last) last = at;
    }
    return last;
}

static void add_extent(Case *c, Extent extent) {
    int64_t limit = extent.storage == STORAGE_FIXED   ? c->plan->fixed_bytes
                    : extent.storage == STORAGE_CHUNK ? c->plan->chunk_bytes
                                                      : c->plan->value_scratch;
    if (extent.offset < 0 || extent.offset % PLAN_ALIGNMENT != 0 ||
        extent.offset + extent.size + SLACK > limit)
        fail_msg("%s: %%%d %s lies at %lld, %lld bytes of %lld", c->name, extent.value->id,
                 extent.value->op->name, (long long)extent.offset, (long long)extent.size, (long long)limit);
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

static void add_value(Case *c, const Value *value) {
    const Placement *placement = &c->function->placements[value->id];
    int64_t bytes = shape_elements(&value->shape) * type_bytes(c, value);
    if (value->op->flags & OP_VIEW || value->type == TYPE_NONE) return;
    if (value->op->flags & OP_REDUCES_BATCH && !maker(c, value)->blocks) {
        assert_true(placement->partial >= 0);
        add_extent(c, (Extent){value, STORAGE_CHUNK, c->schedule->group[value->id]->stage,
                               maker(c, value)->stage, placement->partial, bytes});
    }
    if (placement->storage == STORAGE_NONE) {
        check_unstored(c, value);
        return;
    }
    if (placement->storage == STORAGE_SCRATCH) check_scratch(c, value);
    assert_int_equal(placement->stride, value->shape.batched ? bytes : 0);
    Extent extent = {value, placement->storage, 0, FOREVER, placement->offset, bytes};
    if (placement->storage == STORAGE_CHUNK) extent.size *= c->plan->chunk_images;
    bool pinned = value->op->flags & OP_SOURCE;
    if (!pinned) {
        extent.first = time_of(c, placement->storage, maker(c, value));
        extent.last = last_reading(c, value, placement->storage, extent.first);
    }
    add_extent(c, extent);
}

static void check_overlap(const Case *c) {
    for (int i = 0; i < c->extents.count; i++)
        for (int k = 0; k < i; k++) {
            const Extent *a = &c->extents.items[i], *b = &c->extents.items[k];
            bool together = a->storage == b->storage && a->first <= b->last && b->first <= a->last;
            bool apart = a->offset + a->size + SLACK <= b->offset || b->offset + b->size + SLACK <= a->offset;
            if (together && !apart)
                fail_msg("%s: %%%d %s and %%%d %s overlap", c->name, a->value->id, a->value->op->name,
                         b->value->id, b->value->op->name);
        }
}

static void check_function(const char *name, const Plan *plan, const FunctionPlan *function) {
    Arena *arena = arena_new();
    Case c = {.plan = plan, .function = function, .schedule = function->schedule, .arena = arena};
    c.name = arena_printf(arena, "%s, %s", name, function->schedule->function->name);
    for (int i = 0; i < c.schedule->function->values.count; i++)
        add_value(&c, c.schedule->function->values.items[i]);
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
    int64_t arena = plan_arena_bytes(plan, 1) - plan->scratch_bytes;
    double ratio = (double)arena / (double)plan->lower_bound;
    if (plan->lower_bound > arena) fail_msg("%s: the arena is smaller than its lower bound", name);
    if (ratio > 1.1) print_message("%s: the arena is %.2f times its lower bound\n", name, ratio);
    assert_true(ratio <= 1.5);
    assert_true(plan->lower_bound < plan->unplanned);
    assert_int_equal(plan->chunks, (plan->module->batch + plan->chunk_images - 1) / plan->chunk_images);
}

static void check_plan(const char *name, const Plan *plan) {
    check_tensors(name, plan);
    check_sizes(name, plan);
    for (int f = 0; f < plan->functions.count; f++) check_function(name, plan, plan->functions.items[f]);
}

static int64_t bytes_of_reals = 4;

static void check_configuration(const char *name, Configuration *configuration) {
    PipelineOptions options = pipeline_defaults();
    options.target = NULL;
    options.real_bytes = bytes_of_reals;
    check_plan(name, pipeline_run(configuration, &options)->plan);
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
