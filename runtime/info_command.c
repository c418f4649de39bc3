// X info: what this program is.
#include "commands.h"
#include "data_type.h"
#include "fail.h"
#include "instance.h"
#include "json_output.h"
#include "parameters.h"

#include <stdio.h>

static const char *real_name(void) {
    return sizeof(real) == sizeof(double) ? "f64" : "f32";
}

static void add_layers(cJSON *document, const Program *program) {
    cJSON *layers = cJSON_AddArrayToObject(document, "layers");
    for (int i = 0; i < program->layer_count; i++) {
        const LayerInfo *layer = &program->layers[i];
        cJSON *entry = cJSON_CreateObject(), *output = cJSON_CreateArray();
        for (int axis = 0; axis < layer->rank; axis++)
            cJSON_AddItemToArray(output, cJSON_CreateNumber((double)layer->shape[axis]));
        cJSON_AddStringToObject(entry, "name", layer->name);
        cJSON_AddStringToObject(entry, "type", layer->type);
        cJSON_AddItemToObject(entry, "output", output);
        cJSON_AddNumberToObject(entry, "params", (double)layer->params);
        cJSON_AddNumberToObject(entry, "macs", (double)layer->macs);
        cJSON_AddItemToArray(layers, entry);
    }
}

static void add_memory(cJSON *document, const Program *program) {
    cJSON *memory = cJSON_AddObjectToObject(document, "memory");
    cJSON_AddNumberToObject(memory, "arena", (double)program_arena_bytes(program, team_default_threads()));
    cJSON_AddNumberToObject(memory, "fixed", (double)program->fixed_bytes);
    cJSON_AddNumberToObject(memory, "chunk", (double)program->chunk_bytes);
    cJSON_AddNumberToObject(memory, "scratch_per_thread", (double)program->scratch_bytes);
    cJSON_AddNumberToObject(memory, "lower_bound",
                            (double)program_lower_bound(program, team_default_threads()));
    cJSON_AddNumberToObject(memory, "unplanned", (double)program->unplanned);
}

static void add_texts(cJSON *document, const Program *program) {
    const char *const texts[][2] = {
        {"model", program->model},       {"file", program->file},       {"variant", program->variant},
        {"version", program->version},   {"command", program->command}, {"compiler", program->compiler},
        {"target", program->target},     {"real", real_name()},         {"hash", program->hash},
        {"schedule", program->schedule}, {"data", program->data.name},  {"source", program->data.kind},
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        cJSON_AddStringToObject(document, texts[i][0], texts[i][1] ? texts[i][1] : "");
}

static void print_json(const Program *program) {
    cJSON *document = cJSON_CreateObject();
    int input[] = {program->height, program->width, program->channels};
    int64_t total = parameter_total(program), trainable = parameter_trainable(program);
    add_texts(document, program);
    cJSON_AddItemToObject(document, "input", cJSON_CreateIntArray(input, 3));
    cJSON_AddNumberToObject(document, "classes", program->classes);
    cJSON_AddNumberToObject(document, "batch", program->batch);
    cJSON_AddNumberToObject(document, "chunk_images", program->chunk_images);
    add_layers(document, program);
    cJSON *params = cJSON_AddObjectToObject(document, "params");
    cJSON_AddNumberToObject(params, "total", (double)total);
    cJSON_AddNumberToObject(params, "trainable", (double)trainable);
    cJSON_AddNumberToObject(params, "frozen", (double)(total - trainable));
    cJSON_AddNumberToObject(document, "train_flops", program->train_flops);
    cJSON_AddNumberToObject(document, "forward_flops", program->forward_flops);
    add_memory(document, program);
    json_add_parsed(document, "kernels", program->kernels);
    json_add_parsed(document, "kernel_choices", program->kernel_choices);
    cJSON *settings = cJSON_AddObjectToObject(document, "settings");
    for (int i = 0; i < program->setting_count; i++)
        cJSON_AddStringToObject(settings, program->settings[i].path, program->settings[i].value);
    json_print(document);
}

static void print_layers(const Program *program) {
    printf("\n%-32s %-16s %-16s %12s %14s\n", "layer", "type", "output", "params", "macs");
    for (int i = 0; i < program->layer_count; i++) {
        const LayerInfo *layer = &program->layers[i];
        char shape[80];
        printf("%-32s %-16s %-16s %12lld %14lld\n", layer->name, layer->type,
               data_shape_text(layer->rank, layer->shape, shape, sizeof shape), (long long)layer->params,
               (long long)layer->macs);
    }
}

static void print_text(const Program *program) {
    int64_t total = parameter_total(program), trainable = parameter_trainable(program);
    int threads = team_default_threads();
    printf("model %s of %s%s%s, target %s (%s)\n", program->model, program->file,
           *program->variant ? ", variant " : "", program->variant, program->target, real_name());
    printf("input %dx%dx%d, %d classes, batch %d in chunks of %d\n", program->height, program->width,
           program->channels, program->classes, program->batch, program->chunk_images);
    if (program->data.kind) printf("data set %s (%s)\n", program->data.name, program->data.kind);
    print_layers(program);
    printf("\nparameters %lld, of which trained %lld\n", (long long)total, (long long)trainable);
    printf("MFLOP per image: training %.3f, forward %.3f\n", program->train_flops / 1e6,
           program->forward_flops / 1e6);
    printf("memory: arena %.2f MB with %d threads (fixed %.2f, each chunk %.2f, each thread %.2f); the "
           "largest live "
           "set is %.2f, without a plan it would be %.2f\n",
           (double)program_arena_bytes(program, threads) / 1e6, threads, (double)program->fixed_bytes / 1e6,
           (double)program->chunk_bytes / 1e6, (double)program->scratch_bytes / 1e6,
           (double)program_lower_bound(program, threads) / 1e6, (double)program->unplanned / 1e6);
    if (program->setting_count) printf("\nsettings (--set NAME=VALUE), schedule %s\n", program->schedule);
    for (int i = 0; i < program->setting_count; i++)
        printf("  %-32s %s\n", program->settings[i].path, program->settings[i].value);
    printf("\nwritten by cnnc %s: %s\ncompiled by: %s\nprogram %s\n", program->version, program->command,
           program->compiler ? program->compiler : "", program->hash);
}

int info_command(const Program *program, const Options *options) {
    if (options->json)
        print_json(program);
    else
        print_text(program);
    return EXIT_FINE;
}
