// Nests over the windows of a pool, and nests with sums over pixels.
//
// With sums, the channels are the outermost loop, so that the sums of a vector of channels stay in registers
// over the whole image; else they are the innermost, in the order of memory. What lies at the image's edge
// outside of all windows is a nest over pixels of its own: for it, a forward pool has nothing to do, and a
// backward one gives zeros.
#include "ops/pool.h"
#include "plan/driver.h"

enum { MOST_ROWS = 4 }; // of a sum's result

// The variables that a sum adds to: over the image, and over the window that the nest is at.
typedef struct Sum {
    const Value *value;
    int rows;
    LoopExpr *total[MOST_ROWS], *part[MOST_ROWS];
} Sum;

typedef struct Nest {
    Driver *driver;
    LoopBuilder *build;
    const Group *group;
    int64_t pixels, channels; // elements of a pixel member; channels of all
    int64_t windows;          // elements of a member that has one number a window
    Window window;
    List(Sum) sums;
    List(int) hoisted; // ids of operands with one number a channel, loaded once a vector of channels
    LoopExpr *(*state)[POOL_STATES]; // by member: of a forward pool
    LoopExpr *(*spread)[MAX_INPUTS]; // by member: what a backward pool spreads over the window
    bool *at_edge;                   // by member: needed outside of all windows
} Nest;

static NestLevel level_of(const Nest *nest, int member) {
    return nest->group->pool ? nest->group->levels.items[member] : NEST_PIXEL;
}

static LoopExpr *evaluated(const Nest *nest, const Value *value) {
    return nest->driver->evaluated[value_root((Value *)value)->id];
}

static void set_evaluated(Nest *nest, const Value *value, LoopExpr *element) {
    nest->driver->evaluated[value_root((Value *)value)->id] = element;
}

// --- per channel: operands, sums ---

static void hoist(Nest *nest, const Value *operand) {
    Driver *driver = nest->driver;
    const Value *root = value_root((Value *)operand);
    int64_t own = shape_elements(&operand->shape);
    if (own != nest->channels || own == nest->pixels || own == 1 || evaluated(nest, operand)) return;
    for (int i = 0; i < nest->group->members.count; i++)
        if (nest->group->members.items[i] == root) return;
    LoopExpr *number = loop_load(nest->build, lowering_buffer(&driver->lowering, root), driver->channel);
    set_evaluated(nest, root, loop_let(nest->build, root->op->name, number));
    list_add(driver->lowering.arena, &nest->hoisted, root->id);
}

static void open_channels(Nest *nest) {
    nest->driver->channel = loop_open_constant(nest->build, AXIS_LANE, "channel", nest->channels);
    for (int i = 0; i < nest->group->members.count; i++) {
        const Value *member = nest->group->members.items[i];
        for (int k = 0; k < member->input_count; k++) hoist(nest, member->inputs[k]);
    }
}

static void close_channels(Nest *nest) {
    for (int i = 0; i < nest->hoisted.count; i++) nest->driver->evaluated[nest->hoisted.items[i]] = NULL;
    nest->hoisted.count = 0;
    loop_close(nest->build);
}

static void declare_sums(Nest *nest) {
    for (int i = 0; i < nest->sums.count; i++)
        for (int row = 0; row < nest->sums.items[i].rows; row++)
            nest->sums.items[i].total[row] = loop_declare(nest->build, "total", loop_number(nest->build, 0));
}

// What was added up for the image goes to what the chunk holds.
static void flush_sums(Nest *nest) {
    LoopBuilder *build = nest->build;
    for (int i = 0; i < nest->sums.count; i++) {
        const Sum *sum = &nest->sums.items[i];
        const Buffer *output = driver_buffer(nest->driver, sum->value, ROLE_PARTIAL, true);
        for (int row = 0; row < sum->rows; row++) {
            LoopExpr *at = loop_binary(build, LOOP_ADD, nest->driver->channel,
                                       loop_integer(build, row * nest->channels));
            LoopExpr *before = loop_load(build, output, at);
            loop_store(build, output, at, loop_binary(build, LOOP_ADD, before, sum->total[row]));
        }
    }
}

// A window's pixels are added up first, so that windows do not wait for each other.
static void begin_window_sums(Nest *nest) {
    for (int i = 0; i < nest->sums.count; i++)
        for (int row = 0; row < nest->sums.items[i].rows; row++)
            nest->sums.items[i].part[row] = loop_declare(nest->build, "part", loop_number(nest->build, 0));
}

static void end_window_sums(Nest *nest) {
    LoopBuilder *build = nest->build;
    for (int i = 0; i < nest->sums.count; i++) {
        Sum *sum = &nest->sums.items[i];
        for (int row = 0; row < sum->rows; row++) {
            loop_assign(build, sum->total[row],
                        loop_binary(build, LOOP_ADD, sum->total[row], sum->part[row]));
            sum->part[row] = NULL;
        }
    }
}

static void add_to_sum(Nest *nest, const Value *value, LoopExpr *const *inputs) {
    Lowering *lowering = &nest->driver->lowering;
    for (int i = 0; i < nest->sums.count; i++) {
        Sum *sum = &nest->sums.items[i];
        if (sum->value != value) continue;
        for (int row = 0; row < sum->rows; row++) {
            LoopExpr *into = sum->part[row] ? sum->part[row] : sum->total[row];
            LoopExpr *term = value->op->term(lowering, value, inputs, row);
            loop_assign(nest->build, into, loop_binary(nest->build, LOOP_ADD, into, term));
        }
    }
}

// --- members ---

static void operands(Nest *nest, const Value *member, int64_t elements, LoopExpr **inputs) {
    for (int k = 0; k < member->input_count; k++)
        inputs[k] = nest_operand(nest->driver, member->inputs[k], elements, nest->channels);
}

static void keep(Nest *nest, const Value *member, LoopExpr *element) {
    Driver *driver = nest->driver;
    if (element->kind != LOOP_VARIABLE && element->kind != LOOP_NUMBER)
        element = loop_let(nest->build, member->op->name, element);
    if (driver->function->placements[member->id].storage != STORAGE_NONE)
        loop_store(nest->build, driver_buffer(driver, member, ROLE_VALUE, true), driver->element, element);
    set_evaluated(nest, member, element);
}

// An elementwise member, or what a pixel or window adds to a sum.
static void compute(Nest *nest, const Value *member, int64_t elements) {
    LoopExpr *inputs[MAX_INPUTS] = {NULL};
    operands(nest, member, elements, inputs);
    if (member->op->term) {
        add_to_sum(nest, member, inputs);
        return;
    }
    keep(nest, member, member->op->element(&nest->driver->lowering, member, inputs));
}

static LoopExpr *part_of_mean(const Nest *nest, const Value *pool) {
    int64_t positions = nest->window.size[0] * nest->window.size[1];
    return pool->op->pool->divides ? loop_number(nest->build, 1.0 / (double)positions) : NULL;
}

static void add_to_pool(Nest *nest, int member, LoopExpr *position) {
    const Value *pool = nest->group->members.items[member];
    LoopExpr *number = nest_operand(nest->driver, pool->inputs[0], nest->pixels, nest->channels);
    if (number->kind != LOOP_VARIABLE) number = loop_let(nest->build, "number", number);
    pool->op->pool->add(&nest->driver->lowering, nest->state[member], number, position);
}

// All members at the pixel that driver->element is. position: in its window; NULL outside of all windows.
static void compute_pixel(Nest *nest, LoopExpr *position) {
    Lowering *lowering = &nest->driver->lowering;
    for (int i = 0; i < nest->group->members.count; i++) {
        const Value *member = nest->group->members.items[i];
        const PoolRules *rules = member->op->pool;
        if (!position && !nest->at_edge[i]) continue;
        if (rules && pool_is_forward(member))
            add_to_pool(nest, i, position);
        else if (rules && position)
            keep(nest, member,
                 rules->spread(lowering, nest->spread[i], position, part_of_mean(nest, member)));
        else if (rules)
            keep(nest, member, loop_number(nest->build, 0));
        else if (level_of(nest, i) == NEST_PIXEL)
            compute(nest, member, nest->pixels);
    }
}

static void before_pixels(Nest *nest) {
    for (int i = 0; i < nest->group->members.count; i++) {
        const Value *member = nest->group->members.items[i];
        if (level_of(nest, i) == NEST_BEFORE) compute(nest, member, nest->windows);
        if (!member->op->pool) continue;
        if (pool_is_forward(member)) {
            member->op->pool->begin(&nest->driver->lowering, member, nest->state[i]);
            continue;
        }
        operands(nest, member, nest->windows, nest->spread[i]);
        for (int k = 0; k < member->input_count; k++)
            if (nest->spread[i][k]->kind != LOOP_VARIABLE)
                nest->spread[i][k] = loop_let(nest->build, "spread", nest->spread[i][k]);
    }
}

static void after_pixels(Nest *nest) {
    Driver *driver = nest->driver;
    for (int i = 0; i < nest->group->members.count; i++) {
        const Value *member = nest->group->members.items[i];
        if (level_of(nest, i) != NEST_AFTER) continue;
        if (!member->op->pool) {
            compute(nest, member, nest->windows);
            continue;
        }
        LoopExpr *part = part_of_mean(nest, member);
        keep(nest, member, member->op->pool->end(&driver->lowering, nest->state[i], part));
        const Buffer *also = lowering_also(&driver->lowering, member);
        if (also) loop_store(nest->build, also, driver->element, nest->state[i][1]);
    }
}

static void forget(Nest *nest) {
    for (int i = 0; i < nest->group->members.count; i++)
        set_evaluated(nest, nest->group->members.items[i], NULL);
    nest->driver->element = NULL;
}

// --- loops ---

static LoopExpr *element_at(const Nest *nest, LoopExpr *pixel) {
    return loop_scaled(nest->build, pixel, nest->channels, nest->driver->channel);
}

static void lower_windows(Nest *nest) {
    LoopBuilder *build = nest->build;
    LoopExpr *row = loop_open_constant(build, AXIS_TILE, "row", nest->window.out_height);
    LoopExpr *column = loop_open_constant(build, AXIS_TILE, "column", nest->window.out_width);
    if (!nest->sums.count) open_channels(nest);
    LoopExpr *at = element_at(nest, loop_scaled(build, row, nest->window.out_width, column));
    begin_window_sums(nest);
    nest->driver->element = at;
    before_pixels(nest);
    PoolTap tap = tap_open(build, &nest->window, row, column);
    nest->driver->element = element_at(nest, tap.pixel);
    compute_pixel(nest, tap.position);
    tap_close(build, &tap);
    nest->driver->element = at;
    after_pixels(nest);
    end_window_sums(nest);
    forget(nest);
    if (!nest->sums.count) close_channels(nest);
    loop_close(build);
    loop_close(build);
}

// Pixels of `rows` x `columns` from (top, left) on, in an image that is `width` wide.
static void lower_pixels(Nest *nest, int64_t top, int64_t left, int64_t rows, int64_t columns,
                         int64_t width) {
    LoopBuilder *build = nest->build;
    if (rows < 1 || columns < 1) return;
    LoopExpr *row = loop_open_constant(build, AXIS_TILE, "row", rows);
    LoopExpr *column = loop_open_constant(build, AXIS_TILE, "column", columns);
    if (!nest->sums.count) open_channels(nest);
    LoopExpr *y = loop_binary(build, LOOP_ADD, row, loop_integer(build, top));
    LoopExpr *x = loop_binary(build, LOOP_ADD, column, loop_integer(build, left));
    nest->driver->element = element_at(nest, loop_scaled(build, y, width, x));
    compute_pixel(nest, NULL);
    forget(nest);
    if (!nest->sums.count) close_channels(nest);
    loop_close(build);
    loop_close(build);
}

// What is stored or added up of the pixels outside of all windows, and what that needs.
static void find_edge_members(Nest *nest) {
    const Group *group = nest->group;
    for (int i = group->members.count - 1; i >= 0; i--) {
        const Value *member = group->members.items[i];
        bool pixel = level_of(nest, i) == NEST_PIXEL;
        if (pixel &&
            (member->op->term || nest->driver->function->placements[member->id].storage != STORAGE_NONE))
            nest->at_edge[i] = true;
        if (!nest->at_edge[i] || member->op->pool) continue;
        for (int k = 0; k < member->input_count; k++)
            for (int j = 0; j < i; j++)
                if (group->members.items[j] == value_root(member->inputs[k])) nest->at_edge[j] = true;
    }
}

static void lower_edges(Nest *nest) {
    const Window *window = &nest->window;
    int64_t height = window->out_height * window->size[0], width = window->out_width * window->size[1];
    bool needed = false;
    for (int i = 0; i < nest->group->members.count; i++) needed |= nest->at_edge[i];
    if (!needed) return;
    lower_pixels(nest, 0, width, height, window->width - width, window->width);
    lower_pixels(nest, height, 0, window->height - height, window->width, window->width);
}

static void find_sums(Nest *nest) {
    for (int i = 0; i < nest->group->members.count; i++) {
        const Value *member = nest->group->members.items[i];
        if (!member->op->term) continue;
        int rows = (int)(shape_elements(&member->shape) / nest->channels);
        require(rows <= MOST_ROWS);
        list_add(nest->driver->lowering.arena, &nest->sums, ((Sum){.value = member, .rows = rows}));
    }
}

bool nest_has_windows_or_sums(const Group *group) {
    for (int i = 0; i < group->members.count; i++)
        if (group->members.items[i]->op->term && !group->combines) return true;
    return group->pool != NULL;
}

void lower_window_nest(Driver *driver, const Group *group) {
    Arena *arena = driver->lowering.arena;
    int members = group->members.count;
    Nest nest = {.driver = driver,
                 .build = &driver->lowering.build,
                 .group = group,
                 .pixels = shape_elements(group_shape(group)),
                 .channels = shape_channels(group_shape(group)),
                 .state = arena_alloc(arena, (size_t)members * sizeof *nest.state),
                 .spread = arena_alloc(arena, (size_t)members * sizeof *nest.spread),
                 .at_edge = NEW_ARRAY(arena, bool, members)};
    find_sums(&nest);
    if (nest.sums.count) {
        open_channels(&nest);
        declare_sums(&nest);
    }
    if (group->pool) {
        nest.window = pool_window(group->pool);
        nest.windows = shape_elements(group_window_shape(group));
        find_edge_members(&nest);
        lower_windows(&nest);
        lower_edges(&nest);
    } else {
        for (int i = 0; i < members; i++) nest.at_edge[i] = true;
        lower_pixels(&nest, 0, 0, 1, nest.pixels / nest.channels, nest.pixels / nest.channels);
    }
    if (!nest.sums.count) return;
    flush_sums(&nest);
    close_channels(&nest);
}
