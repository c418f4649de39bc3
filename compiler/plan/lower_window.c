// Nests over the windows of a pool, and nests with sums over pixels.
//
// A row of windows is gone through once for each vector of channels, while it is in the first-level cache:
// what the row adds to a sum is in registers until its end, and what all its windows read is loaded once.
// Where there are no windows, a few pixels beside each other take the row's place. What lies at the image's
// edge outside of all windows is a nest over pixels of its own: for it, a forward pool has nothing to do, and
// a backward one gives zeros.
#include "ops/pool.h"
#include "plan/driver.h"

enum {
    MOST_ROWS = 32,        // of a sum's result
    PIXELS_TOGETHER = 4,   // that take a window's place where there are no windows
    SUMMED_TOGETHER = 1024 // numbers of a tensor whose sums stay in registers where there are no windows
};

// What the row or the pixels that the nest is at add to a sum.
typedef struct Sum {
    const Value *value;
    int rows;
    LoopExpr *part[MOST_ROWS];
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
    return nest->driver->evaluated[value_elements(value)->id];
}

static void set_evaluated(Nest *nest, const Value *value, LoopExpr *element) {
    nest->driver->evaluated[value_elements(value)->id] = element;
}

// Whether the member reads its input k by itself, around the pixel and not at it: all but the number that a
// sum takes from the nest.
static bool gathers(const Value *member, int k) {
    return member->op->nests && (k == 0 || !value_has_term(member));
}

// --- per channel: operands, sums ---

static void hoist(Nest *nest, const Value *operand) {
    Driver *driver = nest->driver;
    const Value *value = value_elements(operand);
    int64_t own = shape_elements(&operand->shape);
    if (own != nest->channels || own == nest->pixels || own == 1 || evaluated(nest, operand)) return;
    for (int i = 0; i < nest->group->members.count; i++)
        if (nest->group->members.items[i] == value) return;
    LoopExpr *number = loop_load(nest->build, lowering_buffer(&driver->lowering, value), driver->channel);
    set_evaluated(nest, value, loop_let(nest->build, value->op->name, number));
    list_add(driver->lowering.arena, &nest->hoisted, value->id);
}

static void open_channels(Nest *nest) {
    nest->driver->channel = loop_open_constant(nest->build, AXIS_LANE, "channel", nest->channels);
    for (int i = 0; i < nest->group->members.count; i++) {
        const Value *member = nest->group->members.items[i];
        for (int k = 0; k < member->input_count; k++)
            if (!gathers(member, k)) hoist(nest, member->inputs[k]);
    }
}

static void close_channels(Nest *nest) {
    for (int i = 0; i < nest->hoisted.count; i++) nest->driver->evaluated[nest->hoisted.items[i]] = NULL;
    nest->hoisted.count = 0;
    loop_close(nest->build);
}

static void begin_sums(Nest *nest) {
    for (int i = 0; i < nest->sums.count; i++)
        for (int row = 0; row < nest->sums.items[i].rows; row++)
            nest->sums.items[i].part[row] = loop_declare(nest->build, "part", loop_number(nest->build, 0));
}

// The part goes to what the chunk holds.
static void end_sums(Nest *nest) {
    LoopBuilder *build = nest->build;
    for (int i = 0; i < nest->sums.count; i++) {
        const Sum *sum = &nest->sums.items[i];
        const Buffer *output = driver_buffer(nest->driver, sum->value, ROLE_PARTIAL, true);
        for (int row = 0; row < sum->rows; row++) {
            LoopExpr *first = loop_integer(build, row * nest->channels);
            LoopExpr *at = loop_binary(build, LOOP_ADD, nest->driver->channel, first);
            LoopExpr *before = loop_load(build, output, at);
            loop_store(build, output, at, loop_binary(build, LOOP_ADD, before, sum->part[row]));
        }
    }
}

static void add_to_sum(Nest *nest, const Value *value, LoopExpr *const *inputs) {
    Lowering *lowering = &nest->driver->lowering;
    for (int i = 0; i < nest->sums.count; i++) {
        const Sum *sum = &nest->sums.items[i];
        for (int row = 0; row < sum->rows && sum->value == value; row++) {
            LoopExpr *term = value->op->term(lowering, value, inputs, row);
            loop_assign(nest->build, sum->part[row],
                        loop_binary(nest->build, LOOP_ADD, sum->part[row], term));
        }
    }
}

// --- members ---

static void operands(Nest *nest, const Value *member, int64_t elements, LoopExpr **inputs) {
    for (int k = 0; k < member->input_count; k++)
        inputs[k] = gathers(member, k)
                        ? NULL
                        : nest_operand(nest->driver, member->inputs[k], elements, nest->channels);
}

static void keep(Nest *nest, const Value *member, LoopExpr *element) {
    Driver *driver = nest->driver;
    if (element->kind != LOOP_VARIABLE && element->kind != LOOP_NUMBER)
        element = loop_let(nest->build, member->op->name, element);
    if (driver_stores(driver, member))
        loop_store(nest->build, driver_buffer(driver, member, ROLE_VALUE, true), driver->element, element);
    set_evaluated(nest, member, element);
}

// An elementwise member, or what a pixel or window adds to a sum.
static void compute(Nest *nest, const Value *member, int64_t elements) {
    LoopExpr *inputs[MAX_INPUTS] = {NULL};
    operands(nest, member, elements, inputs);
    if (value_has_term(member)) {
        add_to_sum(nest, member, inputs);
        return;
    }
    keep(nest, member, member->op->element(&nest->driver->lowering, member, inputs));
}

// Windows that lie side by side have no padding: the part is the same in all of them.
static LoopExpr *part_of_mean(const Nest *nest, const Value *pool) {
    return pool_part(nest->build, pool, &nest->window, NULL, NULL);
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

static void go_to(Nest *nest, LoopExpr *element, LoopExpr *row, LoopExpr *column) {
    nest->driver->element = element;
    nest->driver->pixel[0] = row;
    nest->driver->pixel[1] = column;
}

static void lower_windows(Nest *nest) {
    LoopBuilder *build = nest->build;
    LoopExpr *row = loop_open_constant(build, AXIS_TILE, "row", nest->window.out_height);
    open_channels(nest);
    begin_sums(nest);
    LoopExpr *column = loop_open_constant(build, AXIS_TILE, "column", nest->window.out_width);
    LoopExpr *at = element_at(nest, loop_scaled(build, row, nest->window.out_width, column));
    go_to(nest, at, row, column);
    before_pixels(nest);
    PoolTap tap = tap_open(build, &nest->window, row, column);
    go_to(nest, element_at(nest, tap.pixel), tap.y, tap.x);
    compute_pixel(nest, tap.position);
    tap_close(build, &tap);
    go_to(nest, at, row, column);
    after_pixels(nest);
    forget(nest);
    loop_close(build);
    end_sums(nest);
    close_channels(nest);
    loop_close(build);
}

// Where pixels are read around, a nest knows them by row and column, else by their number alone.
typedef struct Run {
    LoopExpr *row;    // of its pixels
    LoopExpr *before; // pixels in the rows above it
    int64_t first, count;
} Run;

// `unrolled` of a run's pixels: those of step `step`.
static void lower_columns(Nest *nest, const Run *run, LoopExpr *step, int64_t unrolled) {
    LoopBuilder *build = nest->build;
    LoopExpr *one = loop_open_constant(build, AXIS_UNROLLED, "pixel", unrolled);
    LoopExpr *column = plus(build, loop_integer(build, run->first), loop_scaled(build, step, unrolled, one));
    go_to(nest, element_at(nest, plus(build, run->before, column)), run->row, column);
    compute_pixel(nest, NULL);
    forget(nest);
    loop_close(build);
}

// A run of pixels outside of all windows, `together` times `unrolled` at a time, which divides their number.
static void lower_run(Nest *nest, const Run *run, int64_t together, int64_t unrolled) {
    LoopBuilder *build = nest->build;
    if (run->count < 1) return;
    LoopExpr *step = loop_open_constant(build, AXIS_TILE, "step", run->count / (together * unrolled));
    open_channels(nest);
    begin_sums(nest);
    if (together > 1)
        step = loop_scaled(build, step, together, loop_open_constant(build, AXIS_TILE, "part", together));
    lower_columns(nest, run, step, unrolled);
    if (together > 1) loop_close(build);
    end_sums(nest);
    close_channels(nest);
    loop_close(build);
}

// The run's first pixels, as many as come out even with `together` times `unrolled`.
static void lower_part(Nest *nest, Run *run, int64_t together, int64_t unrolled) {
    Run part = *run;
    part.count -= part.count % (together * unrolled);
    lower_run(nest, &part, together, unrolled);
    run->first += part.count;
    run->count -= part.count;
}

// Of few channels, more pixels are summed up before that is added to what the chunk holds: it is stored as
// a part of a vector, and a load that follows soon has to wait.
static void lower_pixels(Nest *nest, Run run) {
    int64_t together = SUMMED_TOGETHER / (nest->channels * PIXELS_TOGETHER);
    if (nest->sums.count > 0 && together > 1) {
        int64_t fours = run.count / PIXELS_TOGETHER;
        int64_t steps = (fours + together - 1) / together;
        if (steps > 0) lower_part(nest, &run, (fours + steps - 1) / steps, PIXELS_TOGETHER);
        if (run.count >= PIXELS_TOGETHER)
            lower_part(nest, &run, run.count / PIXELS_TOGETHER, PIXELS_TOGETHER);
    }
    lower_part(nest, &run, 1, PIXELS_TOGETHER);
    lower_part(nest, &run, 1, 1);
}

// The pixels of a row from column `first` on.
static Run run_of_row(const Nest *nest, LoopExpr *row, int64_t first) {
    int64_t width = group_shape(nest->group)->dim[1];
    LoopExpr *before = loop_scaled(nest->build, row, width, loop_integer(nest->build, 0));
    return (Run){row, before, first, width - first};
}

// Pixels from column `first` on of `rows` rows, which are summed up `together` at a time.
static void lower_rows_together(Nest *nest, int64_t first_row, int64_t rows, int64_t together,
                                int64_t first) {
    LoopBuilder *build = nest->build;
    LoopExpr *step = loop_open_constant(build, AXIS_TILE, "step", rows / together);
    open_channels(nest);
    begin_sums(nest);
    LoopExpr *number = loop_open_constant(build, AXIS_TILE, "row", together);
    LoopExpr *row = plus(build, loop_integer(build, first_row), loop_scaled(build, step, together, number));
    Run run = run_of_row(nest, row, first);
    int64_t fours = run.count / PIXELS_TOGETHER, rest = run.count % PIXELS_TOGETHER;
    if (fours > 0) {
        lower_columns(nest, &run, loop_open_constant(build, AXIS_TILE, "part", fours), PIXELS_TOGETHER);
        loop_close(build);
    }
    run.first += fours * PIXELS_TOGETHER;
    if (rest > 0) lower_columns(nest, &run, loop_integer(build, 0), rest);
    loop_close(build);
    end_sums(nest);
    close_channels(nest);
    loop_close(build);
}

// Pixels from column `first` on of `rows` rows.
static void lower_rows(Nest *nest, int64_t first_row, int64_t rows, int64_t first) {
    LoopBuilder *build = nest->build;
    int64_t count = group_shape(nest->group)->dim[1] - first;
    if (count < 1) return;
    int64_t together = SUMMED_TOGETHER / (nest->channels * count);
    if (nest->sums.count > 0 && together > 1 && rows > 1) {
        int64_t steps = (rows + together - 1) / together, even = (rows + steps - 1) / steps;
        int64_t rest = rows % even;
        lower_rows_together(nest, first_row, rows - rest, even, first);
        if (rest > 0) lower_rows_together(nest, first_row + rows - rest, rest, rest, first);
        return;
    }
    LoopExpr *number = loop_open_constant(build, AXIS_TILE, "row", rows);
    lower_pixels(nest, run_of_row(nest, plus(build, loop_integer(build, first_row), number), first));
    loop_close(build);
}

// What is stored or added up of the pixels outside of all windows, and what that needs.
static void find_edge_members(Nest *nest) {
    const Group *group = nest->group;
    for (int i = group->members.count - 1; i >= 0; i--) {
        const Value *member = group->members.items[i];
        bool pixel = level_of(nest, i) == NEST_PIXEL;
        if (pixel && (value_has_term(member) || driver_stores(nest->driver, member))) nest->at_edge[i] = true;
        if (!nest->at_edge[i] || member->op->pool) continue;
        for (int k = 0; k < member->input_count; k++)
            for (int j = 0; j < i; j++)
                if (group->members.items[j] == value_root(member->inputs[k])) nest->at_edge[j] = true;
    }
}

// To the right of the windows, then below them.
static void lower_edges(Nest *nest) {
    const Window *window = &nest->window;
    int64_t height = window->out_height * window->size[0], width = window->out_width * window->size[1];
    bool needed = false;
    for (int i = 0; i < nest->group->members.count; i++) needed |= nest->at_edge[i];
    if (!needed) return;
    lower_rows(nest, 0, height, width);
    lower_rows(nest, height, window->height - height, 0);
}

// Of a nest without windows: row by row only where that is needed.
static void lower_all_pixels(Nest *nest) {
    int64_t pixels = nest->pixels / nest->channels;
    for (int i = 0; i < nest->group->members.count; i++)
        if (nest->group->members.items[i]->op->nests) {
            lower_rows(nest, 0, group_shape(nest->group)->dim[0], 0);
            return;
        }
    lower_pixels(nest, (Run){NULL, loop_integer(nest->build, 0), 0, pixels});
}

static void find_sums(Nest *nest) {
    for (int i = 0; i < nest->group->members.count; i++) {
        const Value *member = nest->group->members.items[i];
        if (!value_has_term(member)) continue;
        int rows = (int)(shape_elements(&member->shape) / nest->channels);
        require(rows <= MOST_ROWS);
        list_add(nest->driver->lowering.arena, &nest->sums, ((Sum){.value = member, .rows = rows}));
    }
}

bool nest_has_windows_or_sums(const Group *group) {
    for (int i = 0; i < group->members.count; i++)
        if (!group->combines &&
            (value_has_term(group->members.items[i]) || group->members.items[i]->op->nests))
            return true;
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
    if (group->pool) {
        nest.window = pool_window(group->pool);
        nest.windows = shape_elements(group_window_shape(group));
        find_edge_members(&nest);
        lower_windows(&nest);
        lower_edges(&nest);
    } else {
        for (int i = 0; i < members; i++) nest.at_edge[i] = true;
        lower_all_pixels(&nest);
    }
}
