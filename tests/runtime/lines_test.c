// Distances are measured with any number of threads, and releasing lines changes no byte.
#include "lines.h"
#include "team.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { CHUNKS = 3, STEP = 512, BYTES = 64 + CHUNKS * STEP };

static void measures_and_releases(int threads) {
    static _Alignas(64) char arena[BYTES];
    char before[BYTES];
    for (int i = 0; i < BYTES; i++) arena[i] = before[i] = (char)i;
    Team *team = team_create(threads, 0, 0);
    Distance *distance = distance_create(threads);
    const Frame frame = {.arena = arena, .team = team};
    const Range ranges[] = {{.offset = 0, .bytes = 10}, {.offset = 64, .bytes = 500, .step = STEP}};
    for (int i = 0; i < 3; i++) {
        const bool apart = lines_cross_slowly(distance, &frame);
        if (threads == 1 || threads > team_default_threads()) assert_false(apart);
        release_lines(&frame, ranges, 2, CHUNKS);
        assert_memory_equal(arena, before, BYTES);
        usleep(30000); // long enough for the next measurement, and for the workers to fall asleep
    }
    free(distance);
    team_destroy(team);
}

static void any_number_of_threads(void **state) {
    (void)state;
    measures_and_releases(1);
    measures_and_releases(2);
    measures_and_releases(3);
    measures_and_releases(70);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(any_number_of_threads)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
