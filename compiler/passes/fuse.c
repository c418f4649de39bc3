// Groups values that one loop nest computes: elementwise work with the pools and sums over it (nest.c), and
// elementwise work that follows a contraction and is the only reader of what it continues (its epilogue). A
// value joins the latest group that it reads from, so that whatever else it reads was computed before.
#include "ops/pool.h"
#include "passes/schedule.h"

extern const Op op_also, op_normalize;

static Group *group_new(Schedule *schedule, bool whole, int segment) {
    Arena *arena = schedule->function->module->arena;
    Group *group = NEW(arena, Group);
    group->whole = whole;
    group->segment = segment;
    group->time = schedule->groups.count;
    list_add(arena, &schedule->groups, group);
    return group;
}

// The group in which `input` can be read by a member of a group of this kind.
static Group *producer(const Schedule *schedule, Value *input, bool whole) {
    Value *root = value_root(input);
    if (whole && (root->op->flags & OP_REDUCES_BATCH)) return schedule->combining[root->id];
    return schedule->group[root->id];
}

// Whether nothing has to be computed before the group: random masks.
static bool needs_nothing(const Group *group) {
    return group->members.count == 1 && group->members.items[0]->input_count == 0;
}

// The latest group that the value reads from, if that is in the same segment. Those that need nothing can be
// computed before it.
static Group *latest_producer(const Schedule *schedule, const Value *value, int segment, bool whole) {
    Group *latest = NULL;
    for (int k = 0; k < value->input_count; k++) {
        Group *group = producer(schedule, value->inputs[k], whole);
        if (group && group->segment == segment && group->whole == whole && !needs_nothing(group) &&
            (!latest || group->time > latest->time))
            latest = group;
    }
    return latest;
}

// A contraction's epilogue continues its last member, which nothing else may read: only the end is stored.
static bool joins_epilogue(const Group *group, const Value *value, const Users *users) {
    const Value *first = group->members.items[0], *last = group->members.items[group->members.count - 1];
    if ((first->op->flags & OP_CONTRACTION) == 0 || (first->op->flags & OP_REDUCES_BATCH) || group->whole)
        return false;
    if (group_is_nest(group) || !(value->op->flags & OP_ELEMENTWISE)) return false;
    if (last->op->flags & OP_OUTPUT) return false;
    // A layer that training has in another form, or waits with for the batch's statistics, would give
    // evaluation a kernel of its own: rarely run, always compiled.
    if (value->op->train || value->op == &op_normalize) return false;
    if (users[last->id].count != 1 || value->type != TYPE_REAL) return false;
    if (shape_channels(&value->shape) != shape_channels(&last->shape)) return false;
    // Over rows, an element's number does not tell of which image it is.
    for (int k = 0; k < value->input_count && group_is_of_rows(group); k++)
        if (value->inputs[k]->shape.batched &&
            shape_elements(&value->inputs[k]->shape) != shape_elements(&value->shape))
            return false;
    for (int k = 0; k < value->input_count; k++)
        if (value_root(value->inputs[k]) == last &&
            shape_elements(&value->shape) == shape_elements(&last->shape))
            return true;
    return false;
}

// What the value reads that is in the list behind its group is moved before it: groups that need nothing.
static void move_before(Schedule *schedule, const Value *value, const Group *group) {
    for (int i = group->time + 1; i < schedule->groups.count; i++) {
        Group *later = schedule->groups.items[i];
        if (!needs_nothing(later)) continue;
        bool read = false;
        for (int k = 0; k < value->input_count; k++)
            read |= value_root(value->inputs[k]) == later->members.items[0];
        if (!read) continue;
        for (int j = i; j > group->time; j--) schedule->groups.items[j] = schedule->groups.items[j - 1];
        schedule->groups.items[group->time] = later;
        for (int j = 0; j <= i; j++) schedule->groups.items[j]->time = j;
    }
}

static bool fusable(const Value *value) {
    return value_has_element(value) || (value->op->flags & OP_EFFECT) || value_has_term(value) ||
           value->op->pool;
}

// Whether a group reads what is computed in its segment behind `time`.
static bool reads_behind(const Schedule *schedule, const Group *group, int time) {
    for (int i = 0; i < group->members.count; i++) {
        const Value *member = group->members.items[i];
        for (int k = 0; k < member->input_count; k++) {
            const Group *read = producer(schedule, member->inputs[k], false);
            if (read && read != group && read->segment == group->segment && read->time > time) return true;
        }
    }
    return false;
}

// Whether what the group computes is read by `time`.
static bool read_by(const Schedule *schedule, const Users *users, const Group *group, int time) {
    for (int i = 0; i < group->members.count; i++) {
        const Users *readers = &users[group->members.items[i]->id];
        for (int k = 0; k < readers->count; k++) {
            const Group *reader = schedule->group[readers->items[k]->id];
            if (reader && reader != group && reader->segment == group->segment && reader->time <= time)
                return true;
        }
    }
    return false;
}

// Whether a group's work can be done in another, to whose time it is moved.
static bool can_merge(const Schedule *schedule, const Users *users, const Group *into, const Group *from) {
    bool moves = from->time > into->time ? !reads_behind(schedule, from, into->time)
                                         : !read_by(schedule, users, from, into->time);
    if (!moves || !group_is_nest(into) || !group_is_nest(from)) return false;
    for (int i = 0; i < from->members.count; i++) {
        NestLevel level;
        const Value *member = from->members.items[i];
        if (member->op->pool || !nest_joins(into, member, &level)) return false;
    }
    return true;
}

static void merge(Schedule *schedule, Group *into, Group *from) {
    for (int i = 0; i < from->members.count; i++) {
        Value *member = from->members.items[i];
        NestLevel level;
        require(nest_joins(into, member, &level));
        nest_add(schedule->function->module->arena, into, member, level);
        schedule->group[member->id] = into;
    }
    for (int i = from->time; i + 1 < schedule->groups.count; i++) {
        schedule->groups.items[i] = schedule->groups.items[i + 1];
        schedule->groups.items[i]->time = i;
    }
    schedule->groups.count--;
}

// Brings together in one group what the value reads, as far as that is possible; returns the latest.
static Group *merged_producers(Schedule *schedule, const Users *users, const Value *value, Group *latest) {
    if (!latest || !group_is_nest(latest) || latest->whole) return latest;
    Group *earlier = NULL;
    for (int k = 0; k < value->input_count; k++) {
        Group *group = producer(schedule, value->inputs[k], false);
        if (group && group->segment == latest->segment && !group->whole && group != latest &&
            !needs_nothing(group) && (!earlier || group->time > earlier->time))
            earlier = group;
    }
    if (!earlier) return latest;
    bool forward = can_merge(schedule, users, earlier, latest);
    if (!forward && !can_merge(schedule, users, latest, earlier)) return latest;
    Group *into = forward ? earlier : latest;
    merge(schedule, into, forward ? latest : earlier);
    return merged_producers(schedule, users, value, into);
}

// Whether something that the effect changes is read, as it was, behind the group.
static bool is_read_behind(const Schedule *schedule, const Users *users, const Value *effect,
                           const Group *group) {
    for (int k = 0; k < effect->input_count; k++) {
        const Users *readers = &users[effect->inputs[k]->id];
        if (!(effect->inputs[k]->op->flags & OP_SOURCE)) continue;
        for (int i = 0; i < readers->count; i++) {
            const Group *reading = schedule->group[readers->items[i]->id];
            if (reading && reading->segment == group->segment && reading->time > group->time) return true;
        }
    }
    return false;
}

static void place_value(Schedule *schedule, Value *value, const Users *users, bool fusing) {
    Arena *arena = schedule->function->module->arena;
    int segment = schedule->segment[value->id];
    bool whole = segment % 2 == 0;
    Group *group = latest_producer(schedule, value, segment, whole);
    if (fusing && fusable(value)) group = merged_producers(schedule, users, value, group);
    NestLevel level = NEST_PIXEL;
    bool joins =
        fusing && group && fusable(value) && value->type != TYPE_BYTE &&
        !((value->op->flags & OP_EFFECT) && is_read_behind(schedule, users, value, group)) &&
        (nest_joins(group, value, &level) || (value->op->element && joins_epilogue(group, value, users)));
    if (!joins) {
        group = group_new(schedule, whole, segment);
        if (value->op->pool && pool_is_forward(value)) level = NEST_AFTER;
    } else
        move_before(schedule, value, group);
    schedule->group[value->id] = group;
    nest_add(arena, group, value, level);
    if (!fusing) group->pool = NULL;
}

static Group *add_combining(Schedule *schedule, Value *value) {
    Group *combining = group_new(schedule, true, schedule->segment[value->id] + 1);
    nest_add(schedule->function->module->arena, combining, value, NEST_PIXEL);
    combining->combines = true;
    schedule->combining[value->id] = combining;
    return combining;
}

// What is computed in blocks for the whole batch has no part that is accumulated.
static void place_blocks(Schedule *schedule, Value *value) {
    Group *group = add_combining(schedule, value);
    group->blocks = true;
    schedule->group[value->id] = group;
}

void pass_fuse(Schedule *schedule, bool fusing) {
    const Function *function = schedule->function;
    Users *users = function_users(function);
    for (int i = 0; i < function->values.count; i++) {
        Value *value = function->values.items[i];
        if (value->op->flags & (OP_SOURCE | OP_VIEW)) continue;
        if (value->op == &op_also) {
            schedule->group[i] = schedule->group[value->inputs[0]->id];
            continue;
        }
        if (fusing && nest_blocks(value)) {
            place_blocks(schedule, value);
            continue;
        }
        place_value(schedule, value, users, fusing);
        if (value->op->flags & OP_REDUCES_BATCH) add_combining(schedule, value);
    }
}
