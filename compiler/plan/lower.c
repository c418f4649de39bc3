#include "plan/lower.h"
#include "plan/driver.h"

#include <string.h>

static void describe(Driver *driver, const Group *group) {
    Arena *arena = driver->lowering.arena;
    const char *text = group->combines ? "combine " : "";
    for (int i = 0; i < group->members.count; i++)
        text = arena_printf(arena, "%s%s%s", text, i ? " + " : "", group->members.items[i]->op->name);
    const Value *first = group->members.items[0];
    loop_comment(&driver->lowering.build, "%s%s%s: %s", first->path, first->path[0] ? ": " : "", text,
                 shape_text(arena, group_shape(group)));
}

// Once the op has set its constants: which variant (if that is not known before), and where its scratch lies.
static void choose_kernel(Driver *driver, Kernel *kernel) {
    if (!kernel->variant) kernel_choose(driver->lowering.arena, kernel, driver->policy);
    int64_t bytes = kernel_scratch_bytes(kernel, driver->plan->real_bytes);
    kernel->scratch_offset = driver_take_scratch(driver, bytes);
}

static void lower_group(Driver *driver, const Group *group) {
    const Value *first = group->members.items[0];
    driver->group = group;
    driver->scratch_used = 0;
    driver->kernel = NULL;
    describe(driver, group);
    if (group_is_nest(group))
        lower_nest(driver, group);
    else if (group->combines)
        first->op->combine(&driver->lowering, first);
    else if (first->op->lower)
        first->op->lower(&driver->lowering, first);
    else
        fault("op %s has no lowering", first->op->name);
    if (driver->kernel) choose_kernel(driver, driver->kernel);
}

// What a reduction accumulates into starts at zero in every chunk.
static void clear_partial(Driver *driver, const Value *value) {
    LoopBuilder *build = &driver->lowering.build;
    Buffer *buffer = driver_buffer(driver, value, ROLE_PARTIAL, true);
    LoopExpr *i = loop_open_constant(build, AXIS_LANE, "i", buffer->elements);
    loop_store(build, buffer, i, loop_number(build, 0));
    loop_close(build);
}

static void clear_partials(Driver *driver, const Stage *stage) {
    for (int g = 0; g < stage->groups.count; g++) {
        const Group *group = stage->groups.items[g];
        driver->group = group;
        for (int i = 0; i < group->members.count; i++)
            if (group->members.items[i]->op->flags & OP_REDUCES_BATCH)
                clear_partial(driver, group->members.items[i]);
    }
}

static void lower_chunk_stage(Driver *driver, const Stage *stage) {
    LoopBuilder *build = &driver->lowering.build;
    driver->kind = stage->kind;
    driver->image = NULL;
    clear_partials(driver, stage);
    if (stage->kind == STAGE_IMAGES) {
        driver->image = loop_open(build, AXIS_IMAGE, "image", lowering_images(&driver->lowering));
        LoopBody body = {0}, *loop = build->body;
        build->body = &body;
        for (int g = 0; g < stage->groups.count; g++) lower_group(driver, stage->groups.items[g]);
        build->body = loop;
        driver_close_scope(driver, &driver->inner, loop, &body);
        loop_close(build);
    } else
        lower_group(driver, stage->groups.items[0]);
}

// One piece of a whole group, or all of it.
static void lower_whole_group(Driver *driver, const Group *group, LoopExpr *piece) {
    if (group_pieces(group) == 1 && !group->members.items[0]->op->lower_piece) {
        lower_group(driver, group);
        return;
    }
    driver->group = group;
    driver->kernel = NULL;
    describe(driver, group);
    lower_nest_piece(driver, group, piece);
    if (driver->kernel) choose_kernel(driver, driver->kernel);
}

// A whole phase: every stage has a range of pieces, one with several groups a single one.
static int64_t lower_whole_phase(Driver *driver, const Phase *phase) {
    LoopBuilder *build = &driver->lowering.build;
    LoopExpr *piece = loop_variable(build, "piece", LOOP_INDEX);
    int64_t first = 0;
    driver->kind = STAGE_WHOLE;
    driver->image = NULL;
    for (int s = 0; s < phase->stages.count; s++) {
        const Stage *stage = phase->stages.items[s];
        const Group *group = stage->groups.items[0];
        int64_t pieces = group_pieces(group);
        LoopExpr *after = loop_binary(build, LOOP_LESS, piece, loop_integer(build, first + pieces));
        LoopExpr *from = loop_binary(build, LOOP_LESS_EQUAL, loop_integer(build, first), piece);
        loop_if(build, loop_binary(build, LOOP_AND, from, after));
        LoopExpr *own = loop_binary(build, LOOP_SUBTRACT, piece, loop_integer(build, first));
        for (int g = 0; g < stage->groups.count; g++) lower_whole_group(driver, stage->groups.items[g], own);
        loop_close(build);
        first += pieces;
    }
    return first;
}

// The order in which a phase's pieces are handed out, `count` in all: each stage's spread evenly over it.
// Every thread begins with a part of it (runtime/team.c), and so has the same share of each stage, whatever
// its pieces cost, and the same rows of its tensors in every step.
static const int *order_of_pieces(Arena *arena, const Phase *phase, int64_t count) {
    if (phase->stages.count < 2 || count == phase->stages.count) return NULL;
    int *order = NEW_ARRAY(arena, int, (int)count);
    int64_t *taken = NEW_ARRAY(arena, int64_t, phase->stages.count);
    for (int64_t i = 0; i < count; i++) {
        int next = 0;
        int64_t first = 0, next_first = 0, next_pieces = 1;
        for (int s = 0; s < phase->stages.count; s++) {
            int64_t pieces = group_pieces(phase->stages.items[s]->groups.items[0]);
            // Piece k of n stands at (2 k + 1) / 2 n of the whole; a stage that is through, behind its end.
            if (s == 0 || (2 * taken[s] + 1) * next_pieces < (2 * taken[next] + 1) * pieces) {
                next = s;
                next_first = first;
                next_pieces = pieces;
            }
            first += pieces;
        }
        order[i] = (int)(next_first + taken[next]++);
    }
    return order;
}

static LoopFunction *lower_phase(Driver *driver, const char *name, const Phase *phase) {
    Arena *arena = driver->lowering.arena;
    LoopFunction *piece = NEW(arena, LoopFunction);
    LoopBody body = {0};
    piece->name = name;
    piece->per_chunk = phase->per_chunk;
    loop_builder_init(&driver->lowering.build, arena, &body);
    if (phase->per_chunk)
        for (int s = 0; s < phase->stages.count; s++) lower_chunk_stage(driver, phase->stages.items[s]);
    else {
        piece->pieces = lower_whole_phase(driver, phase);
        piece->order = order_of_pieces(arena, phase, piece->pieces);
    }
    driver_close_scope(driver, &driver->piece, &piece->body, &body);
    return piece;
}

LoopFunctions lower_function(Plan *plan, FunctionPlan *function, const KernelPolicy *policy) {
    Arena *arena = plan->module->arena;
    const Schedule *schedule = function->schedule;
    LoopFunctions functions = {0};
    Driver driver = {
        .lowering = {.arena = arena, .module = plan->module}, .plan = plan, .function = function};
    driver.lowering.driver = &driver;
    driver.policy = policy;
    driver.evaluated = NEW_ARRAY(arena, LoopExpr *, schedule->function->values.count);
    for (int p = 0; p < schedule->phases.count; p++) {
        const char *name = arena_printf(arena, "%s_%d", schedule->function->name, p);
        list_add(arena, &functions, lower_phase(&driver, name, schedule->phases.items[p]));
    }
    release_read(plan, function, &functions);
    return functions;
}
