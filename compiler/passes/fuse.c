// Groups values that one loop nest computes: chains of elementwise work, and elementwise work that follows a
// contraction and is the only reader of what it continues (its epilogue). A value joins the latest group that
// it reads from, so that whatever else it reads was computed before.
#include "passes/schedule.h"

extern const Op op_also;

const Shape *nest_shape(const Value *value) {
    return value->op->flags & OP_EFFECT ? &value->inputs[0]->shape : &value->shape;
}

static bool fits(const Group *group, const Value *value) {
    const Shape *nest = nest_shape(group->members.items[0]), *own = nest_shape(value);
    return shape_elements(nest) == shape_elements(own) && shape_channels(nest) == shape_channels(own);
}

static Group *group_new(Schedule *schedule, Value *first, bool whole, int segment) {
    Arena *arena = schedule->function->module->arena;
    Group *group = NEW(arena, Group);
    group->whole = whole;
    group->segment = segment;
    group->time = schedule->groups.count;
    list_add(arena, &group->members, first);
    list_add(arena, &schedule->groups, group);
    return group;
}

// The group in which `input` can be read by a member of a group of this kind.
static Group *producer(const Schedule *schedule, Value *input, bool whole) {
    Value *root = value_root(input);
    if (whole && (root->op->flags & OP_REDUCES_BATCH)) return schedule->combining[root->id];
    return schedule->group[root->id];
}

// The latest group that the value reads from, if that is in the same segment.
static Group *latest_producer(const Schedule *schedule, const Value *value, int segment, bool whole) {
    Group *latest = NULL;
    for (int k = 0; k < value->input_count; k++) {
        Group *group = producer(schedule, value->inputs[k], whole);
        if (group && group->segment == segment && group->whole == whole &&
            (!latest || group->time > latest->time))
            latest = group;
    }
    return latest;
}

// An elementwise nest takes any elementwise value of its shape.
static bool joins_nest(const Group *group, const Value *value) {
    const Value *first = group->members.items[0];
    bool elementwise = (first->op->flags & OP_ELEMENTWISE) != 0 || (group->combines && !first->op->combine);
    return elementwise && fits(group, value);
}

// A contraction's epilogue continues its last member, which nothing else may read: only the end is stored.
static bool joins_epilogue(const Group *group, const Value *value, const Users *users) {
    const Value *first = group->members.items[0], *last = group->members.items[group->members.count - 1];
    if ((first->op->flags & OP_CONTRACTION) == 0 || (first->op->flags & OP_REDUCES_BATCH) || group->whole)
        return false;
    if (last->op->flags & OP_OUTPUT) return false;
    // A layer that training has in another form would give evaluation a kernel of its own: rarely run, always
    // compiled.
    if (value->op->train) return false;
    if (!fits(group, value) || users[last->id].count != 1 || value->type != TYPE_REAL) return false;
    for (int k = 0; k < value->input_count; k++)
        if (value_root(value->inputs[k]) == last &&
            shape_elements(&value->shape) == shape_elements(&last->shape))
            return true;
    return false;
}

static bool fusable(const Value *value) {
    return (value->op->flags & OP_ELEMENTWISE) != 0 && value->op->element != NULL;
}

static void place_value(Schedule *schedule, Value *value, const Users *users, bool fusing) {
    Arena *arena = schedule->function->module->arena;
    int segment = schedule->segment[value->id];
    bool whole = segment % 2 == 0;
    Group *latest = latest_producer(schedule, value, segment, whole);
    if (fusing && latest && (fusable(value) || (value->op->flags & OP_EFFECT)) && value->type != TYPE_BYTE &&
        (joins_nest(latest, value) || (fusable(value) && joins_epilogue(latest, value, users)))) {
        list_add(arena, &latest->members, value);
        schedule->group[value->id] = latest;
        return;
    }
    schedule->group[value->id] = group_new(schedule, value, whole, segment);
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
        place_value(schedule, value, users, fusing);
        if (value->op->flags & OP_REDUCES_BATCH) {
            Group *combining = group_new(schedule, value, true, schedule->segment[i] + 1);
            combining->combines = true;
            schedule->combining[i] = combining;
        }
    }
}
