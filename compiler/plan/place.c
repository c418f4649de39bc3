// Offsets for intervals. The problem is NP-hard (dynamic storage allocation); what serves for networks is to
// take the intervals in some order, each to the lowest place, or into the tightest gap, where nothing that
// lives at the same time is in the way (Pisarchyk & Lee, Efficient Memory Management for Deep Neural Net
// Inference, 2020). No order is the best for all networks, so that several are tried; after them, what stuck
// out highest is taken first instead. This ends when the peak is what lives at one time, or when the work is
// used up: the same work on every machine, so the same places.
#include "plan/plan.h"

#include <stdlib.h>
#include <string.h>

// Comparisons of two intervals: a second or so. The first order is gone through whatever it takes.
static const int64_t most_work = 200000000;
enum { IMPROVEMENTS = 200 };

int64_t plan_padded(int64_t bytes) {
    int64_t padded = (bytes + PLAN_ALIGNMENT - 1) / PLAN_ALIGNMENT * PLAN_ALIGNMENT + PLAN_ALIGNMENT;
    int64_t beyond = padded % PLAN_PAGE;
    return padded >= PLAN_PAGE && beyond < PLAN_APART ? padded - beyond + PLAN_APART : padded;
}

typedef struct Placed {
    int64_t offset, end;
    int first, last, number;
} Placed;

typedef struct Placer {
    int count, fixed; // the first `fixed` of an order have their places
    const Interval *intervals;
    int64_t *offsets, *best; // by interval
    Placed *placed;          // by offset
    int placed_count;
    int64_t work, peak, best_peak;
} Placer;

static int64_t most_of(const int64_t *change, int times) {
    int64_t live = 0, most = 0;
    for (int time = 0; time < times; time++) {
        live += change[time];
        if (live > most) most = live;
    }
    return most;
}

int64_t most_live(Arena *arena, int count, const Interval *intervals) {
    int times = 0;
    for (int i = 0; i < count; i++)
        if (intervals[i].last >= times) times = intervals[i].last + 1;
    int64_t *change = NEW_ARRAY(arena, int64_t, times + 1);
    for (int i = 0; i < count; i++) {
        change[intervals[i].first] += intervals[i].size;
        change[intervals[i].last + 1] -= intervals[i].size;
        if (intervals[i].heir_of < 0) continue;
        const Interval *before = &intervals[intervals[i].heir_of];
        change[intervals[i].first] -= intervals[i].size;
        change[before->last + 1] += intervals[i].size;
    }
    return most_of(change, times);
}

static void put(Placer *placer, int number, int64_t offset) {
    const Interval *interval = &placer->intervals[number];
    int low = 0, high = placer->placed_count;
    while (low < high) {
        int middle = (low + high) / 2;
        if (placer->placed[middle].offset <= offset)
            low = middle + 1;
        else
            high = middle;
    }
    memmove(placer->placed + low + 1, placer->placed + low,
            sizeof *placer->placed * (size_t)(placer->placed_count - low));
    placer->placed[low] = (Placed){offset, offset + interval->size, interval->first, interval->last, number};
    placer->placed_count++;
    placer->offsets[number] = offset;
    if (offset + interval->size > placer->peak) placer->peak = offset + interval->size;
}

// Whether something that lives at the same time is in the interval's way at this offset.
static bool is_taken(Placer *placer, int number, int64_t offset) {
    const Interval *intervals = placer->intervals, *interval = &intervals[number];
    placer->work += placer->placed_count;
    for (int i = 0; i < placer->placed_count; i++) {
        const Placed *other = &placer->placed[i];
        if (other->first > interval->last || other->last < interval->first) continue;
        if (other->offset >= offset + interval->size || other->end <= offset) continue;
        bool related = interval->heir_of == other->number || intervals[other->number].heir_of == number;
        if (!related || other->offset != offset) return true;
    }
    return false;
}

// The place of what this interval is an heir of, or of its own heir, where that is free otherwise; else -1.
static int64_t related_place(Placer *placer, int number) {
    const Interval *intervals = placer->intervals;
    for (int i = 0; i < placer->placed_count; i++) {
        const Placed *other = &placer->placed[i];
        bool related =
            intervals[number].heir_of == other->number || intervals[other->number].heir_of == number;
        if (related && !is_taken(placer, number, other->offset)) return other->offset;
    }
    return -1;
}

// The lowest gap that holds the interval, or the smallest such gap below the top (the lowest of equal ones).
static int64_t find_gap(Placer *placer, const Interval *interval, bool tightest) {
    int64_t end = 0, best = -1, best_size = INT64_MAX;
    placer->work += placer->placed_count;
    for (int i = 0; i < placer->placed_count; i++) {
        const Placed *other = &placer->placed[i];
        if (other->first > interval->last || other->last < interval->first) continue;
        int64_t gap = other->offset - end;
        if (gap >= interval->size && gap < best_size) {
            if (!tightest) return end;
            best = end;
            best_size = gap;
        }
        if (other->end > end) end = other->end;
    }
    return best < 0 ? end : best;
}

static int64_t find_place(Placer *placer, int number, bool tightest) {
    int64_t related = related_place(placer, number);
    return related >= 0 ? related : find_gap(placer, &placer->intervals[number], tightest);
}

static void place_in_order(Placer *placer, const int *order, bool tightest) {
    placer->placed_count = 0;
    placer->peak = 0;
    for (int i = 0; i < placer->fixed; i++) put(placer, order[i], placer->intervals[order[i]].offset);
    for (int i = placer->fixed; i < placer->count; i++)
        put(placer, order[i], find_place(placer, order[i], tightest));
    if (placer->peak >= placer->best_peak) return;
    placer->best_peak = placer->peak;
    memcpy(placer->best, placer->offsets, sizeof *placer->best * (size_t)placer->count);
}
// What an order goes by: rising.
typedef struct Key {
    int64_t major, minor;
    int number;
} Key;

static int compare_keys(const void *left, const void *right) {
    const Key *a = left, *b = right;
    if (a->major != b->major) return a->major < b->major ? -1 : 1;
    if (a->minor != b->minor) return a->minor < b->minor ? -1 : 1;
    return (a->number > b->number) - (a->number < b->number);
}

static int64_t length(const Interval *interval) {
    return interval->last - interval->first + 1;
}

typedef Key Order(const Interval *interval);

static Key by_size(const Interval *interval) {
    return (Key){-interval->size, -length(interval), 0};
}

static Key by_area(const Interval *interval) {
    return (Key){-interval->size * length(interval), -interval->size, 0};
}

static Key by_length(const Interval *interval) {
    return (Key){-length(interval), -interval->size, 0};
}

static Key by_first(const Interval *interval) {
    return (Key){interval->first, -length(interval), 0};
}

static Key by_last(const Interval *interval) {
    return (Key){-interval->last, -length(interval), 0};
}

static void sort_order(const Placer *placer, Order *by, Key *keys, int *order) {
    for (int i = placer->fixed; i < placer->count; i++) {
        keys[i] = by(&placer->intervals[order[i]]);
        keys[i].number = order[i];
    }
    qsort(keys + placer->fixed, (size_t)(placer->count - placer->fixed), sizeof *keys, compare_keys);
    for (int i = placer->fixed; i < placer->count; i++) order[i] = keys[i].number;
}

// Puts those that have their places at the order's beginning.
static void take_fixed(Placer *placer, int *order) {
    int free_count = 0;
    for (int i = 0; i < placer->count; i++) {
        const Interval *interval = &placer->intervals[i];
        if (interval->offset >= 0 && !is_taken(placer, i, interval->offset)) {
            put(placer, i, interval->offset);
            order[placer->fixed++] = i;
        } else
            order[placer->count - ++free_count] = i;
    }
}

// Moves what sticks out highest to the order's beginning. Returns whether that changes the order.
static bool take_highest_first(const Placer *placer, int *order) {
    int highest = placer->fixed;
    for (int i = placer->fixed; i < placer->count; i++)
        if (placer->offsets[order[i]] + placer->intervals[order[i]].size == placer->peak) highest = i;
    int number = order[highest];
    memmove(order + placer->fixed + 1, order + placer->fixed,
            sizeof *order * (size_t)(highest - placer->fixed));
    order[placer->fixed] = number;
    return highest > placer->fixed;
}

static void try_orders(Placer *placer, int64_t bound, Key *keys, int *order) {
    static Order *const orders[] = {by_size, by_area, by_first, by_length, by_last};
    for (size_t i = 0; i < 2 * sizeof orders / sizeof *orders; i++) {
        if (placer->best_peak <= bound || placer->work > most_work) return;
        sort_order(placer, orders[i / 2], keys, order);
        place_in_order(placer, order, i % 2 == 1);
    }
    sort_order(placer, by_size, keys, order);
    place_in_order(placer, order, false);
    for (int i = 0; i < IMPROVEMENTS && placer->best_peak > bound && placer->work <= most_work; i++) {
        if (!take_highest_first(placer, order)) return;
        place_in_order(placer, order, false);
    }
}

int64_t place_intervals(Arena *arena, int count, Interval *intervals) {
    Placer placer = {.count = count,
                     .intervals = intervals,
                     .offsets = NEW_ARRAY(arena, int64_t, count),
                     .best = NEW_ARRAY(arena, int64_t, count),
                     .placed = NEW_ARRAY(arena, Placed, count),
                     .best_peak = INT64_MAX};
    if (count == 0) return 0;
    int *order = NEW_ARRAY(arena, int, count);
    take_fixed(&placer, order);
    try_orders(&placer, most_live(arena, count, intervals), NEW_ARRAY(arena, Key, count), order);
    for (int i = 0; i < count; i++) intervals[i].offset = placer.best[i];
    return placer.best_peak;
}
