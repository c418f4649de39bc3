// X bench: whole training steps, loading included, on random images that lie in memory.
#include "commands.h"
#include "data_file.h"
#include "fail.h"
#include "initialize.h"
#include "json_output.h"
#include "order.h"
#include "parameters.h"
#include "peak.h"
#include "progress.h"

#include <stdio.h>
#include <stdlib.h>

enum { WINDOWS = 9, WARM_UP_STEPS = 3 };

typedef struct Bench {
    Instance instance;
    Dataset data;
    uint32_t *numbers;
    ImageList order;
    size_t next;             // image of the order that the next step begins with
    double windows[WINDOWS]; // images a second, rising once all are measured
    double peak_rss_mb;      // of the training steps alone
    double peak, bandwidth;  // the machine's: floating-point operations and copied bytes a second
} Bench;

static Dataset random_data(const Program *program, size_t count) {
    size_t pixels = (size_t)program->height * (size_t)program->width * (size_t)program->channels;
    Dataset data = {
        program->height, program->width, program->channels, program->classes, count, NULL, NULL, NULL, 0};
    data.images = data_allocate(count, pixels);
    data.labels = data_allocate(count, sizeof *data.labels);
    RandomStream stream = random_stream(1, RANDOM_BENCHMARK, 0);
    for (size_t i = 0; i < count * pixels; i++) data.images[i] = (uint8_t)random_bits(&stream);
    for (size_t i = 0; i < count; i++)
        data.labels[i] = (int32_t)(random_bits(&stream) % (uint32_t)program->classes);
    return data;
}

// Begins an epoch in the order that training would take.
static void shuffle(Bench *bench) {
    Values *values = bench->instance.values;
    Permutation order = order_of_epoch(values->seed, values->epoch++, (uint32_t)bench->data.count);
    for (size_t i = 0; i < bench->data.count; i++) bench->numbers[i] = permutation_at(&order, (uint32_t)i);
    bench->next = 0;
}

static int one_step(Bench *bench) {
    if (bench->next >= bench->data.count) shuffle(bench);
    int n = instance_load(&bench->instance, &bench->order, bench->next);
    Frame frame = instance_frame(&bench->instance, &bench->data, n);
    bench->instance.program->train(&frame);
    bench->instance.values->step++;
    bench->next += (size_t)n;
    return n;
}

static double images_per_second(Bench *bench, double seconds) {
    double began = clock_seconds(), now, images = 0;
    do {
        images += one_step(bench);
        now = clock_seconds();
    } while (now - began < seconds);
    return images / (now - began);
}

static int by_size(const void *a, const void *b) {
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

static void measure(Bench *bench, double seconds) {
    shuffle(bench);
    for (int i = 0; i < WARM_UP_STEPS; i++) one_step(bench);
    images_per_second(bench, seconds / WINDOWS);
    for (int i = 0; i < WINDOWS; i++) bench->windows[i] = images_per_second(bench, seconds / WINDOWS);
    qsort(bench->windows, WINDOWS, sizeof *bench->windows, by_size);
    Frame frame = instance_frame(&bench->instance, &bench->data, 1);
    bench->peak_rss_mb = peak_rss_mb();
    bench->peak = peak_flops(&frame, team_threads(bench->instance.team));
    bench->bandwidth = copy_bandwidth(&frame, team_threads(bench->instance.team));
}

static void print_json(const Bench *bench) {
    const Program *program = bench->instance.program;
    double rate = bench->windows[WINDOWS / 2], flops = rate * program->train_flops;
    double spread[] = {bench->windows[0], bench->windows[WINDOWS - 1]};
    cJSON *document = cJSON_CreateObject();
    cJSON_AddStringToObject(document, "model", program->model);
    cJSON_AddStringToObject(document, "target", program->target);
    cJSON_AddNumberToObject(document, "threads", team_threads(bench->instance.team));
    cJSON_AddNumberToObject(document, "batch", program->batch);
    cJSON_AddNumberToObject(document, "params", (double)parameter_total(program));
    cJSON_AddNumberToObject(document, "images_per_second", rate);
    cJSON_AddItemToObject(document, "spread", cJSON_CreateDoubleArray(spread, 2));
    cJSON_AddNumberToObject(document, "gflops", flops / 1e9);
    cJSON_AddNumberToObject(document, "peak_gflops", bench->peak / 1e9);
    cJSON_AddNumberToObject(document, "share_of_peak", flops / bench->peak);
    cJSON_AddNumberToObject(document, "copy_gb_per_second", bench->bandwidth / 1e9);
    cJSON_AddNumberToObject(document, "peak_rss_mb", bench->peak_rss_mb);
    cJSON_AddNumberToObject(document, "arena_bytes", (double)bench->instance.arena_bytes);
    cJSON_AddNumberToObject(document, "lower_bound_bytes",
                            (double)program_lower_bound(program, team_threads(bench->instance.team)));
    json_print(document);
}

static void print_text(const Bench *bench) {
    const Program *program = bench->instance.program;
    double rate = bench->windows[WINDOWS / 2], flops = rate * program->train_flops;
    int threads = team_threads(bench->instance.team);
    printf("%s, batch %d, %d thread%s: %.0f images/s (%.0f to %.0f)\n", program->model, program->batch,
           threads, threads == 1 ? "" : "s", rate, bench->windows[0], bench->windows[WINDOWS - 1]);
    printf("%.1f GFLOP/s of the %.1f that the processor's multiply-adds reach: %.1f%%\n", flops / 1e9,
           bench->peak / 1e9, 100 * flops / bench->peak);
    printf("arena %.2f MB (the largest live set is %.2f MB), process at most %.1f MB\n",
           (double)bench->instance.arena_bytes / 1e6, (double)program_lower_bound(program, threads) / 1e6,
           bench->peak_rss_mb);
    printf("copying memory: %.1f GB/s read and written\n", bench->bandwidth / 1e9);
}

int bench_command(const Program *program, const Options *options) {
    if (!program->has_loss)
        fail("model '%s' cannot be trained: its file has no train section for it", program->model);
    Settings settings = options_settings(program, options);
    Bench bench = {.data = random_data(program, options->resident ? (size_t)options->resident : 4096)};
    bench.numbers = data_allocate(bench.data.count, sizeof *bench.numbers);
    bench.order = (ImageList){&bench.data, bench.numbers, bench.data.count};
    bench.instance = instance_create(program, options_threads(options),
                                     settings_values(&settings, options_seed(&settings, options), false));
    initialize_parameters(program, bench.instance.arena, bench.instance.values->seed);
    measure(&bench, options->seconds > 0 ? options->seconds : 3);
    if (options->json)
        print_json(&bench);
    else
        print_text(&bench);
    instance_free(&bench.instance);
    dataset_free(&bench.data);
    free(bench.numbers);
    settings_free(&settings);
    return EXIT_FINE;
}
