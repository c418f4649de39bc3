// Which of a segment's whole groups run one after the other on one thread. A group that waits for others is a
// level behind them, and every level is a phase with a barrier; small ones rather follow them at once.
#include "passes/schedule.h"

typedef struct Chaining {
    const Schedule *schedule;
    const Users *users;
    Arena *arena;
    Chain **of; // by a group's time
    Chains chains;
} Chaining;

static bool in_group(const Group *group, const Value *value) {
    for (int i = 0; i < group->members.count; i++)
        if (group->members.items[i] == value) return true;
    return false;
}

static Chain *chain_of(const Chaining *chaining, const Group *group) {
    Chain *chain = chaining->of[group->time];
    while (chain && chain->into) chain = chain->into;
    return chain;
}

static void wait_for(const Chaining *chaining, const Group *group, const Group *other, Chains *before) {
    if (!other || other == group || !other->whole || other->segment != group->segment) return;
    Chain *chain = chain_of(chaining, other);
    for (int i = 0; i < before->count; i++)
        if (before->items[i] == chain) return;
    if (chain) list_add(chaining->arena, before, chain);
}

// An effect comes after what reads the tensor in the same segment.
static void wait_for_readers(const Chaining *chaining, const Group *group, const Value *effect,
                             Chains *before) {
    for (int k = 0; k < effect->input_count; k++) {
        if (effect->inputs[k]->op != &op_tensor) continue;
        const Users *readers = &chaining->users[effect->inputs[k]->id];
        for (int i = 0; i < readers->count; i++) {
            const Value *reader = readers->items[i];
            if ((reader->op->flags & OP_EFFECT) || in_group(group, reader)) continue;
            wait_for(chaining, group, chaining->schedule->group[reader->id], before);
        }
    }
}

// The chains of the same segment that have to be through before the group.
static Chains chains_before(const Chaining *chaining, const Group *group) {
    Chains before = {0};
    const Schedule *schedule = chaining->schedule;
    for (int i = 0; i < group->members.count; i++) {
        const Value *value = group->members.items[i];
        if (i == 0 && group->combines) continue;
        for (int k = 0; k < value->input_count; k++) {
            const Value *root = value_root(value->inputs[k]);
            bool reduced = root->op->flags & OP_REDUCES_BATCH;
            wait_for(chaining, group, reduced ? schedule->combining[root->id] : schedule->group[root->id],
                     &before);
        }
        if (value->op->flags & OP_EFFECT) wait_for_readers(chaining, group, value, &before);
    }
    return before;
}

static int64_t group_work(const Group *group) {
    int64_t work = 0;
    for (int i = 0; i < group->members.count; i++) {
        const Value *value = group->members.items[i];
        if (value->type != TYPE_NONE) work += shape_elements(&value->shape);
        if (i == 0 && group->combines) {
            work += shape_elements(&value->shape) * CHUNKS;
            continue;
        }
        for (int k = 0; k < value->input_count; k++) work += shape_elements(&value->inputs[k]->shape);
    }
    return work;
}

// A barrier takes one to two microseconds: what a thread needs for so many elements in its caches.
enum { LITTLE_WORK = 16384 };

// The chain that the group can continue: all that it waits for that is not through earlier anyway, brought
// together. NULL: what it waits for, or its own work, is better shared among threads.
static Chain *continued_chain(const Chains *before, int level, const Group *group) {
    int64_t work = group_work(group), together = 0;
    Chain *first = NULL;
    if (level == 0 || work > LITTLE_WORK || group_pieces(group) != 1) return NULL;
    for (int i = 0; i < before->count; i++) {
        Chain *chain = before->items[i];
        if (chain->level != level - 1) continue;
        together += chain->work;
        if (!chain->one_piece || (first && together > LITTLE_WORK)) return NULL;
        if (!first) first = chain;
    }
    return first;
}

static void join_chains(const Chaining *chaining, Chain *into, const Chains *chains) {
    for (int i = 0; i < chains->count; i++) {
        Chain *from = chains->items[i];
        if (from == into || from->level != into->level) continue;
        for (int g = 0; g < from->groups.count; g++)
            list_add(chaining->arena, &into->groups, from->groups.items[g]);
        into->work += from->work;
        from->into = into;
    }
}

static Chain *chain_new(Chaining *chaining, int level, const Group *group) {
    Chain *chain = NEW(chaining->arena, Chain);
    chain->level = level;
    chain->one_piece = group_pieces(group) == 1;
    list_add(chaining->arena, &chaining->chains, chain);
    return chain;
}

static void add_to_chain(Chaining *chaining, Group *group) {
    Chains before = chains_before(chaining, group);
    int level = 0;
    for (int i = 0; i < before.count; i++)
        if (before.items[i]->level >= level) level = before.items[i]->level + 1;
    Chain *chain = continued_chain(&before, level, group);
    if (chain)
        join_chains(chaining, chain, &before);
    else
        chain = chain_new(chaining, level, group);
    chain->work += group_work(group);
    list_add(chaining->arena, &chain->groups, group);
    chaining->of[group->time] = chain;
}

// Brings little chains of a level together: threads take equal numbers of pieces, and so equal work only
// where pieces are not too unlike.
static void join_little(const Chaining *chaining) {
    for (int i = 0; i < chaining->chains.count; i++) {
        Chain *into = chaining->chains.items[i];
        for (int k = i + 1; k < chaining->chains.count && !into->into && into->one_piece; k++) {
            Chain *chain = chaining->chains.items[k];
            bool little = chain->one_piece && into->work + chain->work <= LITTLE_WORK;
            if (chain->into || chain->level != into->level || !little) continue;
            Chains one = {.items = &chain, .count = 1};
            join_chains(chaining, into, &one);
        }
    }
}

Chains chain_groups(const Schedule *schedule, const Users *users, const Groups *groups) {
    Arena *arena = schedule->function->module->arena;
    Chaining chaining = {.schedule = schedule,
                         .users = users,
                         .arena = arena,
                         .of = NEW_ARRAY(arena, Chain *, schedule->groups.count)};
    for (int i = 0; i < groups->count; i++) add_to_chain(&chaining, groups->items[i]);
    join_little(&chaining);
    return chaining.chains;
}
