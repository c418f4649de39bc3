// Elementwise groups as one loop nest, and as the epilogue of a contraction.
#include "plan/driver.h"

#include <string.h>

static bool is_effect(const Value *value) {
    return (value->op->flags & OP_EFFECT) != 0;
}

LoopExpr *nest_operand(Driver *driver, const Value *value, int64_t elements, int64_t channels) {
    LoopBuilder *build = &driver->lowering.build;
    int64_t own = shape_elements(&value->shape);
    value = value_elements(value);
    if (driver->evaluated[value->id]) return driver->evaluated[value->id];
    LoopExpr *index = loop_integer(build, 0);
    // Over rows, elements run on from image to image, so what all images share is found by its channel.
    bool shared_by_rows = driver->kind == STAGE_ROWS && !value->shape.batched;
    if (own == elements && !shared_by_rows)
        index = driver->element;
    else if (own == channels && (own > 1 || shared_by_rows))
        index = driver->channel;
    else if (own != 1)
        fault("%s of %lld elements cannot be broadcast to %lld", value->op->name, (long long)own,
              (long long)elements);
    return loop_load(build, lowering_buffer(&driver->lowering, value), index);
}

static LoopExpr *member_element(Driver *driver, const Value *member, const Shape *shape) {
    LoopExpr *inputs[MAX_INPUTS] = {NULL};
    for (int k = 0; k < member->input_count; k++)
        inputs[k] = nest_operand(driver, member->inputs[k], shape_elements(shape), shape_channels(shape));
    return member->op->element(&driver->lowering, member, inputs);
}

// The sum over chunks of what was accumulated, in the chunks' order.
static LoopExpr *combined_element(Driver *driver, const Value *value) {
    Lowering *lowering = &driver->lowering;
    LoopBuilder *build = &lowering->build;
    if (driver->consumes) return loop_variable(build, "accumulated", LOOP_REAL);
    if (driver->block) return loop_load(build, driver->block, driver->in_block);
    LoopExpr *zero = loop_integer(build, 0), *one = loop_integer(build, 1);
    LoopExpr *sum = loop_declare(build, "sum", lowering_partial(lowering, value, zero, driver->element));
    LoopExpr *others = loop_binary(build, LOOP_SUBTRACT, lowering_chunks(lowering), one);
    LoopExpr *chunk = loop_open(build, AXIS_REDUCE, "other", others);
    LoopExpr *next = loop_binary(build, LOOP_ADD, chunk, one);
    LoopExpr *partial = lowering_partial(lowering, value, next, driver->element);
    loop_assign(build, sum, loop_binary(build, LOOP_ADD, sum, partial));
    loop_close(build);
    return sum;
}

// The body of the nest: every member's element, stored where something outside reads it.
static void lower_members(Driver *driver, const Group *group) {
    LoopBuilder *build = &driver->lowering.build;
    for (int i = 0; i < group->members.count; i++) {
        const Value *member = group->members.items[i];
        if (is_effect(member)) {
            member->op->lower(&driver->lowering, member);
            continue;
        }
        LoopExpr *element = i == 0 && group->combines ? combined_element(driver, member)
                                                      : member_element(driver, member, group_shape(group));
        bool needed_later = i + 1 < group->members.count;
        if (needed_later && element->kind != LOOP_VARIABLE)
            element = loop_let(build, member->op->name, element);
        if (driver_stores(driver, member))
            loop_store(build, driver_buffer(driver, member, ROLE_VALUE, true), driver->element, element);
        driver->evaluated[member->id] = element;
    }
    for (int i = 0; i < group->members.count; i++) driver->evaluated[group->members.items[i]->id] = NULL;
    driver->element = driver->channel = NULL;
}

void lower_nest(Driver *driver, const Group *group) {
    if (nest_has_windows_or_sums(group)) {
        lower_window_nest(driver, group);
        return;
    }
    LoopBuilder *build = &driver->lowering.build;
    int64_t elements = shape_elements(group_shape(group)), channels = shape_channels(group_shape(group));
    if (!group_needs_channels(group)) {
        driver->element = loop_open_constant(build, AXIS_LANE, "i", elements);
        lower_members(driver, group);
        loop_close(build);
        return;
    }
    LoopExpr *pixel = loop_open_constant(build, AXIS_TILE, "pixel", elements / channels);
    driver->channel = loop_open_constant(build, AXIS_LANE, "channel", channels);
    driver->element = loop_scaled(build, pixel, channels, driver->channel);
    lower_members(driver, group);
    loop_close(build);
    loop_close(build);
}

// One block of the first member's rows, in scratch, or handed to the group as its kernel's consumer.
static void lower_block(Driver *driver, const Group *group, LoopExpr *piece, int64_t elements) {
    LoopBuilder *build = &driver->lowering.build;
    const Value *value = group->members.items[0];
    int64_t rows = elements / nest_block_columns(value);
    driver->scratch_used = 0;
    if (!driver->consumes) {
        driver->block = lowering_scratch(&driver->lowering, "block", elements);
        LoopExpr *i = loop_open_constant(build, AXIS_LANE, "i", elements);
        loop_store(build, driver->block, i, loop_number(build, 0));
        loop_close(build);
    }
    LoopExpr *of_run = loop_integer(build, rows / nest_block_runs(value));
    LoopExpr *first = loop_binary(build, LOOP_MULTIPLY, piece, of_run);
    value->op->block(&driver->lowering, value, loop_let(build, "first", first), rows, driver->block);
}

static bool consumes_blocks(const Group *group, int64_t elements) {
    const Value *first = group->members.items[0];
    return group->blocks && first->op->block_consumed &&
           first->op->block_consumed(first, elements / nest_block_columns(first));
}

void lower_nest_piece(Driver *driver, const Group *group, LoopExpr *piece) {
    LoopBuilder *build = &driver->lowering.build;
    const Op *op = group->members.items[0]->op;
    if (op->lower_piece) {
        driver->scratch_used = 0;
        op->lower_piece(&driver->lowering, group->members.items[0], piece);
        return;
    }
    int64_t elements = shape_elements(group_shape(group)), pieces = group_pieces(group);
    driver->consumes = consumes_blocks(group, elements / pieces);
    if (driver->consumes) {
        lower_block(driver, group, piece, elements / pieces);
        driver->consumes = false;
        return;
    }
    bool equal = elements % pieces == 0;
    int64_t runs = group->blocks ? nest_block_runs(group->members.items[0]) : 1;
    int64_t of_piece = group_piece_elements(group) / runs;
    LoopExpr *size = loop_integer(build, of_piece);
    LoopExpr *start = loop_let(build, "start", loop_binary(build, LOOP_MULTIPLY, piece, size));
    LoopExpr *left = loop_binary(build, LOOP_SUBTRACT, loop_integer(build, elements), start);
    LoopExpr *extent = equal ? size : loop_binary(build, LOOP_MINIMUM, left, size);
    if (group->blocks) lower_block(driver, group, piece, elements / pieces);
    LoopExpr *run = runs > 1 ? loop_open_constant(build, AXIS_TILE, "run", runs) : loop_integer(build, 0);
    LoopExpr *i = loop_open(build, AXIS_LANE, "i", extent);
    driver->element = loop_scaled(build, run, elements / runs, loop_binary(build, LOOP_ADD, start, i));
    driver->in_block = loop_scaled(build, run, of_piece, i);
    lower_members(driver, group);
    loop_close(build);
    if (runs > 1) loop_close(build);
    driver->block = NULL;
}

static void add_buffer(Arena *arena, Kernel *kernel, const Buffer *buffer) {
    for (int i = 0; i < kernel->epilogue_buffers.count; i++)
        if (kernel->epilogue_buffers.items[i] == buffer) return;
    list_add(arena, &kernel->epilogue_buffers, buffer);
}

// The buffers that an epilogue loads from, each once, in the order of their first use.
static void collect_buffers(Arena *arena, Kernel *kernel, const LoopExpr *expr) {
    if (!expr) return;
    if (expr->buffer) add_buffer(arena, kernel, expr->buffer);
    for (int i = 0; i < 3; i++) collect_buffers(arena, kernel, expr->operands[i]);
}

static bool has_variable(const LoopExpr *expr) {
    if (!expr || expr->kind == LOOP_VARIABLE) return expr != NULL;
    for (int i = 0; i < 3; i++)
        if (has_variable(expr->operands[i])) return true;
    return false;
}

// What is the same for all elements, of a consumer whose buffers are known otherwise: computed once, before
// the call, as a kernel has no registers left for it.
typedef struct Shared {
    const Buffer *buffer;
    int64_t count;
} Shared;

// The expression with these loaded from there; they are stored where `build` stands.
static LoopExpr *load_shared(LoopBuilder *build, Shared *shared, LoopExpr *expr) {
    bool leaf = !expr || expr->kind == LOOP_LOAD || !expr->operands[0];
    if (leaf) return expr;
    if (expr->type == LOOP_REAL && !has_variable(expr)) {
        require(shared->count < shared->buffer->elements);
        LoopExpr *place = loop_integer(build, shared->count++);
        loop_store(build, shared->buffer, place, expr);
        return loop_load(build, shared->buffer, place);
    }
    LoopExpr *copy = NEW(build->arena, LoopExpr);
    *copy = *expr;
    for (int i = 0; i < 3; i++) copy->operands[i] = load_shared(build, shared, expr->operands[i]);
    return copy;
}

void lower_consumer(Driver *driver, const Group *group, Kernel *kernel) {
    enum { MOST_SHARED = 16 };
    // Names begin anew: the same consumer of another layer is the same text.
    LoopBuilder around = driver->lowering.build;
    loop_builder_init(&driver->lowering.build, around.arena, &kernel->consumer);
    driver->element = loop_variable(&driver->lowering.build, "element", LOOP_INDEX);
    lower_members(driver, group);
    driver->lowering.build = around;
    Shared shared = {.buffer = lowering_scratch(&driver->lowering, "shared", MOST_SHARED)};
    for (int i = 0; i < kernel->consumer.count; i++) {
        LoopStatement *statement = kernel->consumer.items[i];
        statement->value = load_shared(&driver->lowering.build, &shared, statement->value);
        if (statement->buffer) add_buffer(around.arena, kernel, statement->buffer);
        collect_buffers(around.arena, kernel, statement->value);
    }
}

static bool contains(const LoopExpr *expr, const LoopExpr *part) {
    if (!expr || expr == part) return expr != NULL;
    for (int i = 0; i < 3; i++)
        if (contains(expr->operands[i], part)) return true;
    return false;
}

// Sums and products with what was accumulated on the left: layers that name their branches in another order
// have the same epilogue.
static void put_first(LoopExpr *expr, const LoopExpr *accumulated) {
    if (!expr) return;
    for (int i = 0; i < 3; i++) put_first(expr->operands[i], accumulated);
    bool commutes = expr->kind == LOOP_ADD || expr->kind == LOOP_MULTIPLY;
    LoopExpr *left = expr->operands[0], *right = expr->operands[1];
    if (!commutes || contains(left, accumulated) || !contains(right, accumulated)) return;
    expr->operands[0] = right;
    expr->operands[1] = left;
}

LoopExpr *lower_epilogue(Driver *driver, const Group *group, Kernel *kernel) {
    if (group->members.count < 2 || group->combines) return NULL;
    LoopBuilder *build = &driver->lowering.build;
    const Value *first = group->members.items[0];
    driver->element = loop_variable(build, "element", LOOP_INDEX);
    driver->channel = loop_variable(build, "channel", LOOP_INDEX);
    LoopExpr *accumulated = loop_variable(build, "accumulated", LOOP_REAL), *result = accumulated;
    driver->evaluated[first->id] = accumulated;
    for (int i = 1; i < group->members.count; i++) {
        result = member_element(driver, group->members.items[i], &first->shape);
        driver->evaluated[group->members.items[i]->id] = result;
    }
    for (int i = 0; i < group->members.count; i++) driver->evaluated[group->members.items[i]->id] = NULL;
    driver->element = driver->channel = NULL;
    put_first(result, accumulated);
    collect_buffers(driver->lowering.arena, kernel, result);
    return result;
}
