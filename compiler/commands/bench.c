// `cnnc bench FILE`: every contraction of a model's training step, every kernel variant that can do it, timed
// side by side on one thread.
#include "commands/measure.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *joined_layers(Arena *arena, const KernelUse *use) {
    const char *text = "";
    for (int i = 0; i < use->layers.count; i++)
        text = arena_printf(arena, "%s%s%s", text, i ? ", " : "", use->layers.items[i]);
    return text;
}

static const char *count_text(Arena *arena, int count, const char *word) {
    if (count < 0) return arena_printf(arena, "%s ?", word);
    return arena_printf(arena, "%d %s", count, word);
}

static void print_variant(Arena *arena, const Measurement *measurement, int number,
                          const MeasuredVariant *measured) {
    const Kernel *kernel = measurement->uses.items[number].kernel;
    double rate = kernel_flops(kernel) / measured->seconds;
    bool chosen = strcmp(kernel->variant, measured->variant) == 0;
    printf("  %c %-16s %10.4g us (%.3g to %.3g) %7.1f GFLOP/s %5.1f%%  %s, %s", chosen ? '*' : ' ',
           measured->variant, 1e6 * measured->seconds, 1e6 * measured->least, 1e6 * measured->most,
           1e-9 * rate, 100 * rate / measurement->peak, count_text(arena, measured->registers, "registers"),
           count_text(arena, measured->spills, "spills"));
    if (chosen) printf("  chosen: %s", kernel->because);
    if (!measured->right) printf("  WRONG by %.2g", measured->error);
    printf("\n");
}

static void print_nests(const Measurement *measurement) {
    if (measurement->nests.count)
        printf("\nIn loop nests with the work around them, not by a kernel (--without narrow):\n");
    for (int i = 0; i < measurement->nests.count; i++)
        printf("    %s of %s, %.4g MFLOP an image\n", measurement->nests.items[i].op,
               measurement->nests.items[i].layer, 1e-6 * measurement->nests.items[i].flops);
}

static void print_text(Arena *arena, const Measurement *measurement) {
    printf("%s: %d contractions, one thread of %s, %.1f GFLOP/s of multiply-adds\n%s\n",
           measurement->configuration->model, measurement->uses.count, measurement->key.cpu,
           1e-9 * measurement->peak, measurement->compiler);
    for (int i = 0; i < measurement->uses.count; i++) {
        const KernelUse *use = &measurement->uses.items[i];
        printf("\n%s%s: %s\n", measure_name(arena, use->kernel),
               use->kernel->epilogue ? " with an epilogue" : "", joined_layers(arena, use));
        for (int v = 0; v < use->variants.count; v++)
            print_variant(arena, measurement, i, &measurement->variants[i][v]);
    }
    print_nests(measurement);
}

static void add_count(cJSON *object, const char *name, int count) {
    if (count < 0)
        cJSON_AddNullToObject(object, name);
    else
        cJSON_AddNumberToObject(object, name, count);
}

static cJSON *variant_json(const Measurement *measurement, const Kernel *kernel,
                           const MeasuredVariant *measured) {
    double rate = kernel_flops(kernel) / measured->seconds, spread[] = {measured->least, measured->most};
    cJSON *variant = cJSON_CreateObject();
    cJSON_AddStringToObject(variant, "variant", measured->variant);
    cJSON_AddNumberToObject(variant, "seconds", measured->seconds);
    cJSON_AddItemToObject(variant, "spread", cJSON_CreateDoubleArray(spread, 2));
    cJSON_AddNumberToObject(variant, "gflops", rate / 1e9);
    cJSON_AddNumberToObject(variant, "share_of_peak", rate / measurement->peak);
    add_count(variant, "registers", measured->registers);
    add_count(variant, "spills", measured->spills);
    if (measured->error >= 0)
        cJSON_AddNumberToObject(variant, "error", measured->error);
    else
        cJSON_AddNullToObject(variant, "error");
    cJSON_AddBoolToObject(variant, "right", measured->right);
    return variant;
}

static cJSON *use_json(Arena *arena, const Measurement *measurement, int number) {
    const KernelUse *use = &measurement->uses.items[number];
    const Kernel *kernel = use->kernel;
    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "name", measure_name(arena, kernel));
    cJSON_AddStringToObject(object, "family", kernel->family);
    cJSON *constants = cJSON_AddObjectToObject(object, "constants");
    for (int i = 0; i < kernel->constants.count; i++)
        cJSON_AddNumberToObject(constants, kernel->constants.items[i].name,
                                (double)kernel->constants.items[i].value);
    cJSON_AddBoolToObject(object, "epilogue", kernel->epilogue != NULL);
    cJSON_AddItemToObject(object, "layers", cJSON_CreateStringArray(use->layers.items, use->layers.count));
    cJSON_AddNumberToObject(object, "flops", kernel_flops(kernel));
    cJSON_AddStringToObject(object, "chosen", kernel->variant);
    cJSON_AddStringToObject(object, "because", kernel->because);
    cJSON_AddStringToObject(object, "fastest", measure_fastest(measurement, number)->variant);
    cJSON *variants = cJSON_AddArrayToObject(object, "variants");
    for (int v = 0; v < use->variants.count; v++)
        cJSON_AddItemToArray(variants, variant_json(measurement, kernel, &measurement->variants[number][v]));
    return object;
}

static void print_json(Arena *arena, const MeasureRequest *request, const Measurement *measurement) {
    const TuningKey *key = &measurement->key;
    const char *variant = measurement->configuration->variant;
    const char *const texts[][2] = {{"file", request->rest.items[0]},
                                    {"model", measurement->configuration->model},
                                    {"variant", variant ? variant : ""},
                                    {"target", "c"},
                                    {"real", key->real},
                                    {"cpu", key->cpu},
                                    {"features", key->features},
                                    {"compiler", measurement->compiler}};
    cJSON *document = cJSON_CreateObject();
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        cJSON_AddStringToObject(document, texts[i][0], texts[i][1]);
    cJSON_AddNumberToObject(document, "threads", 1);
    cJSON_AddNumberToObject(document, "peak_gflops", measurement->peak / 1e9);
    cJSON *contractions = cJSON_AddArrayToObject(document, "contractions");
    for (int i = 0; i < measurement->uses.count; i++)
        cJSON_AddItemToArray(contractions, use_json(arena, measurement, i));
    cJSON *nests = cJSON_AddArrayToObject(document, "nests");
    for (int i = 0; i < measurement->nests.count; i++) {
        cJSON *nest = cJSON_CreateObject();
        cJSON_AddStringToObject(nest, "layer", measurement->nests.items[i].layer);
        cJSON_AddStringToObject(nest, "op", measurement->nests.items[i].op);
        cJSON_AddNumberToObject(nest, "flops", measurement->nests.items[i].flops);
        cJSON_AddItemToArray(nests, nest);
    }
    char *text = cJSON_Print(document);
    if (!text) out_of_memory();
    puts(text);
    free(text);
    cJSON_Delete(document);
}

int command_bench(int argc, char **argv) {
    Arena *arena = arena_new();
    MeasureRequest request = {0};
    Measurement measurement = {0};
    int code;
    bool prepared = measure_prepare(arena, argc, argv, &request, &measurement, &code);
    if (prepared && request.emit_kernels) {
        const char *command = command_line(arena, argc, argv);
        code = measure_emit(arena, &measurement, command, request.emit_kernels) ? EXIT_FINE : EXIT_USER;
    } else if (prepared) {
        code = measure_run(arena, &request, &measurement) ? EXIT_FINE : EXIT_USER;
        if (code == EXIT_FINE && request.json)
            print_json(arena, &request, &measurement);
        else if (code == EXIT_FINE)
            print_text(arena, &measurement);
    }
    arena_free(arena);
    return code;
}
