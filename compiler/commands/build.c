// `cnnc build FILE [MODEL] -o X`: a program, or what the compiler makes on the way to it.
#include "build/build.h"
#include "base/file.h"
#include "commands/commands.h"
#include "ir/ir_text.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

typedef struct BuildRequest {
    const char *variant, *output, *target, *emit, *dump, *real, *march, *variant_set, *records;
    Strings settings, techniques, rest;
    uint64_t without; // the set that `techniques` names
} BuildRequest;

static bool one_of(const char *option, const char *value, const char *const *choices) {
    if (!value) return true;
    for (int i = 0; choices[i]; i++)
        if (strcmp(value, choices[i]) == 0) return true;
    fprintf(stderr, "cnnc build: %s %s: it may be", option, value);
    for (int i = 0; choices[i]; i++) fprintf(stderr, "%s %s", i ? "," : "", choices[i]);
    fprintf(stderr, "\n");
    return false;
}

static bool read_request(Arena *arena, int argc, char **argv, BuildRequest *request) {
    const Option options[] = {
        {.name = "--variant", .value = &request->variant},
        {.name = "-o", .value = &request->output},
        {.name = "--target", .value = &request->target},
        {.name = "--emit", .value = &request->emit},
        {.name = "--dump", .value = &request->dump},
        {.name = "--real", .value = &request->real},
        {.name = "--march", .value = &request->march},
        {.name = "--variant-set", .value = &request->variant_set},
        {.name = "--records", .value = &request->records},
        {.name = "--without", .values = &request->techniques},
        {.name = "--set", .values = &request->settings},
    };
    if (!read_options(arena, argc, argv, options, sizeof options / sizeof *options, &request->rest))
        return false;
    if (!read_without("build", &request->techniques, &request->without)) return false;
    if (request->rest.count < 1 || request->rest.count > 2 ||
        (!request->output && !request->emit && !request->dump)) {
        fprintf(stderr,
                "usage: cnnc build FILE [MODEL] [--variant V] -o X; cnnc help build shows all options\n");
        return false;
    }
    return true;
}

static bool is(const char *value, const char *word) {
    return value && strcmp(value, word) == 0;
}

static bool choices_exist(const BuildRequest *request) {
    static const char *const targets[] = {"c", "null", NULL}, *const reals[] = {"f32", "f64", NULL},
                             *const forms[] = {"ast", "ir", "plan", "loops", "c", "dot", NULL};
    return one_of("--target", request->target, targets) && one_of("--emit", request->emit, forms) &&
           one_of("--real", request->real, reals) && one_of("--dump", request->dump, pipeline_passes);
}

// Said before the work of compiling.
static bool can_write_program(const BuildRequest *request) {
    if (!request->output || request->emit || request->dump || file_replaceable(request->output)) return true;
    fprintf(stderr, "cnnc build: cannot write the program to %s: %s\n", request->output,
            errno == EISDIR   ? "it is a folder"
            : errno == EINVAL ? "it is no file"
                              : strerror(errno));
    return false;
}

// Said before anything else that is wrong: who asks for CUDA should not go on looking for the right words.
static bool wants_cuda(const BuildRequest *request) {
    if (!is(request->target, "cuda") && !is(request->emit, "cuda")) return false;
    const char *option = is(request->target, "cuda") ? "--target" : "--emit";
    fprintf(stderr, "cnnc build: programs for CUDA cannot be built yet; without %s cuda it runs on the CPU\n",
            option);
    return true;
}

// The graph of the model for Graphviz.
static void print_dot(const Module *module, Text *text) {
    const Function *model = module_function((Module *)module, "model");
    text_printf(text, "digraph \"%s\" {\n  node [shape = box, fontname = \"sans-serif\"]\n", module->name);
    for (int i = 0; i < model->values.count; i++) {
        const Value *value = model->values.items[i];
        if (value->op == &op_tensor) continue;
        text_printf(text, "  v%d [label = \"%s\\n%s\\n%s\"]\n", i, value->op->name, value->path,
                    shape_text(module->arena, &value->shape));
        for (int k = 0; k < value->input_count; k++)
            if (value->inputs[k]->op != &op_tensor)
                text_printf(text, "  v%d -> v%d\n", value->inputs[k]->id, i);
    }
    text_add(text, "}\n");
}

static int write_text(const char *path, const char *text) {
    FILE *file = path ? fopen(path, "wb") : stdout;
    if (!file || fputs(text, file) < 0 || (path && fclose(file) != 0)) {
        fprintf(stderr, "cnnc build: cannot write %s: %s\n", path ? path : "the output", strerror(errno));
        return EXIT_USER;
    }
    return EXIT_FINE;
}

static int emit_ast(Arena *arena, const char *path, const char *output) {
    Source *source = source_read(arena, path);
    if (!source) {
        fprintf(stderr, "cnnc build: cannot read %s: %s\n", path, strerror(errno));
        return EXIT_USER;
    }
    Diagnostics *diagnostics = diagnostics_new(arena);
    Text text = {0};
    tree_print(parse(arena, source, diagnostics), &text);
    int code = report(diagnostics);
    if (code == EXIT_FINE) code = write_text(output, text_string(&text));
    text_free(&text);
    return code;
}

// The pass after which --emit shows the module, plan or loops.
static const char *dumped_pass(const BuildRequest *request) {
    if (request->dump) return request->dump;
    if (is(request->emit, "ir")) return "simplify";
    if (is(request->emit, "plan")) return "plan";
    return is(request->emit, "loops") ? "lower" : is(request->emit, "c") ? "emit" : NULL;
}

static int build(Arena *arena, const BuildRequest *request, Configuration *configuration,
                 const char *command) {
    Text text = {0};
    BuildOptions building = {.double_precision = is(request->real, "f64"),
                             .march = request->march ? request->march : "native"};
    PipelineOptions pipeline = pipeline_defaults();
    KernelPolicy policy = {0};
    int code = EXIT_FINE;
    if (!precision_fits(arena, configuration, &building, &code)) return code;
    pipeline.compiler = build_compiler(arena, &building);
    if (!read_policy(arena, request->variant_set, request->records, &building, pipeline.compiler, &policy,
                     &code))
        return code;
    pipeline.kernels = &policy;
    if (building.double_precision) pipeline.real_bytes = 8;
    if (is(request->target, "null")) pipeline.target = &target_null;
    pipeline.without = request->without;
    pipeline.dump = dumped_pass(request);
    pipeline.dump_to = &text;
    pipeline.file = request->rest.items[0];
    pipeline.command = command;
    pipeline.apart = !request->emit && !pipeline.dump;
    if (is(request->emit, "dot")) print_dot(configuration->module, &text);
    Compilation *compilation = pipeline_run(configuration, &pipeline);
    if (pipeline.dump || request->emit)
        code = write_text(request->output, text_string(&text));
    else if (pipeline.target == &target_null)
        code = write_text(request->output, compilation->text);
    else {
        const EmittedFiles *files = &compilation->files;
        warn_precision(arena, "build", configuration, &building);
        const char *program = build_program(arena, files->count, files->items, &building);
        code = program && build_copy(program, request->output) ? EXIT_FINE : EXIT_USER;
    }
    text_free(&text);
    return code;
}

int command_build(int argc, char **argv) {
    Arena *arena = arena_new();
    BuildRequest request = {0};
    int code = EXIT_USAGE;
    if (read_request(arena, argc, argv, &request)) {
        const char *path = request.rest.items[0],
                   *model = request.rest.count == 2 ? request.rest.items[1] : NULL;
        if (wants_cuda(&request))
            code = EXIT_USER;
        else if (!choices_exist(&request))
            code = EXIT_USAGE;
        else if (!can_write_program(&request))
            code = EXIT_USER;
        else if (is(request.emit, "ast"))
            code = emit_ast(arena, path, request.output);
        else {
            Configuration *configuration =
                configure_one(arena, path, model, request.variant, &request.settings, &code);
            if (configuration) code = build(arena, &request, configuration, command_line(arena, argc, argv));
        }
    }
    arena_free(arena);
    return code;
}
