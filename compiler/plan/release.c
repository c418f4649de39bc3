// What a step throws out of the caches between its phases, where lines take long from core to core
// (runtime/lines.h): what all threads have read in phases of the one kind, and phases of the other kind
// write, in this step or in the next. A chunk goes to the same thread in every chunk phase, and pieces of a
// whole phase that update weights to the same thread in every step, so what stays among phases of one kind
// hardly leaves its core.
#include "plan/driver.h"
#include "plan/lower.h"

typedef struct Releaser {
    const Plan *plan;
    const FunctionPlan *function;
    const LoopFunctions *phases;
    const Users *users;
    const int *phase_of_stage;
} Releaser;

static const int *phases_of_stages(Arena *arena, const Schedule *schedule) {
    int *phase = NEW_ARRAY(arena, int, schedule->stage_count + 1), stage = 0;
    for (int p = 0; p < schedule->phases.count; p++)
        for (int s = 0; s < schedule->phases.items[p]->stages.count; s++) phase[stage++] = p;
    return phase;
}

static void release_after(const Releaser *releaser, int phase, BaseKind base, int64_t offset, int64_t bytes) {
    LoopRange range = {base, offset, bytes};
    list_add(releaser->plan->module->arena, &releaser->phases->items[phase]->released, range);
}

// The last phase of the one kind that reads the value; -1: none.
static int last_reader(const Releaser *releaser, const Value *value, bool per_chunk) {
    const Schedule *schedule = releaser->function->schedule;
    const Users *users = &releaser->users[value->id];
    int last = -1;
    for (int i = 0; i < users->count; i++) {
        int phase = releaser->phase_of_stage[schedule->group[users->items[i]->id]->stage];
        if (schedule->phases.items[phase]->per_chunk == per_chunk && phase > last) last = phase;
    }
    return last;
}

static bool is_updated(const Releaser *releaser, const Value *tensor) {
    const Users *users = &releaser->users[tensor->id];
    for (int i = 0; i < users->count; i++)
        if (users->items[i]->op->flags & OP_EFFECT) return true;
    return false;
}

static bool is_written_by_chunks(const Releaser *releaser, const Value *value) {
    const Schedule *schedule = releaser->function->schedule;
    if (value->op->flags & OP_REDUCES_BATCH || value->op == &op_tensor) return false;
    const Group *made = schedule->group[value->id];
    return !made || schedule->phases.items[releaser->phase_of_stage[made->stage]]->per_chunk;
}

static void release_value(const Releaser *releaser, const Value *value) {
    const Placement *placement = &releaser->function->placements[value->id];
    if (placement->storage != STORAGE_FIXED && placement->storage != STORAGE_CHUNK) return;
    if (value->op == &op_tensor && !is_updated(releaser, value)) return;
    int last = last_reader(releaser, value, !is_written_by_chunks(releaser, value));
    if (last < 0) return;
    if (placement->storage == STORAGE_FIXED)
        release_after(releaser, last, BASE_FIXED, placement->offset, plan_value_bytes(releaser->plan, value));
    else
        release_after(releaser, last, BASE_CHUNK, placement->offset,
                      placement->stride * releaser->plan->chunk_images);
}

// What chunks have accumulated.
static void release_partial(const Releaser *releaser, const Value *value) {
    const Schedule *schedule = releaser->function->schedule;
    const Placement *placement = &releaser->function->placements[value->id];
    if ((value->op->flags & OP_REDUCES_BATCH) == 0 || placement->partial < 0) return;
    int phase = releaser->phase_of_stage[schedule->combining[value->id]->stage];
    release_after(releaser, phase, BASE_CHUNK, placement->partial, plan_value_bytes(releaser->plan, value));
}

void release_read(const Plan *plan, const FunctionPlan *function, const LoopFunctions *phases) {
    const Schedule *schedule = function->schedule;
    Arena *arena = plan->module->arena;
    const Releaser releaser = {.plan = plan,
                               .function = function,
                               .phases = phases,
                               .users = function_users(schedule->function),
                               .phase_of_stage = phases_of_stages(arena, schedule)};
    for (int i = 0; i < schedule->function->values.count; i++) {
        const Value *value = schedule->function->values.items[i];
        if (value->op->flags & OP_VIEW) continue;
        release_value(&releaser, value);
        release_partial(&releaser, value);
    }
}
