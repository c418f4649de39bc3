#include "plan/plan.h"
#include "base/text.h"

#include <string.h>

// When a value lives: in stages (chunk storage), phases (fixed) and groups (scratch), both ends included.
typedef struct Life {
    int first_stage, last_stage, first_time, last_time, first_phase, last_phase;
} Life;

typedef struct Planner {
    Plan *plan;
    Arena *arena;
    Schedule *schedule;
    FunctionPlan *result;
    Users *users;
    int *phase_of_stage;
    StageKind *kind_of_stage;
} Planner;

static int64_t element_bytes(const Plan *plan, Type type) {
    switch (type) {
    case TYPE_REAL: return plan->real_bytes;
    case TYPE_BYTE: return 1;
    case TYPE_INT: return 4;
    case TYPE_NONE: return 0;
    }
    fault("type %d", type);
}

static int64_t value_bytes(const Plan *plan, const Value *value) {
    return shape_elements(&value->shape) * element_bytes(plan, value->type);
}

static const char *output_place(const Value *value) {
    return value->op->flags & OP_OUTPUT ? value_attr(value, "place")->word : NULL;
}

static bool is_reduction(const Value *value) {
    return (value->op->flags & OP_REDUCES_BATCH) != 0;
}

// The group in which a user reads the value: what combines a reduction is not its user.
static const Group *reading_group(const Planner *planner, const Value *user) {
    return planner->schedule->group[user->id];
}

// The group that makes the value readable.
static const Group *making_group(const Planner *planner, const Value *value) {
    return is_reduction(value) ? planner->schedule->combining[value->id]
                               : planner->schedule->group[value->id];
}

static bool read_outside(const Planner *planner, const Value *value, const Group *group) {
    const Users *users = &planner->users[value->id];
    for (int i = 0; i < users->count; i++)
        if (reading_group(planner, users->items[i]) != group) return true;
    return false;
}

static Life value_life(const Planner *planner, const Value *value) {
    const Group *made = making_group(planner, value);
    Life life = {made->stage, made->stage, made->time, made->time, 0, 0};
    const Users *users = &planner->users[value->id];
    for (int i = 0; i < users->count; i++) {
        const Group *reader = reading_group(planner, users->items[i]);
        if (reader->stage > life.last_stage) life.last_stage = reader->stage;
        if (reader->time > life.last_time) life.last_time = reader->time;
    }
    if (output_place(value)) life.last_stage = planner->schedule->stage_count - 1;
    life.first_phase = planner->phase_of_stage[life.first_stage];
    life.last_phase = planner->phase_of_stage[life.last_stage];
    return life;
}

static Storage value_storage(const Planner *planner, const Value *value, const Life *life) {
    if (value->type == TYPE_NONE) return STORAGE_NONE;
    const Group *made = making_group(planner, value);
    bool only_inside = !read_outside(planner, value, made) && !output_place(value);
    bool fused = made->members.count > 1 || made->combines;
    if (only_inside && fused) return STORAGE_NONE;
    if (!value->shape.batched) return STORAGE_FIXED;
    bool one_stage =
        life->first_stage == life->last_stage && planner->kind_of_stage[life->first_stage] == STAGE_IMAGES;
    return one_stage && !output_place(value) ? STORAGE_SCRATCH : STORAGE_CHUNK;
}

static Placement pinned_chunk(Plan *plan, int64_t bytes) {
    Placement placement = {STORAGE_CHUNK, plan->chunk_bytes, bytes, -1};
    plan->chunk_bytes += plan_padded(bytes * plan->chunk_images);
    return placement;
}

// Where the value is read by the runtime, the place that all functions share.
static const Placement *pinned_place(const Plan *plan, const Value *value, Placement *fixed) {
    const char *place = output_place(value);
    if (value->op == &op_input) place = "input";
    if (value->op == &op_label) place = "label";
    if (!place) return NULL;
    if (strcmp(place, "input") == 0) return &plan->input;
    if (strcmp(place, "label") == 0) return &plan->label;
    if (strcmp(place, "logits") == 0) return &plan->logits;
    if (strcmp(place, "loss") == 0) return &plan->loss;
    if (strcmp(place, "penalty") == 0) {
        *fixed = (Placement){STORAGE_FIXED, plan->penalty_offset, 0, -1};
        return fixed;
    }
    return NULL;
}

typedef struct Candidates {
    List(Interval) intervals;
    List(int64_t *) targets; // where each interval's offset goes
    int early;               // how many are placed before the others
} Candidates;

static void add_candidate(Planner *planner, Candidates *candidates, int64_t bytes, int first, int last,
                          int64_t *target) {
    Interval interval = {.size = plan_padded(bytes), .first = first, .last = last};
    list_add(planner->arena, &candidates->intervals, interval);
    list_add(planner->arena, &candidates->targets, target);
}

static int64_t place_candidates(Planner *planner, Candidates *candidates, int64_t base,
                                int64_t *lower_bound) {
    int64_t peak = place_intervals(planner->arena, candidates->intervals.count, candidates->early,
                                   candidates->intervals.items, lower_bound);
    for (int i = 0; i < candidates->intervals.count; i++)
        *candidates->targets.items[i] = base + candidates->intervals.items[i].offset;
    return peak;
}

static void describe_stages(Planner *planner) {
    const Schedule *schedule = planner->schedule;
    planner->phase_of_stage = NEW_ARRAY(planner->arena, int, schedule->stage_count + 1);
    planner->kind_of_stage = NEW_ARRAY(planner->arena, StageKind, schedule->stage_count + 1);
    int stage = 0;
    for (int p = 0; p < schedule->phases.count; p++)
        for (int s = 0; s < schedule->phases.items[p]->stages.count; s++, stage++) {
            planner->phase_of_stage[stage] = p;
            planner->kind_of_stage[stage] = schedule->phases.items[p]->stages.items[s]->kind;
        }
}

static void plan_value(Planner *planner, Value *value, Candidates *fixed, Candidates *chunk,
                       Candidates *scratch) {
    Plan *plan = planner->plan;
    Placement *placement = &planner->result->placements[value->id], shared;
    int64_t bytes = value_bytes(plan, value);
    planner->result->unplanned += plan_padded(value->shape.batched ? bytes * plan->module->batch : bytes);
    placement->partial = -1;
    const Placement *pinned = pinned_place(plan, value, &shared);
    if (pinned) {
        *placement = *pinned;
        return;
    }
    if (value->op == &op_tensor) {
        *placement = (Placement){STORAGE_FIXED, plan->tensor_offsets[value_integer(value, "index")], 0, -1};
        return;
    }
    Life life = value_life(planner, value);
    placement->storage = value_storage(planner, value, &life);
    placement->stride = value->shape.batched ? bytes : 0;
    if (is_reduction(value) && !making_group(planner, value)->blocks)
        add_candidate(planner, chunk, bytes, planner->schedule->group[value->id]->stage, life.first_stage,
                      &placement->partial);
    if (placement->storage == STORAGE_FIXED)
        add_candidate(planner, fixed, bytes, life.first_phase, life.last_phase, &placement->offset);
    if (placement->storage == STORAGE_CHUNK)
        add_candidate(planner, chunk, bytes * plan->chunk_images, life.first_stage, life.last_stage,
                      &placement->offset);
    if (placement->storage == STORAGE_SCRATCH)
        add_candidate(planner, scratch, bytes, life.first_time, life.last_time, &placement->offset);
}

// How many values two functions begin with in common: "gradients" and "train" are the same up to the update.
// These are placed alike, so that the programs' pieces are the same too, and are compiled once.
static int common_values(const Function *function, const Function *other) {
    int common = 0;
    while (other && common < function->values.count && common < other->values.count) {
        const Value *a = function->values.items[common], *b = other->values.items[common];
        bool same = a->op == b->op && a->input_count == b->input_count;
        for (int i = 0; same && i < a->input_count; i++) same = a->inputs[i]->id == b->inputs[i]->id;
        if (!same) break;
        common++;
    }
    return common;
}

static FunctionPlan *plan_one(Plan *plan, Schedule *schedule, int64_t fixed_base, int64_t chunk_base) {
    Arena *arena = plan->module->arena;
    const Function *function = schedule->function;
    FunctionPlan *result = NEW(arena, FunctionPlan);
    Planner planner = {plan, arena, schedule, result, function_users(function), NULL, NULL};
    Candidates fixed = {0}, chunk = {0}, scratch = {0};
    int64_t scratch_bound;
    result->schedule = schedule;
    result->placements = NEW_ARRAY(arena, Placement, function->values.count);
    describe_stages(&planner);
    const char *twin = strcmp(function->name, "train") == 0 ? "gradients" : "train";
    int common = common_values(function, module_function(plan->module, twin));
    for (int i = 0; i < function->values.count; i++) {
        Value *value = function->values.items[i];
        if ((value->op->flags & OP_VIEW) == 0) plan_value(&planner, value, &fixed, &chunk, &scratch);
        if (i >= common) continue;
        fixed.early = fixed.intervals.count;
        chunk.early = chunk.intervals.count;
        scratch.early = scratch.intervals.count;
    }
    result->fixed_peak = place_candidates(&planner, &fixed, fixed_base, &result->lower_bound_fixed);
    result->chunk_peak = place_candidates(&planner, &chunk, chunk_base, &result->lower_bound_chunk);
    int64_t scratch_peak = place_candidates(&planner, &scratch, 0, &scratch_bound);
    if (scratch_peak > plan->value_scratch) plan->value_scratch = scratch_peak;
    return result;
}

// What all functions share: the kept tensors, and the places that the runtime knows.
static void plan_shared(Plan *plan, const Function *last) {
    Module *module = plan->module;
    plan->tensor_offsets = NEW_ARRAY(module->arena, int64_t, module->tensors.count);
    plan->gradient_offsets = NEW_ARRAY(module->arena, int64_t, module->tensors.count);
    for (int i = 0; i < module->tensors.count; i++) {
        plan->tensor_offsets[i] = plan->fixed_bytes;
        plan->gradient_offsets[i] = -1;
        plan->fixed_bytes += plan_padded(shape_elements(&module->tensors.items[i].shape) * plan->real_bytes);
    }
    plan->penalty_offset = -1;
    for (int i = 0; i < last->values.count; i++) {
        const Value *value = last->values.items[i];
        const char *place = output_place(value);
        if (value->op == &op_input) plan->input = pinned_chunk(plan, value_bytes(plan, value));
        if (value->op == &op_label) plan->label = pinned_chunk(plan, value_bytes(plan, value));
        if (!place) continue;
        if (strcmp(place, "logits") == 0) plan->logits = pinned_chunk(plan, value_bytes(plan, value));
        if (strcmp(place, "loss") == 0) plan->loss = pinned_chunk(plan, value_bytes(plan, value));
        if (strcmp(place, "penalty") == 0) {
            plan->penalty_offset = plan->fixed_bytes;
            plan->fixed_bytes += plan_padded(plan->real_bytes);
        }
    }
}

static void record_gradients(Plan *plan, const FunctionPlan *function) {
    if (strcmp(function->schedule->function->name, "gradients") != 0) return;
    for (int i = 0; i < function->schedule->function->values.count; i++) {
        const Value *value = function->schedule->function->values.items[i];
        const char *place = output_place(value);
        if (place && strcmp(place, "gradient") == 0)
            plan->gradient_offsets[value_integer(value, "index")] = function->placements[i].offset;
    }
}

static int64_t largest(int64_t a, int64_t b) {
    return a > b ? a : b;
}

Plan *plan_new(Module *module, int64_t real_bytes, int schedule_count, Schedule *const *schedules) {
    Plan *plan = NEW(module->arena, Plan);
    plan->module = module;
    plan->real_bytes = real_bytes;
    plan->chunk_images = chunk_images(module);
    plan->chunks = (module->batch + plan->chunk_images - 1) / plan->chunk_images;
    plan_shared(plan, schedules[schedule_count - 1]->function);
    int64_t fixed_base = plan->fixed_bytes, chunk_base = plan->chunk_bytes;
    for (int i = 0; i < schedule_count; i++) {
        FunctionPlan *function = plan_one(plan, schedules[i], fixed_base, chunk_base);
        list_add(module->arena, &plan->functions, function);
        plan->fixed_bytes = largest(plan->fixed_bytes, fixed_base + function->fixed_peak);
        plan->chunk_bytes = largest(plan->chunk_bytes, chunk_base + function->chunk_peak);
        plan->lower_bound = fixed_base + function->lower_bound_fixed +
                            plan->chunks * (chunk_base + function->lower_bound_chunk);
        plan->unplanned = fixed_base + function->unplanned;
        record_gradients(plan, function);
    }
    return plan;
}

void plan_finish(Plan *plan) {
    plan->scratch_bytes = plan->value_scratch;
    for (int i = 0; i < plan->functions.count; i++)
        plan->scratch_bytes =
            largest(plan->scratch_bytes, plan->value_scratch + plan->functions.items[i]->kernel_scratch);
}

int64_t plan_arena_bytes(const Plan *plan, int threads) {
    return plan->fixed_bytes + plan->chunks * plan->chunk_bytes + threads * plan->scratch_bytes;
}

const FunctionPlan *plan_function(const Plan *plan, const char *name) {
    for (int i = 0; i < plan->functions.count; i++)
        if (strcmp(plan->functions.items[i]->schedule->function->name, name) == 0)
            return plan->functions.items[i];
    return NULL;
}

static void print_function(const FunctionPlan *function, Text *text) {
    static const char *const storages[] = {"none", "fixed", "chunk", "scratch"};
    const Function *of = function->schedule->function;
    text_printf(text, "%s: fixed %lld, chunk %lld bytes\n", of->name, (long long)function->fixed_peak,
                (long long)function->chunk_peak);
    for (int i = 0; i < of->values.count; i++) {
        const Placement *placement = &function->placements[i];
        if (placement->storage == STORAGE_NONE && placement->partial < 0) continue;
        text_printf(text, "  %%%d %s %s", i, of->values.items[i]->op->name, storages[placement->storage]);
        if (placement->storage != STORAGE_NONE) text_printf(text, " %lld", (long long)placement->offset);
        if (placement->partial >= 0) text_printf(text, " partial %lld", (long long)placement->partial);
        text_add(text, "\n");
    }
}

void plan_print(const Plan *plan, Text *text) {
    text_printf(text, "arena: %lld fixed + %lld chunks x %lld + threads x %lld scratch\n",
                (long long)plan->fixed_bytes, (long long)plan->chunks, (long long)plan->chunk_bytes,
                (long long)plan->scratch_bytes);
    text_printf(text, "lower bound %lld, unplanned %lld bytes\n", (long long)plan->lower_bound,
                (long long)plan->unplanned);
    for (int i = 0; i < plan->functions.count; i++) print_function(plan->functions.items[i], text);
}
