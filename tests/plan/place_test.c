// Placing intervals: nothing that lives at one time overlaps, offsets are aligned, and the peak is near the
// least that it can be: the most that lives at one time, or, for a few intervals, the best over all orders of
// placing.
#include "base/memory.h"
#include "plan/plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

enum { MOST = 20000 };

static uint64_t state_of_draws = 1;

// Knuth's MMIX generator: the same intervals on every machine.
static int draw(int below) {
    state_of_draws = state_of_draws * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (int)((state_of_draws >> 33) % (uint64_t)below);
}

static bool together(const Interval *a, const Interval *b) {
    return a->first <= b->last && b->first <= a->last;
}

static int64_t live_at(int count, const Interval *intervals, int time) {
    int64_t live = 0;
    for (int i = 0; i < count; i++)
        if (intervals[i].first <= time && time <= intervals[i].last) live += intervals[i].size;
    return live;
}

static bool may_share(const Interval *intervals, int a, int b) {
    bool related = intervals[a].heir_of == b || intervals[b].heir_of == a;
    return related && intervals[a].offset == intervals[b].offset;
}

// Places them, and checks all that must hold of any placement.
static int64_t placed(int count, Interval *intervals, int64_t *lower_bound) {
    Arena *arena = arena_new();
    int64_t peak = place_intervals(arena, count, intervals), most = 0, highest = 0;
    bool heirs = false;
    for (int i = 0; i < count; i++) {
        const Interval *a = &intervals[i];
        assert_true(a->offset >= 0 && a->offset % PLAN_ALIGNMENT == 0);
        if (a->offset + a->size > highest) highest = a->offset + a->size;
        for (int k = 0; k < i; k++) {
            const Interval *b = &intervals[k];
            bool apart = a->offset + a->size <= b->offset || b->offset + b->size <= a->offset;
            assert_true(apart || !together(a, b) || may_share(intervals, i, k));
        }
        heirs |= a->heir_of >= 0;
        for (int time = a->first; time <= a->last; time++) {
            int64_t live = live_at(count, intervals, time);
            if (live > most) most = live;
        }
    }
    assert_int_equal(peak, highest);
    *lower_bound = most_live(arena, count, intervals);
    if (!heirs) assert_int_equal(*lower_bound, most);
    arena_free(arena);
    return peak;
}

static Interval anywhere(int64_t size, int first, int last) {
    return (Interval){size, first, last, PLACE_ANYWHERE, NO_HEIR};
}

static void test_padding(void **state) {
    (void)state;
    // A line of slack behind whatever fills its lines, because kernels load whole vectors.
    assert_int_equal(plan_padded(0), 64);
    assert_int_equal(plan_padded(1), 128);
    assert_int_equal(plan_padded(64), 128);
    assert_int_equal(plan_padded(65), 192);
    // Whole pages and that line: what follows would begin just behind, modulo a page.
    assert_int_equal(plan_padded(3968), 4032);
    assert_int_equal(plan_padded(3969), 4096 + 256);
    assert_int_equal(plan_padded(5 * 4096), 5 * 4096 + 256);
    assert_int_equal(plan_padded(5 * 4096 + 192), 5 * 4096 + 256);
    assert_int_equal(plan_padded(5 * 4096 + 193), 5 * 4096 + 320);
}

static void test_simple_cases(void **state) {
    (void)state;
    int64_t bound;
    assert_int_equal(placed(0, NULL, &bound), 0);
    // One after the other: the same place.
    Interval apart[] = {anywhere(128, 0, 0), anywhere(64, 1, 2)};
    assert_int_equal(placed(2, apart, &bound), 128);
    assert_int_equal(apart[1].offset, 0);
    // Both ends are included: living at one time is enough.
    Interval touching[] = {anywhere(128, 0, 1), anywhere(64, 1, 2)};
    assert_int_equal(placed(2, touching, &bound), 192);
    // A small one goes into the gap that a large one leaves.
    Interval gap[] = {anywhere(256, 0, 1), anywhere(256, 1, 3), anywhere(192, 2, 3)};
    assert_int_equal(placed(3, gap, &bound), 512);
}

// An heir lies on what it is an heir of, from the beginning; a third does not.
static void test_heirs(void **state) {
    (void)state;
    int64_t bound;
    Interval two[] = {anywhere(256, 0, 1), anywhere(192, 1, 2)};
    two[1].heir_of = 0;
    assert_int_equal(placed(2, two, &bound), 256);
    assert_int_equal(bound, 256);
    Interval three[] = {anywhere(256, 0, 1), anywhere(192, 1, 2), anywhere(192, 1, 2)};
    three[1].heir_of = 0;
    assert_int_equal(placed(3, three, &bound), 448);
    Interval chain[] = {anywhere(256, 0, 1), anywhere(256, 1, 2), anywhere(256, 2, 3)};
    chain[1].heir_of = 0;
    chain[2].heir_of = 1;
    assert_int_equal(placed(3, chain, &bound), 256);
    // Drawn: each may be the heir of one that ends as it begins.
    for (int round = 0; round < 200; round++) {
        Interval drawn[30];
        for (int i = 0; i < 30; i++) drawn[i] = anywhere(64 * (1 + draw(40)), i / 2, i / 2 + draw(6));
        for (int i = 0; i < 30; i++)
            for (int k = 0; k < i; k++)
                if (drawn[k].last == drawn[i].first && drawn[k].size >= drawn[i].size) drawn[i].heir_of = k;
        int64_t peak = placed(30, drawn, &bound);
        assert_true(bound <= peak && (double)peak <= 1.5 * (double)bound);
    }
}

static void draw_intervals(int count, int times, int longest, Interval *intervals) {
    for (int i = 0; i < count; i++) {
        int first = draw(times), last = first + draw(longest);
        intervals[i] = anywhere(64 * (1 + draw(40)), first, last);
    }
}

// Lowest-gap placing in a given order; some order gives the optimum (every optimal layout can be pushed
// down).
static int64_t first_fit(int count, Interval *const *order) {
    int64_t peak = 0;
    for (int i = 0; i < count; i++) {
        int64_t offset = 0;
        for (int k = 0; k < i; k++) {
            const Interval *other = order[k];
            bool meets = offset < other->offset + other->size && other->offset < offset + order[i]->size;
            if (!meets || !together(order[i], other)) continue;
            offset = other->offset + other->size;
            k = -1;
        }
        order[i]->offset = offset;
        if (offset + order[i]->size > peak) peak = offset + order[i]->size;
    }
    return peak;
}

static int64_t best_of_orders(int count, int fixed, Interval **order) {
    if (fixed == count) return first_fit(count, order);
    int64_t best = INT64_MAX;
    for (int i = fixed; i < count; i++) {
        Interval *swapped = order[fixed];
        order[fixed] = order[i], order[i] = swapped;
        int64_t peak = best_of_orders(count, fixed + 1, order);
        if (peak < best) best = peak;
        order[i] = order[fixed], order[fixed] = swapped;
    }
    return best;
}

static void test_against_all_orders(void **state) {
    (void)state;
    int64_t total = 0, best_total = 0;
    for (int round = 0; round < 300; round++) {
        Interval intervals[6], copy[6], *order[6];
        int64_t bound;
        int count = 2 + draw(5);
        draw_intervals(count, 6, 4, intervals);
        for (int i = 0; i < count; i++) copy[i] = intervals[i], order[i] = &copy[i];
        int64_t peak = placed(count, intervals, &bound), best = best_of_orders(count, 0, order);
        assert_true(bound <= best && best <= peak);
        total += peak;
        best_total += best;
    }
    assert_true((double)total <= 1.01 * (double)best_total);
}

// Those that have places keep them, but where they would meet: then the later one is placed anew.
static void test_given_places(void **state) {
    (void)state;
    for (int round = 0; round < 100; round++) {
        Interval before[40], after[40];
        int64_t bound;
        draw_intervals(40, 20, 6, before);
        for (int i = 0; i < 40; i++) after[i] = before[i];
        placed(40, before, &bound);
        for (int i = 0; i < 20; i++) after[i].offset = before[i].offset;
        placed(40, after, &bound);
        for (int i = 0; i < 20; i++) assert_int_equal(after[i].offset, before[i].offset);
    }
    int64_t bound;
    Interval meeting[] = {anywhere(128, 0, 1), anywhere(128, 1, 2)};
    meeting[0].offset = meeting[1].offset = 64;
    placed(2, meeting, &bound);
    assert_int_equal(meeting[0].offset, 64);
    assert_true(meeting[1].offset != 64);
}

// Like a training step: what a layer keeps lives until the backward pass comes to it.
static void test_nested_lives(void **state) {
    (void)state;
    Interval intervals[2 * 50];
    int64_t bound;
    for (int i = 0; i < 50; i++) {
        intervals[i] = anywhere(64 * (1 + draw(100)), i, 100 - i);
        intervals[50 + i] = anywhere(64 * (1 + draw(100)), 99 - i, 100 - i);
    }
    int64_t peak = placed(100, intervals, &bound);
    assert_true((double)peak <= 1.02 * (double)bound);
}

// Twice the intervals take at most some four times as long, up to where trying orders ends.
static void test_many(void **state) {
    (void)state;
    static Interval intervals[MOST];
    int64_t bound;
    Arena *arena = arena_new();
    draw_intervals(MOST, MOST / 2, 30, intervals);
    clock_t start = clock();
    int64_t peak = place_intervals(arena, MOST, intervals);
    double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
    print_message("%d intervals in %.2f s\n", MOST, seconds);
    assert_true(seconds < 10); // a second; not even a slow, busy machine needs ten
    assert_true((double)peak <= 1.3 * (double)most_live(arena, MOST, intervals));
    arena_free(arena);
    // Fewer, so that all pairs can be checked.
    draw_intervals(1000, 400, 30, intervals);
    assert_true((double)placed(1000, intervals, &bound) <= 1.15 * (double)bound);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_padding),
        cmocka_unit_test(test_simple_cases),
        cmocka_unit_test(test_against_all_orders),
        cmocka_unit_test(test_heirs),
        cmocka_unit_test(test_given_places),
        cmocka_unit_test(test_nested_lives),
        cmocka_unit_test(test_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
