// The plan of one function: when every value lives, in which part of the arena, and where in it.
#include "plan/plan.h"

#include <stdlib.h>
#include <string.h>

// When a value lives: in phases (fixed part), stages (chunk) and groups (scratch), both ends included.
typedef struct Life {
    int first_phase, last_phase, first_stage, last_stage, first_time, last_time;
} Life;

// The value that an interval is for, where it is one of images.
typedef struct Tenant {
    const Value *value;
    Life life;
    int64_t image_bytes, bytes; // of an image, of all that are kept; 0: it is no such value
    int next;                   // of those whose life ends in the same stage; -1: no more
} Tenant;

// A part of the arena: what has to be placed in it.
typedef struct Area {
    List(Interval) intervals;
    List(int64_t *) targets; // where each interval's offset goes
    List(Tenant) tenants;    // what each interval is for
    int64_t *live;           // bytes by time; the change at each time until all are known
    int times;
} Area;

typedef struct StageRange {
    int phase;
    StageKind kind;
    int first_time, last_time;
} StageRange;

typedef struct Planner {
    Plan *plan;
    Arena *arena;
    Schedule *schedule;
    FunctionPlan *result;
    const FunctionPlan *twin;
    int common; // how many values are the same in the twin
    Users *users;
    StageRange *stages;
    Area fixed, chunk, scratch;
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

int64_t plan_value_bytes(const Plan *plan, const Value *value) {
    return shape_elements(&value->shape) * element_bytes(plan, value->type);
}

const char *plan_output_place(const Value *value) {
    return value->op->flags & OP_OUTPUT ? value_attr(value, "place")->word : NULL;
}

static bool is_reduction(const Value *value) {
    return (value->op->flags & OP_REDUCES_BATCH) != 0;
}

// The group that makes the value readable; NULL: the runtime does.
static const Group *making_group(const Planner *planner, const Value *value) {
    return is_reduction(value) ? planner->schedule->combining[value->id]
                               : planner->schedule->group[value->id];
}

static bool read_outside(const Planner *planner, const Value *value, const Group *group) {
    const Users *users = &planner->users[value->id];
    for (int i = 0; i < users->count; i++)
        if (planner->schedule->group[users->items[i]->id] != group) return true;
    return false;
}

static Life value_life(const Planner *planner, const Value *value) {
    const Group *made = making_group(planner, value);
    Life life = {0};
    if (made) life = (Life){0, 0, made->stage, made->stage, made->time, made->time};
    const Users *users = &planner->users[value->id];
    for (int i = 0; i < users->count; i++) {
        const Group *reader = planner->schedule->group[users->items[i]->id];
        if (reader->stage > life.last_stage) life.last_stage = reader->stage;
        if (reader->time > life.last_time) life.last_time = reader->time;
    }
    // The runtime reads outputs, and labels again.
    if (plan_output_place(value) || value->op == &op_label)
        life.last_stage = planner->schedule->stage_count - 1;
    life.first_phase = planner->stages[life.first_stage].phase;
    // Stages of a whole phase run at the same time.
    while (value->op->flags & OP_WHOLE_BATCH && life.first_stage > 0 &&
           planner->stages[life.first_stage - 1].phase == life.first_phase)
        life.first_stage--;
    life.last_phase = planner->stages[life.last_stage].phase;
    return life;
}

static Storage value_storage(const Planner *planner, const Value *value, const Life *life) {
    if (value->type == TYPE_NONE) return STORAGE_NONE;
    const Group *made = making_group(planner, value);
    bool output = plan_output_place(value) != NULL;
    bool only_inside = !read_outside(planner, value, made) && !output;
    bool fused = made->members.count > 1 || made->combines;
    if (only_inside && fused) return STORAGE_NONE;
    if (!value->shape.batched) return STORAGE_FIXED;
    if (output || life->first_phase != life->last_phase) return STORAGE_CHUNK;
    bool one_stage = life->first_stage == life->last_stage;
    return one_stage && planner->stages[life->first_stage].kind == STAGE_IMAGES ? STORAGE_SCRATCH
                                                                                : STORAGE_PIECE;
}

// Where the value is read by the runtime, the place that all functions share.
static const Placement *pinned_place(const Plan *plan, const Value *value, Placement *own) {
    const char *place = plan_output_place(value);
    if (value->op == &op_input) place = "input";
    if (value->op == &op_label) place = "label";
    if (!place) return NULL;
    if (strcmp(place, "input") == 0) return &plan->input;
    if (strcmp(place, "label") == 0) return &plan->label;
    if (strcmp(place, "logits") == 0) return &plan->logits;
    if (strcmp(place, "loss") == 0) return &plan->loss;
    *own = (Placement){STORAGE_FIXED, plan->penalty_offset, 0, -1};
    if (strcmp(place, "penalty") == 0) return own;
    require(strcmp(place, "gradient") == 0);
    *own = (Placement){STORAGE_GRADIENT, plan->gradient_offsets[value_integer(value, "index")], 0, -1};
    return own;
}

static void area_begin(Planner *planner, Area *area, int times) {
    area->times = times;
    area->live = NEW_ARRAY(planner->arena, int64_t, times + 1);
}

static void area_add(Planner *planner, Area *area, int64_t bytes, int first, int last, int64_t *target) {
    Interval interval = {plan_padded(bytes), first, last, *target, NO_HEIR};
    list_add(planner->arena, &area->intervals, interval);
    list_add(planner->arena, &area->targets, target);
    list_add(planner->arena, &area->tenants, (Tenant){0});
    area->live[first] += bytes;
    area->live[last + 1] -= bytes;
}

// What the runtime keeps from step to step lies before all else.
static void add_tensors(Planner *planner) {
    Plan *plan = planner->plan;
    int last = planner->fixed.times - 1;
    if (plan->tensor_bytes == 0) return;
    list_add(planner->arena, &planner->fixed.intervals, ((Interval){plan->tensors_end, 0, last, 0, NO_HEIR}));
    list_add(planner->arena, &planner->fixed.targets, NEW(planner->arena, int64_t));
    list_add(planner->arena, &planner->fixed.tenants, (Tenant){0});
    planner->fixed.live[0] += plan->tensor_bytes;
}

// The last interval is for a value of images.
static void area_tenant(Area *area, const Value *value, const Life *life, int64_t image_bytes,
                        int64_t images) {
    area->tenants.items[area->tenants.count - 1] =
        (Tenant){value, *life, image_bytes, image_bytes * images, -1};
}

// Whether the group computes an element of `to` from nothing of `from` but the same element, which it does
// not read again once that is stored (lower_nest.c, lower_window.c: member by member).
static bool rewrites(const Group *group, const Value *from, const Value *to) {
    bool alike = from->type == to->type && shape_elements(&from->shape) == shape_elements(&to->shape);
    if (!alike || !group_is_nest(group)) return false;
    int at = 0;
    while (at < group->members.count && group->members.items[at] != to) at++;
    if (at == group->members.count) return false;
    for (int i = 0; i < group->members.count; i++) {
        const Value *member = group->members.items[i];
        bool own_element = member->op->flags & OP_ELEMENTWISE || (member->op->term && !member->op->nests);
        bool before = i <= at && group->levels.items[i] == group->levels.items[at];
        for (int k = 0; k < member->input_count; k++)
            if (value_root(member->inputs[k]) == from && !(own_element && before)) return false;
    }
    return true;
}

// Whether the heir may lie where `from` does, although both live in the stage in which the heir begins. A
// stage goes image by image, or through one group: an image's value may take the place of what was read for
// the last time before, or is read at the same element, of the same image. It reaches no place that an image
// to come still has, as it is not the larger one.
static bool inherits(const Planner *planner, const Tenant *heir, const Tenant *from) {
    bool many = heir->bytes > heir->image_bytes;
    if (heir->image_bytes > from->image_bytes || (many && from->bytes == from->image_bytes)) return false;
    if (from->life.last_time < heir->life.first_time) return true;
    return from->life.last_time == heir->life.first_time && from->life.first_time < heir->life.first_time &&
           rewrites(planner->schedule->group[heir->value->id], from->value, heir->value);
}

// Makes the interval the heir of the smallest of those that end in the stage where it begins and have no heir
// yet.
static void find_place_to_inherit(Planner *planner, Area *area, int number, int ending, bool *has_heir) {
    const Tenant *tenants = area->tenants.items;
    Interval *intervals = area->intervals.items;
    int best = NO_HEIR;
    for (int i = ending; i >= 0; i = tenants[i].next) {
        bool together = intervals[i].last >= intervals[number].first;
        if (i == number || has_heir[i] || !together || !inherits(planner, &tenants[number], &tenants[i]))
            continue;
        if (best < 0 || tenants[i].bytes < tenants[best].bytes) best = i;
    }
    if (best < 0) return;
    has_heir[best] = true;
    intervals[number].heir_of = best;
    area->live[intervals[number].first] -= tenants[number].bytes;
    area->live[intervals[best].last + 1] += tenants[number].bytes;
}

static void area_inherit(Planner *planner, Area *area) {
    int count = area->tenants.count, stages = planner->schedule->stage_count;
    int *ending = NEW_ARRAY(planner->arena, int, stages);
    bool *has_heir = NEW_ARRAY(planner->arena, bool, count);
    for (int stage = 0; stage < stages; stage++) ending[stage] = -1;
    for (int i = 0; i < count; i++) {
        Tenant *tenant = &area->tenants.items[i];
        if (tenant->bytes == 0) continue;
        tenant->next = ending[tenant->life.last_stage];
        ending[tenant->life.last_stage] = i;
    }
    for (int i = 0; i < count; i++) {
        const Tenant *tenant = &area->tenants.items[i];
        if (tenant->bytes > 0)
            find_place_to_inherit(planner, area, i, ending[tenant->life.first_stage], has_heir);
    }
}

// Returns the peak.
static int64_t area_place(Planner *planner, Area *area) {
    int64_t peak = place_intervals(planner->arena, area->intervals.count, area->intervals.items);
    for (int i = 0; i < area->intervals.count; i++) *area->targets.items[i] = area->intervals.items[i].offset;
    for (int time = 1; time < area->times; time++) area->live[time] += area->live[time - 1];
    return peak;
}

static void add_to_chunk(Planner *planner, int64_t bytes, const Life *life, int64_t *target) {
    area_add(planner, &planner->chunk, bytes, life->first_stage, life->last_stage, target);
    planner->result->live.across[life->first_phase + 1] += bytes;
    planner->result->live.across[life->last_phase + 1] -= bytes;
}

static void describe_stages(Planner *planner) {
    const Schedule *schedule = planner->schedule;
    planner->stages = NEW_ARRAY(planner->arena, StageRange, schedule->stage_count + 1);
    int stage = 0, time = 0;
    for (int p = 0; p < schedule->phases.count; p++)
        for (int s = 0; s < schedule->phases.items[p]->stages.count; s++) {
            const Stage *from = schedule->phases.items[p]->stages.items[s];
            planner->stages[stage++] = (StageRange){p, from->kind, time, time + from->groups.count - 1};
            time += from->groups.count;
        }
}

// Where the twin keeps the same value, if it does so in the same part; else PLACE_ANYWHERE.
static int64_t twins_offset(const Planner *planner, const Value *value, Storage storage) {
    if (value->id >= planner->common) return PLACE_ANYWHERE;
    const Placement *placement = &planner->twin->placements[value->id];
    return placement->storage == storage ? placement->offset : PLACE_ANYWHERE;
}

static void plan_partial(Planner *planner, const Value *value, const Life *life, Placement *placement) {
    int accumulated = planner->schedule->group[value->id]->stage;
    placement->partial =
        value->id < planner->common ? planner->twin->placements[value->id].partial : PLACE_ANYWHERE;
    Life partial = {.first_phase = planner->stages[accumulated].phase,
                    .last_phase = life->first_phase,
                    .first_stage = accumulated,
                    .last_stage = life->first_stage};
    add_to_chunk(planner, plan_value_bytes(planner->plan, value), &partial, &placement->partial);
}

static void place_value(Planner *planner, const Value *value, const Life *life, Placement *placement) {
    int64_t bytes = plan_value_bytes(planner->plan, value), images = planner->plan->chunk_images;
    switch (placement->storage) {
    case STORAGE_NONE:
    case STORAGE_GRADIENT: break;
    case STORAGE_FIXED:
        area_add(planner, &planner->fixed, bytes, life->first_phase, life->last_phase, &placement->offset);
        break;
    case STORAGE_CHUNK:
        add_to_chunk(planner, bytes * images, life, &placement->offset);
        if (!making_group(planner, value)) { // it is there before the first phase
            planner->result->live.across[0] += bytes * images;
            planner->result->live.across[life->first_phase + 1] -= bytes * images;
        }
        if (!plan_output_place(value)) area_tenant(&planner->chunk, value, life, bytes, images);
        break;
    case STORAGE_PIECE:
        // A stage is through all of its groups with one image before it comes to the next.
        area_add(planner, &planner->scratch, bytes * images, planner->stages[life->first_stage].first_time,
                 planner->stages[life->last_stage].last_time, &placement->offset);
        area_tenant(&planner->scratch, value, life, bytes, images);
        break;
    case STORAGE_SCRATCH:
        area_add(planner, &planner->scratch, bytes, life->first_time, life->last_time, &placement->offset);
        area_tenant(&planner->scratch, value, life, bytes, 1);
        break;
    }
}

static void plan_value(Planner *planner, const Value *value) {
    Plan *plan = planner->plan;
    Placement *placement = &planner->result->placements[value->id], own;
    int64_t bytes = plan_value_bytes(plan, value);
    planner->result->unplanned += plan_padded(value->shape.batched ? bytes * plan->module->batch : bytes);
    placement->partial = -1;
    if (value->op == &op_tensor) {
        *placement = (Placement){STORAGE_FIXED, plan->tensor_offsets[value_integer(value, "index")], 0, -1};
        return;
    }
    Life life = value_life(planner, value);
    const Placement *pinned = pinned_place(plan, value, &own);
    if (pinned)
        *placement = *pinned;
    else {
        placement->storage = value_storage(planner, value, &life);
        placement->stride = value->shape.batched ? bytes : 0;
        placement->offset = twins_offset(planner, value, placement->storage);
        if (is_reduction(value) && !making_group(planner, value)->blocks)
            plan_partial(planner, value, &life, placement);
    }
    place_value(planner, value, &life, placement);
}

// How many values two functions begin with in common: "gradients" and "train" are the same up to the update.
// These are placed alike, so that the programs' pieces are the same too, and are compiled once.
static int common_values(const Function *function, const FunctionPlan *twin) {
    const Function *other = twin ? twin->schedule->function : NULL;
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

static int by_end(const void *left, const void *right) {
    const Interval *a = left, *b = right;
    int64_t end_a = a->offset + a->size, end_b = b->offset + b->size;
    return (end_a < end_b) - (end_a > end_b);
}

// A group's own scratch begins behind the values that live in scratch at its time. The highest interval
// decides for all of its times, the next one for those that are left, and so on: `open` leads from each time
// to the first undecided one from there on.
static void find_own_scratch(Planner *planner) {
    FunctionPlan *result = planner->result;
    int times = planner->scratch.times, count = planner->scratch.intervals.count;
    Interval *intervals = planner->scratch.intervals.items;
    int *open = NEW_ARRAY(planner->arena, int, times + 1);
    result->own_scratch = NEW_ARRAY(planner->arena, int64_t, times);
    result->own_scratch_bytes = NEW_ARRAY(planner->arena, int64_t, times);
    for (int time = 0; time <= times; time++) open[time] = time;
    if (count > 0) qsort(intervals, (size_t)count, sizeof *intervals, by_end);
    for (int i = 0; i < count; i++) {
        for (int time = intervals[i].first; time <= intervals[i].last;) {
            if (open[time] == time) {
                result->own_scratch[time] = intervals[i].offset + intervals[i].size;
                open[time] = time + 1;
            } else {
                open[time] = open[open[time]];
                time = open[time];
            }
        }
    }
}

FunctionPlan *plan_schedule(Plan *plan, Schedule *schedule, const FunctionPlan *twin) {
    Arena *arena = plan->module->arena;
    const Function *function = schedule->function;
    FunctionPlan *result = NEW(arena, FunctionPlan);
    Planner planner = {.plan = plan,
                       .arena = arena,
                       .schedule = schedule,
                       .result = result,
                       .twin = twin,
                       .common = common_values(function, twin),
                       .users = function_users(function)};
    result->schedule = schedule;
    result->placements = NEW_ARRAY(arena, Placement, function->values.count);
    describe_stages(&planner);
    area_begin(&planner, &planner.fixed, schedule->phases.count);
    area_begin(&planner, &planner.chunk, schedule->stage_count);
    area_begin(&planner, &planner.scratch, schedule->groups.count);
    result->live = (Live){planner.fixed.live, planner.chunk.live, planner.scratch.live,
                          NEW_ARRAY(arena, int64_t, schedule->phases.count + 1)};
    add_tensors(&planner);
    for (int i = 0; i < function->values.count; i++)
        if ((function->values.items[i]->op->flags & OP_VIEW) == 0)
            plan_value(&planner, function->values.items[i]);
    for (int p = 1; p <= schedule->phases.count; p++) result->live.across[p] += result->live.across[p - 1];
    area_inherit(&planner, &planner.chunk);
    area_inherit(&planner, &planner.scratch);
    result->fixed_peak = area_place(&planner, &planner.fixed);
    result->chunk_peak = area_place(&planner, &planner.chunk);
    area_place(&planner, &planner.scratch);
    find_own_scratch(&planner);
    return result;
}
