// The arena of every example and study is at most 1.3 times, of most at most 1.1 times what lives at one
// time: on one thread, or, where chunks hold much at different moments only, with a thread for every chunk
// (docs/architecture.md says why that differs). With no number of threads it is more than 1.5 times that.
// `peaks_test list` prints a line for each: bytes of the arena, the lower bound, what it takes without a
// plan, the ratio with 1, 2 and 8 threads, and the parts.
#include "../ir/configurations.h"
#include "pipeline.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

// What lines and their slack may take in networks of a few kilobytes.
enum { PADDING = 4096 };

static bool listing;

static double ratio_of(const Plan *plan, int threads) {
    int64_t arena = plan_arena_bytes(plan, threads) - (listing ? 0 : PADDING);
    return (double)arena / (double)plan_lower_bound(plan, threads);
}

static void measure(const char *name, Configuration *configuration) {
    PipelineOptions options = pipeline_defaults();
    options.target = NULL;
    const Plan *plan = pipeline_run(configuration, &options)->plan;
    if (listing)
        printf("%-64s %11lld %11lld %12lld  %.3f %.3f %.3f | fixed %9lld (tensors %9lld) chunks %9lld thread "
               "%9lld\n",
               name, (long long)plan_arena_bytes(plan, 1), (long long)plan_lower_bound(plan, 1),
               (long long)plan_unplanned(plan), ratio_of(plan, 1), ratio_of(plan, 2), ratio_of(plan, 8),
               (long long)plan->fixed_bytes, (long long)plan->tensors_end,
               (long long)(plan->chunk_bytes * plan->chunks), (long long)plan->scratch_bytes);
    double least = ratio_of(plan, 1), most = least;
    for (int threads = 1; threads <= plan->chunks; threads++) {
        double ratio = ratio_of(plan, threads);
        if (ratio > most) most = ratio;
        if (threads == plan->chunks && ratio < least) least = ratio;
    }
    if (!listing && (least > 1.3 || most > 1.5))
        fail_msg("%s: the arena is %.3f to %.3f times its lower bound", name, least, most);
}

static void test_peaks(void **state) {
    (void)state;
    assert_true(use_all_configurations(measure) > 40);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_peaks)};
    listing = argc > 1 && strcmp(argv[1], "list") == 0;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
