#include "plan/plan.h"
#include "base/text.h"

#include <string.h>

static Placement pinned_chunk(Plan *plan, int64_t bytes) {
    Placement placement = {STORAGE_CHUNK, plan->chunk_bytes, bytes, -1};
    plan->chunk_bytes += plan_padded(bytes * plan->chunk_images);
    return placement;
}

static void plan_tensors(Plan *plan) {
    Module *module = plan->module;
    plan->tensor_offsets = NEW_ARRAY(module->arena, int64_t, module->tensors.count);
    for (int i = 0; i < module->tensors.count; i++) {
        int64_t bytes = shape_elements(&module->tensors.items[i].shape) * plan->real_bytes;
        plan->tensor_offsets[i] = plan->fixed_bytes;
        plan->fixed_bytes += plan_padded(bytes);
        plan->tensor_bytes += bytes;
    }
    plan->tensors_end = plan->fixed_bytes;
}

static void plan_pinned_value(Plan *plan, const Value *value) {
    const char *place = plan_output_place(value);
    int64_t bytes = plan_value_bytes(plan, value);
    if (value->op == &op_label) plan->label = pinned_chunk(plan, bytes);
    if (!place) return;
    if (strcmp(place, "logits") == 0) plan->logits = pinned_chunk(plan, bytes);
    if (strcmp(place, "loss") == 0) plan->loss = pinned_chunk(plan, bytes);
    if (strcmp(place, "penalty") == 0) {
        plan->penalty_offset = plan->fixed_bytes;
        plan->fixed_bytes += plan_padded(plan->real_bytes);
    }
}

// The places that the runtime knows: the same in all functions. The input, whose place others may take once
// it is read, comes last, beside what is free.
static void plan_pinned(Plan *plan, const Function *last) {
    plan->penalty_offset = -1;
    for (int i = 0; i < last->values.count; i++) plan_pinned_value(plan, last->values.items[i]);
    for (int i = 0; i < last->values.count; i++) {
        const Value *value = last->values.items[i];
        if (value->op == &op_input) plan->input = pinned_chunk(plan, plan_value_bytes(plan, value));
    }
}

static void plan_gradients(Plan *plan) {
    Module *module = plan->module;
    const Function *gradients = module_function(module, "gradients");
    plan->gradient_offsets = NEW_ARRAY(module->arena, int64_t, module->tensors.count);
    for (int i = 0; i < module->tensors.count; i++) plan->gradient_offsets[i] = -1;
    for (int i = 0; gradients && i < gradients->values.count; i++) {
        const Value *value = gradients->values.items[i];
        const char *place = plan_output_place(value);
        if (!place || strcmp(place, "gradient") != 0) continue;
        plan->gradient_offsets[value_integer(value, "index")] = plan->gradient_bytes;
        plan->gradient_bytes += plan_padded(plan_value_bytes(plan, value));
    }
}

static int64_t largest(int64_t a, int64_t b) {
    return a > b ? a : b;
}

static FunctionPlan *plan_one(Plan *plan, Schedule *schedule, const FunctionPlan *twin) {
    FunctionPlan *function = plan_schedule(plan, schedule, twin);
    plan->fixed_bytes = largest(plan->fixed_bytes, function->fixed_peak);
    plan->chunk_bytes = largest(plan->chunk_bytes, function->chunk_peak);
    return function;
}

static bool is_train(const Schedule *schedule) {
    return strcmp(schedule->function->name, "train") == 0;
}

Plan *plan_new(Module *module, int64_t real_bytes, int schedule_count, Schedule *const *schedules) {
    Plan *plan = NEW(module->arena, Plan);
    FunctionPlan *train = NULL;
    plan->module = module;
    plan->real_bytes = real_bytes;
    plan->chunk_images = chunk_images(module);
    plan->chunks = (module->batch + plan->chunk_images - 1) / plan->chunk_images;
    plan_tensors(plan);
    plan_pinned(plan, schedules[schedule_count - 1]->function);
    plan_gradients(plan);
    // The training step first: it may choose its places freely.
    for (int i = 0; i < schedule_count; i++)
        if (is_train(schedules[i])) train = plan_one(plan, schedules[i], NULL);
    for (int i = 0; i < schedule_count; i++)
        list_add(module->arena, &plan->functions,
                 is_train(schedules[i]) ? train : plan_one(plan, schedules[i], train));
    return plan;
}

void plan_finish(Plan *plan) {
    for (int f = 0; f < plan->functions.count; f++) {
        const FunctionPlan *function = plan->functions.items[f];
        for (int i = 0; i < function->schedule->groups.count; i++)
            plan->scratch_bytes =
                largest(plan->scratch_bytes, function->own_scratch[i] + function->own_scratch_bytes[i]);
    }
}

int64_t plan_arena_bytes(const Plan *plan, int threads) {
    return plan->fixed_bytes + plan->chunks * plan->chunk_bytes + threads * plan->scratch_bytes;
}

const FunctionPlan *plan_function(const Plan *plan, const char *name) {
    for (int i = 0; i < plan->functions.count; i++)
        if (strcmp(plan->functions.items[i]->schedule->function->name, name) == 0)
            return plan->functions.items[i];
    return NULL;
}

static void print_function(const FunctionPlan *function, Text *text) {
    static const char *const storages[] = {"none", "fixed", "chunk", "piece", "scratch", "gradient"};
    const Function *of = function->schedule->function;
    text_printf(text, "%s: fixed %lld, chunk %lld bytes\n", of->name, (long long)function->fixed_peak,
                (long long)function->chunk_peak);
    for (int i = 0; i < of->values.count; i++) {
        const Placement *placement = &function->placements[i];
        if (placement->storage == STORAGE_NONE && placement->partial < 0) continue;
        text_printf(text, "  %%%d %s %s", i, of->values.items[i]->op->name, storages[placement->storage]);
        if (placement->storage != STORAGE_NONE) text_printf(text, " %lld", (long long)placement->offset);
        if (placement->partial >= 0) text_printf(text, " partial %lld", (long long)placement->partial);
        text_add(text, "\n");
    }
}

void plan_print(const Plan *plan, Text *text) {
    text_printf(text, "arena: %lld fixed + %lld chunks x %lld + threads x %lld scratch\n",
                (long long)plan->fixed_bytes, (long long)plan->chunks, (long long)plan->chunk_bytes,
                (long long)plan->scratch_bytes);
    text_printf(text, "one thread: %lld, lower bound %lld, unplanned %lld bytes\n",
                (long long)plan_arena_bytes(plan, 1), (long long)plan_lower_bound(plan, 1),
                (long long)plan_unplanned(plan));
    for (int i = 0; i < plan->functions.count; i++) print_function(plan->functions.items[i], text);
}
