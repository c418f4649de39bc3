// Orders groups: segments into phases, a chunk phase into stages that run image by image or over all rows at
// once.
#include "passes/schedule.h"
#include "loop/loop.h"

static Phase *phase_new(Schedule *schedule, bool per_chunk) {
    Arena *arena = schedule->function->module->arena;
    Phase *phase = NEW(arena, Phase);
    phase->per_chunk = per_chunk;
    list_add(arena, &schedule->phases, phase);
    return phase;
}

bool group_is_of_rows(const Group *group) {
    const Value *first = group->members.items[0];
    return (first->op->flags & OP_ROWS) || (first->kernel && first->kernel->of_chunk);
}

static Stage *stage_new(Schedule *schedule, Phase *phase, StageKind kind) {
    Arena *arena = schedule->function->module->arena;
    Stage *stage = NEW(arena, Stage);
    stage->kind = kind;
    list_add(arena, &phase->stages, stage);
    schedule->stage_count++;
    return stage;
}

static void add_group(Schedule *schedule, Stage *stage, Group *group) {
    group->stage = schedule->stage_count - 1;
    list_add(schedule->function->module->arena, &stage->groups, group);
}

static void add_chunk_segment(Schedule *schedule, const Groups *groups) {
    if (!groups->count) return;
    Phase *phase = phase_new(schedule, true);
    Stage *stage = NULL;
    for (int i = 0; i < groups->count; i++) {
        StageKind kind = group_is_of_rows(groups->items[i]) ? STAGE_ROWS : STAGE_IMAGES;
        if (!stage || kind != STAGE_IMAGES || stage->kind != STAGE_IMAGES)
            stage = stage_new(schedule, phase, kind);
        add_group(schedule, stage, groups->items[i]);
    }
}

// No level is empty: each has what a chain of the next one waits for.
static void add_whole_segment(Schedule *schedule, const Users *users, const Groups *groups) {
    Chains chains = chain_groups(schedule, users, groups);
    int levels = 0;
    for (int i = 0; i < chains.count; i++)
        if (chains.items[i]->level >= levels) levels = chains.items[i]->level + 1;
    for (int level = 0; level < levels; level++) {
        Phase *phase = phase_new(schedule, false);
        for (int i = 0; i < chains.count; i++) {
            const Chain *chain = chains.items[i];
            if (chain->level != level || chain->into) continue;
            Stage *stage = stage_new(schedule, phase, STAGE_WHOLE);
            for (int g = 0; g < chain->groups.count; g++) add_group(schedule, stage, chain->groups.items[g]);
        }
    }
}

void pass_schedule(Schedule *schedule) {
    Users *users = function_users(schedule->function);
    int last = 0;
    for (int i = 0; i < schedule->groups.count; i++)
        if (schedule->groups.items[i]->segment > last) last = schedule->groups.items[i]->segment;
    Arena *arena = schedule->function->module->arena;
    Groups *segments = NEW_ARRAY(arena, Groups, last + 1);
    for (int i = 0; i < schedule->groups.count; i++)
        list_add(arena, &segments[schedule->groups.items[i]->segment], schedule->groups.items[i]);
    for (int segment = 0; segment <= last; segment++) {
        if (segment % 2 == 0)
            add_whole_segment(schedule, users, &segments[segment]);
        else
            add_chunk_segment(schedule, &segments[segment]);
    }
    int time = 0;
    for (int p = 0; p < schedule->phases.count; p++)
        for (int s = 0; s < schedule->phases.items[p]->stages.count; s++) {
            Stage *stage = schedule->phases.items[p]->stages.items[s];
            for (int g = 0; g < stage->groups.count; g++) stage->groups.items[g]->time = time++;
        }
}
