// Each pass alone: `passes_test PASS [OP [NAME=VALUE ...]] FILE` reads a module in the text form, runs the
// pass and prints what it leaves; the folder's golden cases are such. Without arguments: what holds for the
// schedules of all examples and studies.
#include "../ir/configurations.h"
#include "ir/attribute.h"
#include "ir/ir_text.h"
#include "ir/verify.h"
#include "passes/passes.h"
#include "pipeline.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

// --- one pass over a file ---

static Module *read_module(Arena *arena, const char *path) {
    FILE *file = fopen(path, "rb");
    Text text = {0};
    char buffer[4096];
    size_t count;
    const char *error;
    if (!file) {
        perror(path);
        exit(1);
    }
    while ((count = fread(buffer, 1, sizeof buffer, file)) > 0) text_add_bytes(&text, buffer, count);
    fclose(file);
    Module *module = ir_read(arena, text_string(&text), &error);
    text_free(&text);
    if (!module) {
        fprintf(stderr, "%s: %s\n", path, error);
        exit(1);
    }
    ir_verify(module);
    return module;
}

// The value that holds a setting's attributes: OP NAME=VALUE ...
static Value *setting(Module *module, unsigned flag, int count, char **words) {
    if (count == 0) return NULL;
    const Op *op = op_find_kind(words[0], flag);
    require(op);
    Value *value = value_new(module_function(module, "model"), op, 0, NULL);
    for (int i = 1; i < count; i++) {
        size_t length = strcspn(words[i], "=");
        int row = op_attribute(op, arena_copy(module->arena, words[i], length));
        require(row >= 0);
        require(
            attribute_read(module->arena, &op->attributes[row], words[i] + length + 1, &value->attrs[row]));
    }
    return value;
}

static Value *model_output(Module *module) {
    Function *model = module_function(module, "model");
    return model->values.items[model->values.count - 1];
}

static void print_module(const Module *module) {
    Text text = {0};
    ir_verify(module);
    ir_write_notes(module, &text);
    ir_write(module, &text);
    fputs(text_string(&text), stdout);
    text_free(&text);
}

static void print_segments(const Schedule *schedule) {
    printf("%s\n", schedule->function->name);
    for (int i = 0; i < schedule->function->values.count; i++) {
        const Value *value = schedule->function->values.items[i];
        if (value->op->flags & (OP_SOURCE | OP_VIEW)) continue;
        printf("  %d: %%%d %s\n", schedule->segment[i], i, value->op->name);
    }
}

static void print_groups(const Schedule *schedule) {
    printf("%s\n", schedule->function->name);
    for (int g = 0; g < schedule->groups.count; g++) {
        const Group *group = schedule->groups.items[g];
        printf("  %d:%s", group->segment, group->combines ? " combine" : "");
        for (int i = 0; i < group->members.count; i++)
            printf("%s %%%d %s", i ? " +" : "", group->members.items[i]->id,
                   group->members.items[i]->op->name);
        printf("\n");
    }
}

static void print_schedule(const Schedule *schedule) {
    Text text = {0};
    schedule_print(schedule, &text);
    fputs(text_string(&text), stdout);
    text_free(&text);
}

static void schedule_functions(Module *module, const char *pass, bool fusing) {
    for (int i = 0; i < module->functions.count; i++) {
        Schedule *schedule = schedule_new(module->functions.items[i]);
        pass_segment(schedule);
        if (strcmp(pass, "segment") == 0) {
            print_segments(schedule);
            continue;
        }
        if (strcmp(pass, "recompute") == 0) pass_recompute(schedule);
        pass_fuse(schedule, fusing);
        if (strcmp(pass, "fuse") == 0 || strcmp(pass, "recompute") == 0) {
            print_groups(schedule);
            continue;
        }
        pass_schedule(schedule);
        print_schedule(schedule);
    }
}

static int run_pass(int argc, char **argv) {
    Arena *arena = arena_new();
    const char *pass = argv[1];
    Module *module = read_module(arena, argv[argc - 1]);
    int count = argc - 3;
    char **words = argv + 2;
    bool in_place = true;
    if (strcmp(pass, "derive") == 0)
        pass_derive(module, model_output(module), setting(module, OP_LOSS, count, words));
    else if (strcmp(pass, "rewrite") == 0)
        pass_rewrite(module);
    else if (strcmp(pass, "reorder") == 0)
        pass_reorder(module);
    else if (strcmp(pass, "dense") == 0)
        pass_dense(module);
    else if (strcmp(pass, "pad") == 0)
        pass_pad(module);
    else if (strcmp(pass, "grad") == 0)
        pass_grad(module);
    else if (strcmp(pass, "update") == 0)
        pass_update(module, setting(module, OP_OPTIMIZER, count, words));
    else if (strcmp(pass, "simplify") == 0)
        pass_simplify(module);
    else if (strcmp(pass, "panels") == 0)
        pass_panels(module);
    else
        in_place = false;
    if (in_place)
        print_module(module);
    else
        schedule_functions(module, pass, count == 0);
    arena_free(arena);
    return 0;
}

// --- schedules ---

typedef struct Place {
    int phase, stage, time;
    bool per_chunk;
} Place;

static Place place_of(const Schedule *schedule, const Group *group) {
    int stage = 0;
    for (int p = 0; p < schedule->phases.count; p++) {
        const Phase *phase = schedule->phases.items[p];
        for (int s = 0; s < phase->stages.count; s++, stage++)
            for (int g = 0; g < phase->stages.items[s]->groups.count; g++)
                if (phase->stages.items[s]->groups.items[g] == group)
                    return (Place){p, stage, group->time, phase->per_chunk};
    }
    fail_msg("a group is in no stage");
    return (Place){0};
}

// What makes a value readable.
static const Group *maker(const Schedule *schedule, const Value *value) {
    return value->op->flags & OP_REDUCES_BATCH ? schedule->combining[value->id] : schedule->group[value->id];
}

// Stages of a whole phase run at the same time; groups of one stage, and stages of a chunk phase, one after
// the other.
static bool is_before(Place before, Place after) {
    bool in_order = after.per_chunk || before.stage == after.stage;
    return before.phase < after.phase ||
           (before.phase == after.phase && in_order && before.time < after.time);
}

static void check_order(const char *name, const Schedule *schedule, const Value *input, const Value *value,
                        const Group *group) {
    const Group *made = maker(schedule, input);
    if (made == group) return;
    if (!is_before(place_of(schedule, made), place_of(schedule, group)))
        fail_msg("%s, %s: %%%d %s is not there for %%%d %s", name, schedule->function->name, input->id,
                 input->op->name, value->id, value->op->name);
}

static bool has_member(const Group *group, const Value *value) {
    for (int i = 0; i < group->members.count; i++)
        if (group->members.items[i] == value) return true;
    return false;
}

// An effect on a tensor comes after all that reads it as it was.
static void check_effect(const char *name, const Schedule *schedule, const Value *effect) {
    const Users *users = function_users(schedule->function);
    Place at = place_of(schedule, schedule->group[effect->id]);
    for (int k = 0; k < effect->input_count; k++) {
        if (effect->inputs[k]->op != &op_tensor) continue;
        const Users *readers = &users[effect->inputs[k]->id];
        for (int i = 0; i < readers->count; i++) {
            const Value *reader = readers->items[i];
            const Group *group = schedule->group[reader->id];
            if ((reader->op->flags & OP_EFFECT) || group == schedule->group[effect->id]) continue;
            if (!is_before(place_of(schedule, group), at))
                fail_msg("%s, %s: %%%d %s changes what %%%d %s still reads", name, schedule->function->name,
                         effect->id, effect->op->name, reader->id, reader->op->name);
        }
    }
}

static void check_value(const char *name, const Schedule *schedule, const Value *value) {
    const Group *group = schedule->group[value->id];
    if (value->op->flags & (OP_SOURCE | OP_VIEW)) {
        assert_null(group);
        return;
    }
    assert_non_null(group);
    if (strcmp(value->op->name, "also") == 0) return;
    assert_true(has_member(group, value));
    bool by_chunk = value->shape.batched || ((value->op->flags & OP_REDUCES_BATCH) && !group->blocks);
    assert_int_equal(place_of(schedule, group).per_chunk, by_chunk && value->type != TYPE_NONE);
    for (int k = 0; k < value->input_count; k++) {
        const Value *input = value_root(value->inputs[k]);
        if ((input->op->flags & OP_SOURCE) == 0) check_order(name, schedule, input, value, group);
    }
    if (value->op->flags & OP_EFFECT) check_effect(name, schedule, value);
}

// A contraction stores the end of its epilogue alone, so nothing else may read what is before it.
static void check_epilogue(const char *name, const Schedule *schedule, const Group *group) {
    const Users *users = function_users(schedule->function);
    const Value *first = group->members.items[0];
    if ((first->op->flags & OP_CONTRACTION) == 0 || group->combines || group_is_nest(group)) return;
    for (int i = 0; i + 1 < group->members.count; i++) {
        const Value *member = group->members.items[i];
        for (int k = 0; k < users[member->id].count; k++)
            if (!has_member(group, users[member->id].items[k]))
                fail_msg("%s, %s: %%%d %s is read outside its group", name, schedule->function->name,
                         member->id, member->op->name);
    }
}

static void check_schedules(const char *name, Configuration *configuration) {
    PipelineOptions options = pipeline_defaults();
    options.target = NULL;
    const Plan *plan = pipeline_run(configuration, &options)->plan;
    for (int f = 0; f < plan->functions.count; f++) {
        const Schedule *schedule = plan->functions.items[f]->schedule;
        for (int i = 0; i < schedule->function->values.count; i++)
            check_value(name, schedule, schedule->function->values.items[i]);
        for (int i = 0; i < schedule->groups.count; i++)
            check_epilogue(name, schedule, schedule->groups.items[i]);
    }
}

static void test_schedules_of_all(void **state) {
    (void)state;
    assert_true(use_all_configurations(check_schedules) > 40);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_schedules_of_all)};
    if (argc > 2) return run_pass(argc, argv);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
