// Orders groups: segments into phases, a chunk phase into stages that run image by image or over all rows at
// once.
#include "passes/schedule.h"
#include "base/text.h"
#include "loop/loop.h"

static bool in_group(const Group *group, const Value *value) {
    for (int i = 0; i < group->members.count; i++)
        if (group->members.items[i] == value) return true;
    return false;
}

static int raise_level(int level, const Schedule *schedule, const Group *group, Value *input) {
    Value *root = value_root(input);
    const Group *other =
        root->op->flags & OP_REDUCES_BATCH ? schedule->combining[root->id] : schedule->group[root->id];
    if (!other || other == group || other->segment != group->segment || !other->whole) return level;
    return other->level + 1 > level ? other->level + 1 : level;
}

// An effect runs a level after what reads the tensor in the same segment.
static int after_readers(int level, const Schedule *schedule, const Users *users, const Group *group,
                         const Value *effect) {
    for (int k = 0; k < effect->input_count; k++) {
        if (effect->inputs[k]->op != &op_tensor) continue;
        const Users *readers = &users[effect->inputs[k]->id];
        for (int i = 0; i < readers->count; i++) {
            const Value *reader = readers->items[i];
            const Group *other = schedule->group[reader->id];
            if ((reader->op->flags & OP_EFFECT) || in_group(group, reader) || !other->whole) continue;
            if (other->segment == group->segment && other->level + 1 > level) level = other->level + 1;
        }
    }
    return level;
}

static int group_level(const Schedule *schedule, const Users *users, const Group *group) {
    int level = 0;
    for (int i = 0; i < group->members.count; i++) {
        const Value *value = group->members.items[i];
        if (i == 0 && group->combines) continue;
        for (int k = 0; k < value->input_count; k++)
            level = raise_level(level, schedule, group, value->inputs[k]);
        if (value->op->flags & OP_EFFECT) level = after_readers(level, schedule, users, group, value);
    }
    return level;
}

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

static StageKind stage_kind(const Group *group) {
    if (group->whole) return STAGE_WHOLE;
    return group_is_of_rows(group) ? STAGE_ROWS : STAGE_IMAGES;
}

static void add_group(Schedule *schedule, Phase *phase, Group *group) {
    Arena *arena = schedule->function->module->arena;
    StageKind kind = stage_kind(group);
    Stage *last = phase->stages.count ? phase->stages.items[phase->stages.count - 1] : NULL;
    if (!last || kind != STAGE_IMAGES || last->kind != STAGE_IMAGES) {
        last = NEW(arena, Stage);
        last->kind = kind;
        list_add(arena, &phase->stages, last);
        schedule->stage_count++;
    }
    group->stage = schedule->stage_count - 1;
    list_add(arena, &last->groups, group);
}

typedef List(Group *) Groups;

static void add_phase(Schedule *schedule, bool per_chunk, const Groups *groups) {
    if (!groups->count) return;
    Phase *phase = phase_new(schedule, per_chunk);
    for (int i = 0; i < groups->count; i++) add_group(schedule, phase, groups->items[i]);
}

// No level is empty: each has what a group of the next one waits for.
static void add_whole_segment(Schedule *schedule, const Users *users, const Groups *groups) {
    Arena *arena = schedule->function->module->arena;
    Groups *levels = NEW_ARRAY(arena, Groups, groups->count);
    for (int i = 0; i < groups->count; i++) {
        Group *group = groups->items[i];
        group->level = group_level(schedule, users, group);
        list_add(arena, &levels[group->level], group);
    }
    for (int level = 0; level < groups->count; level++) add_phase(schedule, false, &levels[level]);
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
            add_phase(schedule, true, &segments[segment]);
    }
    int time = 0;
    for (int p = 0; p < schedule->phases.count; p++)
        for (int s = 0; s < schedule->phases.items[p]->stages.count; s++) {
            Stage *stage = schedule->phases.items[p]->stages.items[s];
            for (int g = 0; g < stage->groups.count; g++) stage->groups.items[g]->time = time++;
        }
}

static void print_group(const Group *group, const char *indent, Text *text) {
    text_add(text, indent);
    if (group->combines) text_add(text, "combine ");
    for (int i = 0; i < group->members.count; i++) {
        const Value *value = group->members.items[i];
        text_printf(text, "%s%%%d %s", i ? " + " : "", value->id, value->op->name);
    }
    const char *path = group->members.items[0]->path;
    if (path[0]) text_printf(text, "  # %s", path);
    text_add(text, "\n");
}

void schedule_print(const Schedule *schedule, Text *text) {
    static const char *const kinds[] = {"image by image", "all rows", "whole"};
    text_printf(text, "%s: %lld images a chunk\n", schedule->function->name,
                (long long)chunk_images(schedule->function->module));
    for (int p = 0; p < schedule->phases.count; p++) {
        const Phase *phase = schedule->phases.items[p];
        text_printf(text, "  phase %d, %s\n", p, phase->per_chunk ? "every chunk" : "once");
        for (int s = 0; s < phase->stages.count; s++) {
            const Stage *stage = phase->stages.items[s];
            if (phase->per_chunk) text_printf(text, "    %s\n", kinds[stage->kind]);
            for (int g = 0; g < stage->groups.count; g++)
                print_group(stage->groups.items[g], phase->per_chunk ? "      " : "    ", text);
        }
    }
}
