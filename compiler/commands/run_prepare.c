#include "build/build.h"
#include "commands/run.h"
#include "emit/settings.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// The settings of `configuration` whose values are not those of `base`, a configuration of equal signature.
static Strings differing_settings(Arena *arena, const Configuration *base,
                                  const Configuration *configuration) {
    SettingRows left = setting_rows(base), right = setting_rows(configuration);
    Strings differing = {0};
    require(left.count == right.count);
    for (int i = 0; i < left.count; i++)
        if (strcmp(left.items[i].value, right.items[i].value) != 0)
            list_add(arena, &differing,
                     arena_printf(arena, "%s=%s", right.items[i].path, right.items[i].value));
    return differing;
}

static bool same_rows(const Configuration *a, const Configuration *b) {
    SettingRows left = setting_rows(a), right = setting_rows(b);
    if (left.count != right.count) return false;
    for (int i = 0; i < left.count; i++)
        if (strcmp(left.items[i].path, right.items[i].path) != 0) return false;
    return true;
}

// The first run before this one that has the same program.
static const PreparedRun *sharing(const PreparedRuns *runs, const Compilation *compilation) {
    for (int i = 0; i < runs->count; i++)
        if (runs->items[i].compilation->signature == compilation->signature &&
            same_rows(runs->items[i].compilation->configuration, compilation->configuration))
            return &runs->items[i];
    return NULL;
}

// Several seeds of one configuration are compiled once.
static Compilation *compiled_before(const PreparedRuns *runs, const Run *run) {
    for (int i = 0; i < runs->count; i++)
        if (runs->items[i].run->configuration == run->configuration) return runs->items[i].compilation;
    return NULL;
}

bool prepare_runs(Arena *arena, const Runs *runs, const RunRequest *request, const char *command,
                  PreparedRuns *prepared, int *program_count, int *code) {
    KernelPolicy policy = {0};
    PipelineOptions pipeline = pipeline_defaults();
    BuildOptions building = {.march = "native"};
    pipeline.file = request->file;
    pipeline.without = request->without;
    pipeline.command = command;
    pipeline.compiler = build_compiler(arena, &building);
    pipeline.kernels = &policy;
    pipeline.apart = true;
    if (!read_policy(arena, request->variant_set, request->records, &building, pipeline.compiler, &policy,
                     code))
        return false;
    *program_count = 0;
    for (int i = 0; i < runs->count; i++) {
        if (!runs->items[i].configuration->train.bf16) continue;
        warn_precision(arena, "run", runs->items[i].configuration, &building);
        break;
    }
    for (int i = 0; i < runs->count; i++) {
        PreparedRun run = {.run = &runs->items[i]};
        run.compilation = compiled_before(prepared, run.run);
        if (!run.compilation) run.compilation = pipeline_run(run.run->configuration, &pipeline);
        const PreparedRun *shared = sharing(prepared, run.compilation);
        run.program_number = shared ? shared->program_number : (*program_count)++;
        if (shared)
            run.differing =
                differing_settings(arena, shared->compilation->configuration, run.run->configuration);
        list_add(arena, prepared, run);
    }
    return true;
}

bool build_programs(Arena *arena, PreparedRuns *runs) {
    BuildOptions building = {.march = "native"};
    for (int i = 0; i < runs->count; i++) {
        PreparedRun *run = &runs->items[i];
        for (int k = 0; k < i && !run->program; k++)
            if (runs->items[k].program_number == run->program_number) run->program = runs->items[k].program;
        const EmittedFiles *files = &run->compilation->files;
        if (!run->program) run->program = build_program(arena, files->count, files->items, &building);
        if (!run->program) return false;
    }
    return true;
}

static int64_t params_of(const Module *module) {
    int64_t params = 0;
    for (int i = 0; i < module->layers.count; i++) params += layer_params(module, &module->layers.items[i]);
    return params;
}

static int64_t macs_of(const Module *module) {
    int64_t macs = 0;
    for (int i = 0; i < module->layers.count; i++) macs += layer_macs(&module->layers.items[i]);
    return macs;
}

static void print_json(const PreparedRuns *runs, int program_count) {
    cJSON *document = cJSON_CreateObject();
    cJSON *array = cJSON_AddArrayToObject(document, "runs");
    for (int i = 0; i < runs->count; i++) {
        const PreparedRun *prepared = &runs->items[i];
        const Module *module = prepared->compilation->module;
        cJSON *run = cJSON_CreateObject();
        cJSON_AddStringToObject(run, "name", prepared->run->name);
        cJSON_AddStringToObject(run, "variant", prepared->run->variant ? prepared->run->variant : "base");
        cJSON_AddNumberToObject(run, "seed", (double)prepared->run->seed);
        cJSON *set = cJSON_AddObjectToObject(run, "set");
        for (int k = 0; k < prepared->run->set_count; k++)
            cJSON_AddStringToObject(set, prepared->run->set[k].path, prepared->run->set[k].value);
        cJSON_AddNumberToObject(run, "params", (double)params_of(module));
        cJSON_AddNumberToObject(run, "macs", (double)macs_of(module));
        cJSON_AddNumberToObject(run, "program", prepared->program_number);
        cJSON_AddItemToArray(array, run);
    }
    cJSON_AddNumberToObject(document, "programs", program_count);
    char *text = cJSON_Print(document);
    if (!text) out_of_memory();
    puts(text);
    free(text);
    cJSON_Delete(document);
}

// The multiply-adds that one run needs for an epoch of 60,000 images, the studies' commonest size, as FLOPs.
static double epoch_flops(const PreparedRun *run) {
    const Function *train = module_function(run->compilation->module, "train");
    return train ? contraction_flops(train) * 60000 : 0;
}

void print_dry_run(Arena *arena, const PreparedRuns *runs, int program_count, bool json) {
    double flops = 0;
    (void)arena;
    if (json) {
        print_json(runs, program_count);
        return;
    }
    printf("%-40s %12s %16s %8s  %s\n", "run", "params", "multiply-adds", "program", "epochs");
    for (int i = 0; i < runs->count; i++) {
        const PreparedRun *run = &runs->items[i];
        printf("%-40s %12lld %16lld %8d  %lld\n", run->run->name,
               (long long)params_of(run->compilation->module), (long long)macs_of(run->compilation->module),
               run->program_number + 1, (long long)run->run->configuration->train.epochs);
        flops += epoch_flops(run) * (double)run->run->configuration->train.epochs;
    }
    // An estimate to plan by: contractions reach about this rate on two cores with AVX2.
    double assumed = 60e9;
    printf("\n%d runs, %d programs; at most %.0f TFLOP at 60,000 images an epoch, about %.0f minutes at %.0f "
           "GFLOP/s\n",
           runs->count, program_count, flops / 1e12, flops / assumed / 60, assumed / 1e9);
}
