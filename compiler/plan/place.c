// Offsets for intervals: largest first, each at the lowest place where nothing that lives at the same time is
// in the way (Pisarchyk & Lee, Efficient Memory Management for Deep Neural Net Inference, 2020, "greedy by
// size").
#include "plan/plan.h"

#include <stdlib.h>

int64_t plan_padded(int64_t bytes) {
    return (bytes + PLAN_ALIGNMENT - 1) / PLAN_ALIGNMENT * PLAN_ALIGNMENT + PLAN_ALIGNMENT;
}

static int by_size(const void *left, const void *right) {
    const Interval *a = *(Interval *const *)left, *b = *(Interval *const *)right;
    if (a->size != b->size) return a->size > b->size ? -1 : 1;
    return a < b ? -1 : 1;
}

static void insert_by_offset(Interval **placed, int count, Interval *interval) {
    int at = count;
    for (; at > 0 && placed[at - 1]->offset > interval->offset; at--) placed[at] = placed[at - 1];
    placed[at] = interval;
}

// The lowest gap of `size` bytes among `placed`, which are sorted by offset.
static int64_t lowest_gap(int count, Interval *const *placed, const Interval *interval) {
    int64_t offset = 0;
    for (int i = 0; i < count; i++) {
        const Interval *other = placed[i];
        if (other->first > interval->last || other->last < interval->first) continue;
        if (offset + interval->size <= other->offset) break;
        if (other->offset + other->size > offset) offset = other->offset + other->size;
    }
    return offset;
}

static int by_first(const void *left, const void *right) {
    const Interval *a = *(Interval *const *)left, *b = *(Interval *const *)right;
    return (a->first > b->first) - (a->first < b->first);
}

static int by_last(const void *left, const void *right) {
    const Interval *a = *(Interval *const *)left, *b = *(Interval *const *)right;
    return (a->last > b->last) - (a->last < b->last);
}

// Goes through the intervals as they begin, taking off those that ended before. Sorts both lists of all
// intervals.
static int64_t most_live(int count, Interval **beginning, Interval **ending) {
    int64_t live = 0, most = 0;
    qsort(beginning, (size_t)count, sizeof *beginning, by_first);
    qsort(ending, (size_t)count, sizeof *ending, by_last);
    for (int i = 0, ended = 0; i < count; i++) {
        for (; ending[ended]->last < beginning[i]->first; ended++) live -= ending[ended]->size;
        live += beginning[i]->size;
        if (live > most) most = live;
    }
    return most;
}

int64_t place_intervals(Arena *arena, int count, int early, Interval *intervals, int64_t *lower_bound) {
    Interval **order = NEW_ARRAY(arena, Interval *, count), **placed = NEW_ARRAY(arena, Interval *, count);
    int64_t peak = 0;
    for (int i = 0; i < count; i++) order[i] = &intervals[i];
    qsort(order, (size_t)early, sizeof *order, by_size);
    qsort(order + early, (size_t)(count - early), sizeof *order, by_size);
    for (int i = 0; i < count; i++) {
        order[i]->offset = lowest_gap(i, placed, order[i]);
        if (order[i]->offset + order[i]->size > peak) peak = order[i]->offset + order[i]->size;
        insert_by_offset(placed, i, order[i]);
    }
    *lower_bound = most_live(count, order, placed);
    return peak;
}
