#include "pipeline.h"
#include "build_config.h"
#include "ir/ir_text.h"
#include "ir/verify.h"
#include "passes/passes.h"
#include "passes/technique.h"
#include "plan/forms.h"

#include <string.h>

// What the passes work on: each takes what those before it left.
typedef struct State {
    Arena *arena;
    Compilation *result;
    const PipelineOptions *options;
    KernelPolicy kernels;    // how their variants are chosen
    Value *loss, *optimizer; // hold the attributes of the configuration's
    List(Schedule *) schedules;
} State;

typedef enum DumpKind { DUMP_MODULE, DUMP_SCHEDULE, DUMP_PLAN, DUMP_LOOPS, DUMP_TEXT } DumpKind;

typedef struct Pass {
    const char *name;
    void (*run)(State *state);
    DumpKind dump; // the form in which --dump shows its result
    const char *summary;
} Pass;

// A value that holds a setting's attributes; those that can be set at run time get the slot PREFIX.NAME.
static Value *bound_value(State *state, const Bound *bound, const char *prefix) {
    Module *module = state->result->module;
    if (!bound->op) return NULL;
    Value *value = value_new(module_function(module, "model"), bound->op, 0, NULL);
    for (int i = 0; i < bound->op->attribute_count; i++) {
        const Attribute *row = &bound->op->attributes[i];
        value->attrs[i] = bound->attrs[i];
        if (!(row->flags & ATTRIBUTE_RUNTIME) || value->attrs[i].kind != ATTR_NUMBER) continue;
        const char *path = arena_printf(state->arena, "%s.%s", prefix, row->name);
        value->attrs[i].slot = module_slot(module, path, value->attrs[i].number, row->minimum, row->maximum);
    }
    return value;
}

static void run_derive(State *state) {
    const TrainConfig *train = &state->result->configuration->train;
    state->loss = bound_value(state, &train->loss, "loss");
    state->optimizer = bound_value(state, &train->optimizer, "optimizer");
    pass_derive(state->result->module, state->result->configuration->output, state->loss);
}

static void run_rewrite(State *state) {
    if (state->loss) pass_rewrite(state->result->module);
}

static void run_reorder(State *state) {
    if (technique_enabled(state->result->module, TECHNIQUE_REORDER)) pass_reorder(state->result->module);
}

static void run_dense(State *state) {
    if (technique_enabled(state->result->module, TECHNIQUE_DENSE)) pass_dense(state->result->module);
}

static void run_pad(State *state) {
    pass_pad(state->result->module);
}

static void run_grad(State *state) {
    if (state->loss) pass_grad(state->result->module);
}

static void run_update(State *state) {
    if (state->optimizer) pass_update(state->result->module, state->optimizer);
}

static void run_simplify(State *state) {
    pass_simplify(state->result->module);
}

static void run_panels(State *state) {
    const Module *module = state->result->module;
    bool blocks = technique_enabled(module, TECHNIQUE_FUSE) && technique_enabled(module, TECHNIQUE_BLOCKS);
    if (blocks && technique_enabled(module, TECHNIQUE_PANELS)) pass_panels(state->result->module);
}

static void run_forms(State *state) {
    pass_forms(state->result->module, &state->kernels);
}

static void run_segment(State *state) {
    Module *module = state->result->module;
    for (int i = 0; i < module->functions.count; i++) {
        if (strcmp(module->functions.items[i]->name, "model") == 0) continue;
        Schedule *schedule = schedule_new(module->functions.items[i]);
        pass_segment(schedule);
        list_add(state->arena, &state->schedules, schedule);
    }
}

static void run_recompute(State *state) {
    const Module *module = state->result->module;
    if (!technique_enabled(module, TECHNIQUE_FUSE) || !technique_enabled(module, TECHNIQUE_RECOMPUTE)) return;
    for (int i = 0; i < state->schedules.count; i++) pass_recompute(state->schedules.items[i]);
}

static void run_fuse(State *state) {
    for (int i = 0; i < state->schedules.count; i++)
        pass_fuse(state->schedules.items[i], technique_enabled(state->result->module, TECHNIQUE_FUSE));
}

static void run_schedule(State *state) {
    for (int i = 0; i < state->schedules.count; i++) pass_schedule(state->schedules.items[i]);
}

static void run_plan(State *state) {
    state->result->plan = plan_new(state->result->module, state->options->real_bytes, state->schedules.count,
                                   state->schedules.items);
}

static void run_lower(State *state) {
    Compilation *result = state->result;
    result->function_count = state->schedules.count;
    result->functions = NEW_ARRAY(state->arena, EmittedFunction, result->function_count);
    for (int i = 0; i < result->function_count; i++) {
        FunctionPlan *function = result->plan->functions.items[i];
        result->functions[i].name = function->schedule->function->name;
        result->functions[i].pieces = lower_function(result->plan, function, &state->kernels);
    }
    plan_finish(result->plan);
}

static const char *resolved_text(State *state) {
    Text text = {0};
    configuration_print(state->result->configuration, &text);
    const char *copy = arena_copy(state->arena, text_string(&text), text.length);
    text_free(&text);
    return copy;
}

// The pieces that were printed, by what they do.
typedef struct PrintedPiece {
    uint64_t hash;
    const char *name;
} PrintedPiece;
typedef List(PrintedPiece) Printed;

// Whether an earlier piece does the same; then this one takes its name. Most of "gradients" is in "train"
// again.
static bool printed_before(Arena *arena, Printed *printed, LoopFunction *piece) {
    Text text = {0};
    const char *name = piece->name;
    piece->name = "";
    loop_print(piece, &text);
    piece->name = name;
    uint64_t hash = hash_bytes(HASH_START, text_string(&text), text.length);
    text_free(&text);
    for (int i = 0; i < printed->count; i++) {
        if (printed->items[i].hash != hash) continue;
        piece->name = printed->items[i].name;
        return true;
    }
    list_add(arena, printed, ((PrintedPiece){hash, name}));
    return false;
}

static void run_emit(State *state) {
    Compilation *result = state->result;
    const PipelineOptions *options = state->options;
    const Plan *plan = result->plan;
    if (!options->target) return;
    EmittedProgram program = {.configuration = result->configuration,
                              .plan = plan,
                              .function_count = result->function_count,
                              .functions = result->functions,
                              .file = options->file,
                              .command = options->command,
                              .compiler = options->compiler,
                              .version = CNNC_VERSION,
                              .resolved = resolved_text(state)};
    program.hash = arena_printf(state->arena, "%016llx", (unsigned long long)result->signature);
    Text text = {0};
    Emit emit = {.arena = state->arena,
                 .out = &text,
                 .apart = options->apart,
                 .layout = {plan->fixed_bytes, plan->chunk_bytes, plan->chunk_images, plan->scratch_bytes,
                            plan->real_bytes}};
    emit_head(&program, &text);
    options->target->begin(&emit);
    Printed printed = {0};
    for (int f = 0; f < result->function_count; f++) {
        LoopFunctions *pieces = &result->functions[f].pieces;
        for (int i = 0; i < pieces->count; i++)
            if (!printed_before(state->arena, &printed, pieces->items[i]))
                options->target->piece(&emit, pieces->items[i]);
        options->target->step(&emit, result->functions[f].name, NULL, pieces->count, pieces->items);
    }
    options->target->end(&emit);
    emit_program(&program, &text);
    result->text = arena_copy(state->arena, text_string(&text), text.length);
    text_free(&text);
    list_add(state->arena, &emit.files, result->text);
    result->files = emit.files;
}

static const Pass passes[] = {
    {"derive", run_derive, DUMP_MODULE, "the functions that run, from the model"},
    {"rewrite", run_rewrite, DUMP_MODULE, "alternatives that make training cheaper"},
    {"reorder", run_reorder, DUMP_MODULE, "pools before what they commute with"},
    {"dense", run_dense, DUMP_MODULE, "convolutions of the whole image as dense layers"},
    {"pad", run_pad, DUMP_MODULE, "padded copies of few channels for convolutions in nests"},
    {"grad", run_grad, DUMP_MODULE, "the backward pass"},
    {"update", run_update, DUMP_MODULE, "the optimizer"},
    {"simplify", run_simplify, DUMP_MODULE, "equal and dead values"},
    {"panels", run_panels, DUMP_MODULE, "dense layers in panels of outputs"},
    {"forms", run_forms, DUMP_MODULE, "weights as their kernels read them"},
    {"segment", run_segment, DUMP_MODULE, "cuts where the whole batch is needed"},
    {"recompute", run_recompute, DUMP_MODULE, "cheap values once more where they are read later"},
    {"fuse", run_fuse, DUMP_MODULE, "groups that one loop nest computes"},
    {"schedule", run_schedule, DUMP_SCHEDULE, "phases and stages"},
    {"plan", run_plan, DUMP_PLAN, "every tensor's place"},
    {"lower", run_lower, DUMP_LOOPS, "loop nests and kernels"},
    {"emit", run_emit, DUMP_TEXT, "the program's text"},
};
enum { PASS_COUNT = sizeof passes / sizeof *passes };

const char *const pipeline_passes[] = {"derive", "rewrite",  "reorder", "dense", "pad",     "grad",
                                       "update", "simplify", "panels",  "forms", "segment", "recompute",
                                       "fuse",   "schedule", "plan",    "lower", "emit",    NULL};

static void dump(const State *state, const Pass *pass) {
    const Compilation *result = state->result;
    Text *text = state->options->dump_to;
    switch (pass->dump) {
    case DUMP_MODULE:
        ir_write_notes(result->module, text);
        ir_write(result->module, text);
        return;
    case DUMP_SCHEDULE:
        for (int i = 0; i < state->schedules.count; i++) schedule_print(state->schedules.items[i], text);
        return;
    case DUMP_PLAN: plan_print(result->plan, text); return;
    case DUMP_LOOPS:
        for (int f = 0; f < result->function_count; f++)
            for (int i = 0; i < result->functions[f].pieces.count; i++)
                loop_print(result->functions[f].pieces.items[i], text);
        return;
    case DUMP_TEXT: text_add(text, result->text); return;
    }
}

// Programs of equal signatures differ only in the values of settings.
static uint64_t signature(const Compilation *result) {
    const DataConfig *data = &result->configuration->data;
    uint64_t hash = ir_signature(result->module);
    const char *schedule =
        result->configuration->train.schedule.op ? result->configuration->train.schedule.op->name : "";
    hash = hash_bytes(hash, schedule, strlen(schedule));
    if (data->kind) hash = hash_bytes(hash, data->kind, strlen(data->kind));
    for (int i = 0; data->kind && data->arguments && data->arguments[i]; i++)
        hash = hash_bytes(hash, data->arguments[i], strlen(data->arguments[i]) + 1);
    return hash_bytes(hash, &result->plan->real_bytes, sizeof result->plan->real_bytes);
}

// A convolution whose kernel's variant is forced has a kernel.
static uint64_t forced_kernels(const KernelPolicy *policy) {
    bool forced =
        kernel_policy_forces(policy, "conv_forward") || kernel_policy_forces(policy, "conv_backward_weights");
    return forced ? technique_bit(TECHNIQUE_NARROW) | technique_bit(TECHNIQUE_DENSE) : 0;
}

PipelineOptions pipeline_defaults(void) {
    return (PipelineOptions){
        .real_bytes = 4, .target = &target_c, .file = "", .command = "cnnc", .compiler = ""};
}

Compilation *pipeline_run(Configuration *configuration, const PipelineOptions *options) {
    Arena *arena = configuration->module->arena;
    Compilation *result = NEW(arena, Compilation);
    State state = {.arena = arena, .result = result, .options = options};
    result->configuration = configuration;
    result->module = configuration->module;
    result->module->without = options->without | forced_kernels(options->kernels);
    state.kernels = options->kernels ? *options->kernels : (KernelPolicy){0};
    if (!technique_enabled(result->module, TECHNIQUE_RECORDS)) state.kernels.records.count = 0;
    ir_verify(result->module);
    for (int i = 0; i < PASS_COUNT; i++) {
        if (strcmp(passes[i].name, "emit") == 0) result->signature = signature(result);
        passes[i].run(&state);
        ir_verify(result->module);
        if (options->dump && strcmp(options->dump, passes[i].name) == 0) dump(&state, &passes[i]);
    }
    return result;
}
