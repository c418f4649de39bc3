// A group that reads one large tensor and writes another does not store at, or some lines ahead of, where it
// reads, modulo 4,096 bytes: the processor compares these bits first, and takes such a load for one of what
// was just stored. Sizes see to that (plan_padded), so one pair in a hundred may still come close, where
// several tensors lie between the two. `distances_test list` prints every pair.
#include "../ir/configurations.h"
#include "pipeline.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { PAGE = 4096, AHEAD = 256 };

static bool listing;
static int pairs, close_pairs;

static int64_t image_stride(const Placement *placement) {
    return placement->storage == STORAGE_SCRATCH ? 0 : placement->stride;
}

static bool in_thread(const Placement *placement) {
    return placement->storage == STORAGE_SCRATCH || placement->storage == STORAGE_PIECE;
}

// Whether the two are as far from each other for every image, chunk and thread.
static bool keep_distance(const Placement *a, const Placement *b) {
    bool same = in_thread(a) ? in_thread(b) : a->storage == STORAGE_CHUNK && b->storage == STORAGE_CHUNK;
    return same && (image_stride(a) - image_stride(b)) % PAGE == 0;
}

static void see_pair(const char *name, const Plan *plan, const FunctionPlan *function, const Value *written,
                     const Value *read) {
    const Placement *to = &function->placements[written->id], *from = &function->placements[read->id];
    if (!keep_distance(to, from) || plan_value_bytes(plan, written) < PAGE ||
        plan_value_bytes(plan, read) < PAGE)
        return;
    int64_t distance = ((to->offset - from->offset) % PAGE + PAGE) % PAGE;
    pairs++;
    bool close = to->offset != from->offset && distance < AHEAD; // the same place: one took over the other's
    close_pairs += close;
    if (listing)
        printf("%s %s: %%%d %s -> %%%d %s: %lld%s\n", name, function->schedule->function->name, read->id,
               read->op->name, written->id, written->op->name, (long long)distance, close ? " CLOSE" : "");
}

static void see_group(const char *name, const Plan *plan, const FunctionPlan *function, const Group *group) {
    for (int w = 0; w < group->members.count; w++) {
        const Value *written = group->members.items[w];
        for (int m = 0; m < group->members.count; m++)
            for (int k = 0; k < group->members.items[m]->input_count; k++) {
                const Value *read = value_root(group->members.items[m]->inputs[k]);
                if (function->schedule->group[read->id] != group)
                    see_pair(name, plan, function, written, read);
            }
    }
}

static void look(const char *name, Configuration *configuration) {
    PipelineOptions options = pipeline_defaults();
    options.target = NULL;
    const Plan *plan = pipeline_run(configuration, &options)->plan;
    for (int f = 0; f < plan->functions.count; f++) {
        const FunctionPlan *function = plan->functions.items[f];
        if (strcmp(function->schedule->function->name, "train") != 0) continue;
        for (int g = 0; g < function->schedule->groups.count; g++)
            see_group(name, plan, function, function->schedule->groups.items[g]);
    }
    if (listing)
        printf("%s: chunk %% 4096 = %lld, scratch %% 4096 = %lld\n", name,
               (long long)plan->chunk_bytes % PAGE, (long long)plan->scratch_bytes % PAGE);
}

static void test_distances(void **state) {
    (void)state;
    assert_true(use_all_configurations(look) > 40);
    assert_true(use_study("models/bench/vgg3.cnn", look) > 0);
    assert_true(use_study("models/bench/mobilenetv3_small.cnn", look) > 0);
    print_message("%d of %d pairs are close\n", close_pairs, pairs);
    assert_true(100 * close_pairs < pairs);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_distances)};
    listing = argc > 1 && strcmp(argv[1], "list") == 0;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
