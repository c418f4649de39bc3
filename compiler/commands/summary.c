// `cnnc summary FILE [MODEL] [--variant V] [--json]`: what a network is made of, and what it costs.
#include "commands/commands.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Totals {
    int64_t total, trainable, frozen, macs;
} Totals;

static Totals totals_of(const Module *module) {
    Totals totals = {0};
    for (int i = 0; i < module->tensors.count; i++) {
        const Tensor *tensor = &module->tensors.items[i];
        if (tensor->kind == TENSOR_OPTIMIZER) continue;
        int64_t count = shape_elements(&tensor->shape);
        totals.total += count;
        *(tensor->frozen ? &totals.frozen : &totals.trainable) += count;
    }
    for (int i = 0; i < module->layers.count; i++) totals.macs += layer_macs(&module->layers.items[i]);
    return totals;
}

static cJSON *integers(int count, const int64_t *integers) {
    cJSON *array = cJSON_CreateArray();
    for (int i = 0; i < count; i++) cJSON_AddItemToArray(array, cJSON_CreateNumber((double)integers[i]));
    return array;
}

static cJSON *layers_json(const Module *module) {
    cJSON *array = cJSON_CreateArray();
    for (int i = 0; i < module->layers.count; i++) {
        const LayerRow *row = &module->layers.items[i];
        cJSON *layer = cJSON_CreateObject();
        cJSON_AddStringToObject(layer, "name", row->path);
        cJSON_AddStringToObject(layer, "type", row->op->name);
        cJSON_AddItemToObject(layer, "output", integers(row->output->shape.rank, row->output->shape.dim));
        cJSON_AddNumberToObject(layer, "params", (double)layer_params(module, row));
        cJSON_AddNumberToObject(layer, "macs", (double)layer_macs(row));
        cJSON_AddItemToArray(array, layer);
    }
    return array;
}

static void print_json(const Compilation *compilation, const Shape *input) {
    const Module *module = compilation->module;
    Totals totals = totals_of(module);
    cJSON *document = cJSON_CreateObject();
    cJSON_AddStringToObject(document, "model", compilation->configuration->model);
    cJSON_AddItemToObject(document, "input", integers(input->rank, input->dim));
    cJSON_AddNumberToObject(document, "classes", (double)module->classes);
    cJSON_AddItemToObject(document, "layers", layers_json(module));
    cJSON *params = cJSON_AddObjectToObject(document, "params");
    cJSON_AddNumberToObject(params, "total", (double)totals.total);
    cJSON_AddNumberToObject(params, "trainable", (double)totals.trainable);
    cJSON_AddNumberToObject(params, "frozen", (double)totals.frozen);
    cJSON_AddNumberToObject(document, "macs", (double)totals.macs);
    cJSON *memory = cJSON_AddObjectToObject(document, "memory");
    cJSON_AddNumberToObject(memory, "arena", (double)plan_arena_bytes(compilation->plan, 1));
    cJSON_AddNumberToObject(memory, "lower_bound", (double)plan_lower_bound(compilation->plan, 1));
    cJSON_AddNumberToObject(memory, "unplanned", (double)plan_unplanned(compilation->plan));
    char *text = cJSON_Print(document);
    if (!text) out_of_memory();
    puts(text);
    free(text);
    cJSON_Delete(document);
}

static const char *grouped(Arena *arena, int64_t number) {
    char *digits = arena_printf(arena, "%lld", (long long)number);
    Text text = {0};
    for (size_t i = 0, length = strlen(digits); i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0) text_add(&text, ",");
        text_add_bytes(&text, digits + i, 1);
    }
    const char *copy = arena_copy(arena, text_string(&text), text.length);
    text_free(&text);
    return copy;
}

static int widest_name(const Module *module) {
    int widest = 5;
    for (int i = 0; i < module->layers.count; i++) {
        int length = (int)strlen(module->layers.items[i].path);
        if (length > widest) widest = length;
    }
    return widest;
}

static void print_table(Arena *arena, const Compilation *compilation, const Shape *input) {
    const Module *module = compilation->module;
    const Plan *plan = compilation->plan;
    Totals totals = totals_of(module);
    int width = widest_name(module);
    printf("%s: input %s, %lld classes\n\n", compilation->configuration->model, shape_text(arena, input),
           (long long)module->classes);
    printf("%-*s  %-14s  %-14s %13s %16s\n", width, "layer", "type", "output", "params", "multiply-adds");
    for (int i = 0; i < module->layers.count; i++) {
        const LayerRow *row = &module->layers.items[i];
        printf("%-*s  %-14s  %-14s %13s %16s\n", width, row->path, row->op->name,
               shape_text(arena, &row->output->shape), grouped(arena, layer_params(module, row)),
               grouped(arena, layer_macs(row)));
    }
    printf("\nparams         %s: %s trainable, %s frozen\n", grouped(arena, totals.total),
           grouped(arena, totals.trainable), grouped(arena, totals.frozen));
    printf("multiply-adds  %s an image\n", grouped(arena, totals.macs));
    printf("memory         %s bytes for a training step of %lld images on one thread;\n"
           "               lower bound %s, one buffer for every value %s\n",
           grouped(arena, plan_arena_bytes(plan, 1)), (long long)module->batch,
           grouped(arena, plan_lower_bound(plan, 1)), grouped(arena, plan_unplanned(plan)));
}

static int summarize_file(Arena *arena, int argc, char **argv) {
    Strings rest = {0}, settings = {0};
    const char *variant = NULL;
    bool json = false;
    int code;
    const Option options[] = {{.name = "--variant", .value = &variant},
                              {.name = "--set", .values = &settings},
                              {.name = "--json", .flag = &json}};
    if (!read_options(arena, argc, argv, options, 3, &rest)) return EXIT_USAGE;
    if (rest.count < 1 || rest.count > 2) {
        fprintf(stderr, "usage: cnnc summary FILE [MODEL] [--variant V] [--set NAME=VALUE] [--json]\n");
        return EXIT_USAGE;
    }
    const char *model = rest.count == 2 ? rest.items[1] : NULL;
    Configuration *configuration = configure_one(arena, rest.items[0], model, variant, &settings, &code);
    if (configuration) {
        const Shape *input = &module_function(configuration->module, "model")->values.items[0]->shape;
        PipelineOptions pipeline = pipeline_defaults();
        pipeline.target = NULL;
        Compilation *compilation = pipeline_run(configuration, &pipeline);
        if (json)
            print_json(compilation, input);
        else
            print_table(arena, compilation, input);
    }
    return code;
}

int command_summary(int argc, char **argv) {
    Arena *arena = arena_new();
    int code = summarize_file(arena, argc, argv);
    arena_free(arena);
    return code;
}
