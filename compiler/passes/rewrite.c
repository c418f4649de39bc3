// Chooses among alternatives of the forward graph: where a pattern offers one, the function is copied with
// and without it, both copies go through the passes up to recompute, and the cheaper one is kept.
#include "passes/rewrite.h"
#include "passes/passes.h"
#include "passes/schedule.h"

#include <string.h>

static const Alternative *const alternatives[] = {&alternative_patch_statistics};
enum { ALTERNATIVE_COUNT = sizeof alternatives / sizeof *alternatives };

// A place where an alternative may be taken.
typedef struct Site {
    const Alternative *alternative;
    const Value *end;
    bool taken;
} Site;
typedef List(Site) Sites;

static Sites find_sites(Function *function) {
    const Module *module = function->module;
    const bool *wanted = values_wanted(function);
    Sites sites = {0};
    for (int i = 0; i < function->values.count; i++)
        for (int k = 0; k < ALTERNATIVE_COUNT; k++) {
            const Value *value = function->values.items[i];
            if (technique_enabled(module, alternatives[k]->technique) &&
                alternatives[k]->offers(value, wanted))
                list_add(module->arena, &sites, ((Site){alternatives[k], value, false}));
        }
    return sites;
}

static Value *copy_of(Function *to, const Value *value) {
    if (value->op == &op_tensor) return function_tensor(to, (int)value_integer(value, "index"));
    Value *copy = NEW(to->module->arena, Value);
    *copy = *value;
    copy->function = to;
    copy->attrs = NEW_ARRAY(to->module->arena, Attr, value->op->attribute_count);
    memcpy(copy->attrs, value->attrs, sizeof(Attr) * (size_t)value->op->attribute_count);
    for (int k = 0; k < value->input_count; k++) copy->inputs[k] = value->inputs[k]->copy;
    return function_append(to, copy);
}

static Value *copy_or_stand_in(Function *to, const Sites *sites, const Value *value) {
    for (int i = 0; i < sites->count; i++) {
        const Site *site = &sites->items[i];
        Value *other = site->taken ? site->alternative->stand_in(to, site->end, value) : NULL;
        if (other) return other;
    }
    return copy_of(to, value);
}

// A copy with the alternatives that are taken; the module does not have it.
static Function *rewritten(Function *function, const Sites *sites) {
    Module *module = function->module;
    Function *to = function_new(module, function->name);
    module->functions.count--;
    for (int i = 0; i < function->values.count; i++) {
        Value *value = function->values.items[i];
        value->copy = copy_or_stand_in(to, sites, value);
    }
    function_sweep(to);
    return to;
}

static double price(Function *function, const Sites *sites) {
    Function *trial = rewritten(function, sites);
    if (technique_enabled(function->module, TECHNIQUE_REORDER)) reorder_function(trial);
    grad_function(trial);
    simplify_function(trial);
    Schedule *schedule = schedule_new(trial);
    pass_segment(schedule);
    if (technique_enabled(function->module, TECHNIQUE_FUSE) &&
        technique_enabled(function->module, TECHNIQUE_RECOMPUTE))
        pass_recompute(schedule);
    return schedule_cost(schedule);
}

static const char *price_note(Arena *arena, const Site *site, double with, double without) {
    return arena_printf(arena, "%s at %s: %.0f multiply-adds and bytes an image, %.0f without it: %s",
                        technique_rows[site->alternative->technique].name, site->end->path, with, without,
                        site->taken ? "taken" : "left");
}

static Function *cheapest(Function *function) {
    Arena *arena = function->module->arena;
    function_renumber(function);
    Sites sites = find_sites(function);
    if (sites.count == 0) return function;
    double least = price(function, &sites);
    Notes notes = {0};
    for (int i = 0; i < sites.count; i++) {
        Site *site = &sites.items[i];
        site->taken = true;
        double cost = price(function, &sites);
        site->taken = cost < least;
        list_add(arena, &notes, price_note(arena, site, cost, least));
        if (site->taken) least = cost;
    }
    Function *best = rewritten(function, &sites);
    best->notes = notes;
    return best;
}

void pass_rewrite(Module *module) {
    for (int i = 0; i < module->functions.count; i++) {
        Function *function = module->functions.items[i];
        if (strcmp(function->name, "gradients") == 0 || strcmp(function->name, "train") == 0)
            module->functions.items[i] = cheapest(function);
    }
}
