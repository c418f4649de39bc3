// The team runs every piece once, whatever the number of threads, and gives each thread a scratch of its own.
#include "team.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { MOST_PIECES = 64, SCRATCH_OFFSET = 64, SCRATCH = 256 };

static atomic_int runs[MOST_PIECES];
static atomic_bool scratch_shared;

static void count_run(const Frame *frame, int piece, char *scratch) {
    atomic_int *owner = (atomic_int *)scratch;
    if (scratch < frame->arena + SCRATCH_OFFSET || atomic_fetch_add(owner, 1) != 0) scratch_shared = true;
    atomic_fetch_add(&runs[piece], 1);
    atomic_fetch_sub(owner, 1);
}

static void runs_each_piece_once(int threads, int jobs) {
    Team *team = team_create(threads, SCRATCH_OFFSET, SCRATCH);
    char *arena = aligned_alloc(64, SCRATCH_OFFSET + (size_t)threads * SCRATCH);
    memset(arena, 0, SCRATCH_OFFSET + (size_t)threads * SCRATCH);
    Frame frame = {.arena = arena, .team = team};
    for (int job = 0; job < jobs; job++) {
        int count = job % (MOST_PIECES + 1);
        for (int i = 0; i < MOST_PIECES; i++) runs[i] = 0;
        (job % 2 ? parallel_backwards : parallel)(&frame, count_run, count);
        for (int i = 0; i < MOST_PIECES; i++) assert_int_equal(runs[i], i < count);
        if (job % 500 == 499) usleep(1000); // long enough for the workers to fall asleep
    }
    assert_false(scratch_shared);
    assert_int_equal(team_threads(team), threads);
    team_destroy(team);
    free(arena);
}

static void one_thread(void **state) {
    (void)state;
    runs_each_piece_once(1, 200);
}

static int order[MOST_PIECES], ordered;

static void note_order(const Frame *frame, int piece, char *scratch) {
    (void)frame, (void)scratch;
    order[ordered++] = piece;
}

static void goes_backwards(void **state) {
    (void)state;
    Team *team = team_create(1, 0, 0);
    Frame frame = {.team = team};
    ordered = 0;
    parallel(&frame, note_order, 3);
    parallel_backwards(&frame, note_order, 3);
    const int expected[] = {0, 1, 2, 2, 1, 0};
    assert_memory_equal(order, expected, sizeof expected);
    team_destroy(team);
}

static void some_threads(void **state) {
    (void)state;
    runs_each_piece_once(2, 4000);
    runs_each_piece_once(3, 4000);
    runs_each_piece_once(7, 4000);
}

static void more_threads_than_pieces_or_cores(void **state) {
    (void)state;
    runs_each_piece_once(70, 200);
}

static int runners[2][MOST_PIECES]; // how often each thread ran the piece

static void note_runner(const Frame *frame, int piece, char *scratch) {
    usleep(200);
    runners[(scratch - frame->arena - SCRATCH_OFFSET) / SCRATCH][piece]++;
}

// Pieces stay with their threads from job to job, whoever is late; the other thread helps only at the end.
static void keeps_pieces_with_threads(void **state) {
    (void)state;
    enum { PIECES = 8, JOBS = 50 };
    static char arena[SCRATCH_OFFSET + 2 * SCRATCH];
    Team *team = team_create(2, SCRATCH_OFFSET, SCRATCH);
    Frame frame = {.arena = arena, .team = team};
    int own = 0, all = 0;
    for (int job = 0; job < JOBS; job++)
        (job % 2 ? parallel_backwards : parallel)(&frame, note_runner, PIECES);
    for (int piece = 0; piece < PIECES; piece++) {
        own += runners[piece >= PIECES / 2][piece];
        all += runners[0][piece] + runners[1][piece];
    }
    assert_int_equal(all, PIECES * JOBS);
    assert_true(own > all * 2 / 3);
    team_destroy(team);
}

static int own_pieces[7];

static void note_own(const Frame *frame, int piece, char *scratch) {
    own_pieces[piece] += scratch == frame->arena + SCRATCH_OFFSET + (size_t)piece * SCRATCH;
}

// Threads that wake late get their own piece all the same.
static void gives_each_thread_its_piece(void **state) {
    (void)state;
    enum { JOBS = 300 };
    char arena[64];
    for (int threads = 1; threads <= 7; threads += 3) {
        Team *team = team_create(threads, SCRATCH_OFFSET, SCRATCH);
        Frame frame = {.arena = arena, .team = team};
        memset(own_pieces, 0, sizeof own_pieces);
        for (int job = 0; job < JOBS; job++) {
            team_each(&frame, note_own);
            if (job % 100 == 99) usleep(1000); // long enough for the workers to fall asleep
        }
        for (int i = 0; i < threads; i++) assert_int_equal(own_pieces[i], JOBS);
        team_destroy(team);
    }
}

static void denormals_are_zero(const Frame *frame, int piece, char *scratch) {
    (void)frame, (void)scratch;
    volatile float smallest = 1.17549435e-38f, half = 0.5f;
    if (smallest * half == 0) atomic_fetch_add(&runs[piece], 1);
}

static void flushes_denormals_in_every_thread(void **state) {
    (void)state;
    char arena[64];
    Team *team = team_create(3, 0, 0);
    Frame frame = {.arena = arena, .team = team};
    for (int i = 0; i < MOST_PIECES; i++) runs[i] = 0;
    parallel(&frame, denormals_are_zero, MOST_PIECES);
    for (int i = 0; i < MOST_PIECES; i++) assert_int_equal(runs[i], 1);
    team_destroy(team);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_thread),
        cmocka_unit_test(goes_backwards),
        cmocka_unit_test(some_threads),
        cmocka_unit_test(more_threads_than_pieces_or_cores),
        cmocka_unit_test(keeps_pieces_with_threads),
        cmocka_unit_test(gives_each_thread_its_piece),
        cmocka_unit_test(flushes_denormals_in_every_thread),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
