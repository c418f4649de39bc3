#include "commands/measure.h"
#include "build/command.h"
#include "build/disassembly.h"
#include "build/objects.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool read_request(Arena *arena, int argc, char **argv, MeasureRequest *request) {
    const Option options[] = {
        {.name = "--variant", .value = &request->variant},
        {.name = "--set", .values = &request->settings},
        {.name = "--march", .value = &request->march},
        {.name = "--real", .value = &request->real},
        {.name = "--records", .value = &request->records},
        {.name = "--without", .values = &request->techniques},
        {.name = "--seconds", .value = &request->seconds},
        // Of bench alone.
        {.name = "--json", .flag = &request->json},
        {.name = "--variant-set", .value = &request->variant_set},
        {.name = "--emit-kernels", .value = &request->emit_kernels},
    };
    int count = sizeof options / sizeof *options - (strcmp(argv[0], "tune") == 0 ? 3 : 0);
    if (!read_options(arena, argc, argv, options, count, &request->rest)) return false;
    if (!read_without(argv[0], &request->techniques, &request->without)) return false;
    if (request->rest.count < 1 || request->rest.count > 2) {
        fprintf(stderr, "usage: cnnc %s FILE [MODEL] [--variant V]; cnnc help %s shows all options\n",
                argv[0], argv[0]);
        return false;
    }
    if (request->real && strcmp(request->real, "f32") != 0 && strcmp(request->real, "f64") != 0) {
        fprintf(stderr, "cnnc %s: --real %s: it may be f32, f64\n", argv[0], request->real);
        return false;
    }
    double seconds = request->seconds ? atof(request->seconds) : 1;
    if (seconds > 0 && seconds <= 60) return true;
    fprintf(stderr, "cnnc %s: --seconds %s: a number above 0, up to 60, is needed\n", argv[0],
            request->seconds);
    return false;
}

// The pieces of a training step, or, of a model that is not trained, of its evaluation.
static const EmittedFunction *step_of(const Compilation *compilation) {
    const EmittedFunction *step = NULL;
    for (int i = 0; i < compilation->function_count; i++) {
        const EmittedFunction *function = &compilation->functions[i];
        if (strcmp(function->name, "train") == 0 || (!step && strcmp(function->name, "evaluate") == 0))
            step = function;
    }
    require(step);
    return step;
}

static void find_nests(Arena *arena, const Schedule *schedule, Measurement *measurement) {
    for (int i = 0; i < schedule->groups.count; i++) {
        const Group *group = schedule->groups.items[i];
        if (group->combines || !group_is_nest(group)) continue;
        for (int k = 0; k < group->members.count; k++) {
            const Value *value = group->members.items[k];
            if (!(value->op->flags & OP_CONTRACTION) || !value->op->cost) continue;
            NestContraction nest = {value->path, value->op->name, 2 * value->op->cost(value).macs};
            list_add(arena, &measurement->nests, nest);
        }
    }
}

static void compile(Arena *arena, const MeasureRequest *request, Measurement *measurement) {
    PipelineOptions pipeline = pipeline_defaults();
    pipeline.real_bytes = measurement->building.double_precision ? 8 : 4;
    pipeline.kernels = &measurement->policy;
    pipeline.without = request->without;
    pipeline.target = NULL;
    pipeline.file = request->rest.items[0];
    measurement->compilation = pipeline_run(measurement->configuration, &pipeline);
    const EmittedFunction *step = step_of(measurement->compilation);
    measurement->uses = measure_uses(arena, step->pieces.count, step->pieces.items);
    find_nests(arena, plan_function(measurement->compilation->plan, step->name)->schedule, measurement);
}

bool measure_prepare(Arena *arena, int argc, char **argv, MeasureRequest *request, Measurement *measurement,
                     int *code) {
    *code = EXIT_USAGE;
    if (!read_request(arena, argc, argv, request)) return false;
    measurement->building =
        (BuildOptions){.double_precision = request->real && strcmp(request->real, "f64") == 0,
                       .march = request->march ? request->march : "native"};
    measurement->compiler = build_compiler(arena, &measurement->building);
    measurement->key = tuning_key(arena, &measurement->building, measurement->compiler);
    bool bench = strcmp(argv[0], "bench") == 0;
    if (bench && !read_policy(arena, request->variant_set, request->records, &measurement->building,
                              measurement->compiler, &measurement->policy, code))
        return false;
    const char *model = request->rest.count == 2 ? request->rest.items[1] : NULL;
    measurement->configuration =
        configure_one(arena, request->rest.items[0], model, request->variant, &request->settings, code);
    if (!measurement->configuration ||
        !precision_fits(arena, measurement->configuration, &measurement->building, code))
        return false;
    compile(arena, request, measurement);
    *code = EXIT_FINE;
    return true;
}

// --- measuring ---

// The texts of all variants of all uses, one after the other, then the program that measures them.
static const char **texts_of(Arena *arena, const KernelUses *uses, int *count) {
    *count = 1;
    for (int i = 0; i < uses->count; i++) *count += uses->items[i].variants.count;
    const char **texts = NEW_ARRAY(arena, const char *, *count);
    int next = 0;
    for (int i = 0; i < uses->count; i++)
        for (int v = 0; v < uses->items[i].variants.count; v++) texts[next++] = uses->items[i].texts[v];
    texts[next] = measure_program(arena, uses);
    return texts;
}

static double number_of(const cJSON *line, const char *name) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(line, name);
    require(cJSON_IsNumber(item));
    return item->valuedouble;
}

static void read_line(Measurement *measurement, const cJSON *line, double *peak) {
    int use = (int)number_of(line, "case"), variant = (int)number_of(line, "variant");
    require(use >= 0 && use < measurement->uses.count && variant >= 0 &&
            variant < measurement->uses.items[use].variants.count);
    MeasuredVariant *measured = &measurement->variants[use][variant];
    measured->seconds = number_of(line, "median");
    measured->least = number_of(line, "least");
    measured->most = number_of(line, "most");
    measured->error = number_of(line, "error");
    measured->right = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(line, "right"));
    peak[use] = number_of(line, "peak");
}

static int by_size(const void *a, const void *b) {
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

// What the measuring program printed: a line for each variant of each use.
static bool read_output(Arena *arena, Measurement *measurement, const char *output) {
    int uses = measurement->uses.count, expected = 0, lines = 0;
    double *peak = NEW_ARRAY(arena, double, uses);
    for (int i = 0; i < uses; i++) expected += measurement->uses.items[i].variants.count;
    while (*output) {
        const char *end = NULL;
        cJSON *line = cJSON_ParseWithOpts(output, &end, false);
        if (!line) break;
        read_line(measurement, line, peak);
        cJSON_Delete(line);
        output = end + strspn(end, "\n");
        lines++;
    }
    qsort(peak, (size_t)uses, sizeof *peak, by_size);
    measurement->peak = uses ? peak[uses / 2] : 0;
    return lines == expected;
}

static void read_objects(Arena *arena, Measurement *measurement, const char **texts) {
    Toolchain toolchain;
    bool found = toolchain_find(arena, &measurement->building, &toolchain);
    for (int i = 0; i < measurement->uses.count; i++)
        for (int v = 0; v < measurement->uses.items[i].variants.count; v++) {
            MeasuredVariant *measured = &measurement->variants[i][v];
            RegisterUse use = {-1, -1};
            if (found) register_use(arena, object_of(&toolchain, *texts++).path, &use);
            measured->registers = use.registers;
            measured->spills = use.spills;
        }
}

bool measure_run(Arena *arena, const MeasureRequest *request, Measurement *measurement) {
    const KernelUses *uses = &measurement->uses;
    int count, code;
    const char **texts = texts_of(arena, uses, &count), *output = "";
    const char *program = build_program(arena, count, texts, &measurement->building);
    if (!program) return false;
    measurement->variants = NEW_ARRAY(arena, MeasuredVariant *, uses->count);
    for (int i = 0; i < uses->count; i++) {
        measurement->variants[i] = NEW_ARRAY(arena, MeasuredVariant, uses->items[i].variants.count);
        for (int v = 0; v < uses->items[i].variants.count; v++)
            measurement->variants[i][v].variant = uses->items[i].variants.items[v].variant;
    }
    char *const arguments[] = {(char *)program, "--json",
                               (char *)(request->seconds ? request->seconds : "0.05"), NULL};
    code = run_command(arena, arguments, &output); // 1: a variant is wrong, which its line says
    if (code < 0 || code > 1 || !read_output(arena, measurement, output)) {
        fprintf(stderr, "cnnc: the measuring program %s failed with exit code %d\n", program, code);
        return false;
    }
    read_objects(arena, measurement, texts);
    return true;
}

bool measure_clearly_faster(double seconds, double other) {
    return seconds * 1.05 < other;
}

const MeasuredVariant *measure_fastest(const Measurement *measurement, int use) {
    const MeasuredVariant *fastest = NULL;
    for (int v = 0; v < measurement->uses.items[use].variants.count; v++) {
        const MeasuredVariant *measured = &measurement->variants[use][v];
        if (measured->right && (!fastest || measure_clearly_faster(measured->seconds, fastest->seconds)))
            fastest = measured;
    }
    require(fastest);
    return fastest;
}
