// Loops as C. A lane loop with a vector form is printed as a loop over whole vectors, and a remainder for the
// lanes that are left: a vector of which a part is stored, or numbers one by one.
#include "emit/c.h"
#include <string.h>

enum { MOST_UNROLLED = 64 };

static void print_plain(CPrinter *printer, const LoopStatement *loop, const char *start, const char *end,
                        const char *step) {
    const char *outer = printer->image;
    if (loop->axis == AXIS_IMAGE) printer->image = loop->name;
    if (loop->axis == AXIS_UNROLLED && loop->extent->kind == LOOP_INTEGER && loop->extent->integer > 1 &&
        loop->extent->integer <= MOST_UNROLLED)
        c_line(printer, "UNROLL(%lld)", (long long)loop->extent->integer);
    c_line(printer, "for (int64_t %s = %s; %s < %s; %s%s) {", loop->name, start, loop->name, end, loop->name,
           step);
    printer->depth++;
    c_body(printer, &loop->body);
    printer->depth--;
    c_line(printer, "}");
    printer->image = outer;
}

// --- accumulators: variables outside that the loop adds to, one vector each while it runs ---
typedef List(const LoopStatement *) Accumulators;

static void find_accumulators(Arena *arena, const LoopBody *body, Accumulators *found) {
    for (int i = 0; i < body->count; i++) {
        const LoopStatement *statement = body->items[i];
        find_accumulators(arena, &statement->body, found);
        if (statement->kind != LOOP_ACCUMULATE) continue;
        bool known = false;
        for (int j = 0; j < found->count; j++)
            if (strcmp(found->items[j]->name, statement->name) == 0) known = true;
        if (!known) list_add(arena, found, statement);
    }
}

static bool declares(const LoopBody *body, const char *name) {
    for (int i = 0; i < body->count; i++) {
        const LoopStatement *statement = body->items[i];
        if (statement->kind == LOOP_DECLARE && strcmp(statement->name, name) == 0) return true;
        if (declares(&statement->body, name)) return true;
    }
    return false;
}

static Accumulators outer_accumulators(Arena *arena, const LoopBody *body) {
    Accumulators all = {0}, outer = {0};
    find_accumulators(arena, body, &all);
    for (int i = 0; i < all.count; i++)
        if (!declares(body, all.items[i]->name)) list_add(arena, &outer, all.items[i]);
    return outer;
}

static void begin_accumulators(const CPrinter *printer, const Accumulators *accumulators) {
    for (int i = 0; i < accumulators->count; i++) {
        bool sum = accumulators->items[i]->operation == LOOP_ADD;
        c_line(printer, "vec %s_lanes = vec_all(%s);", accumulators->items[i]->name,
               sum ? "0" : "-REAL_INFINITY");
    }
}

static void end_accumulators(const CPrinter *printer, const Accumulators *accumulators) {
    for (int i = 0; i < accumulators->count; i++) {
        const char *name = accumulators->items[i]->name;
        if (accumulators->items[i]->operation == LOOP_ADD)
            c_line(printer, "%s += vec_sum(%s_lanes);", name, name);
        else
            c_line(printer, "%s = real_maximum(%s, vec_largest(%s_lanes));", name, name, name);
    }
}

static void print_part(CPrinter *printer, const LoopStatement *loop, const char *main_end) {
    printer->mode = LANES_PART;
    printer->part = arena_printf(printer->emit->arena, "%lld %% LANES", (long long)loop->extent->integer);
    c_line(printer, "if (%s) {", printer->part);
    printer->depth++;
    c_line(printer, "const int64_t %s = %s;", loop->name, main_end);
    c_body(printer, &loop->body);
    printer->depth--;
    c_line(printer, "}");
}

// --- stores of whole vectors that wait for a few of their like ---
// Weights lie in the caches of all cores that have read them, and a store to one has to wait until the others
// have given up its line. A processor asks for several lines at once, but only for stores that follow each
// other, not for those between which the optimizer's state is stored, whose lines no other core has.
enum { GATHERED = 8 };

static bool stores_kept(const LoopStatement *statement) {
    return statement->kind == LOOP_STORE && statement->buffer->base == BASE_FIXED &&
           statement->buffer->type == ELEMENT_REAL;
}

// The loop's last store, if it is one of several to what is kept from step to step; else NULL.
static const LoopStatement *gathered_store(const LoopStatement *loop) {
    const LoopBody *body = &loop->body;
    const LoopStatement *last = body->items[body->count - 1];
    bool divides = loop->extent->kind == LOOP_INTEGER && loop->extent->integer % (GATHERED * MOST_LANES) == 0;
    int64_t stride;
    if (!divides || !stores_kept(last) || !loop_stride(last->index, loop->name, &stride) || stride != 1)
        return NULL;
    bool others = false;
    for (int i = 0; i < body->count - 1; i++) {
        const LoopStatement *statement = body->items[i];
        others |= stores_kept(statement);
        if (statement->kind == LOOP_LET && loop_uses(last->index, statement->name)) return NULL;
    }
    return others ? last : NULL;
}

static void open_gathered(CPrinter *printer, const LoopStatement *loop) {
    c_line(printer, "UNROLL(%d)", GATHERED);
    c_line(printer, "for (int64_t turn = 0; turn < %d; turn++) {", GATHERED);
    printer->depth++;
    c_line(printer, "const int64_t %s = %s_first + turn * LANES;", loop->name, loop->name);
}

static void close_gathered(CPrinter *printer) {
    printer->depth--;
    c_line(printer, "}");
}

static void print_gathered(CPrinter *printer, const LoopStatement *loop, const LoopStatement *store) {
    const char *name = loop->name;
    c_line(printer, "for (int64_t %s_first = 0; %s_first < %lld; %s_first += %d * LANES) {", name, name,
           (long long)loop->extent->integer, name, GATHERED);
    printer->depth++;
    c_line(printer, "vec gathered[%d];", GATHERED);
    open_gathered(printer, loop);
    printer->gathered = store;
    c_body(printer, &loop->body);
    printer->gathered = NULL;
    close_gathered(printer);
    open_gathered(printer, loop);
    c_line(printer, "vec_store(%s, gathered[turn]);", c_pointer(printer, store->buffer, store->index));
    close_gathered(printer);
    printer->depth--;
    c_line(printer, "}");
}

static void print_lanes(CPrinter *printer, const LoopStatement *loop, LanePlan plan) {
    Arena *arena = printer->emit->arena;
    const char *extent = c_expression(printer, loop->extent);
    bool constant = loop->extent->kind == LOOP_INTEGER;
    // Numbers of lanes are powers of two up to MOST_LANES.
    bool divides = constant && loop->extent->integer % MOST_LANES == 0;
    const char *main_end = divides    ? extent
                           : constant ? arena_printf(arena, "%s - %s %% LANES", extent, extent)
                                      : arena_printf(arena, "(%s) / LANES * LANES", extent);
    Accumulators accumulators = outer_accumulators(arena, &loop->body);
    if (accumulators.count) {
        c_line(printer, "{");
        printer->depth++;
        begin_accumulators(printer, &accumulators);
    }
    int outside = printer->names.count;
    LaneName lane = {.name = loop->name, .affine = true, .stride = 1};
    list_add(arena, &printer->names, lane);
    printer->mode = LANES_WHOLE;
    const LoopStatement *gathered = gathered_store(loop);
    if (gathered)
        print_gathered(printer, loop, gathered);
    else
        print_plain(printer, loop, "0", main_end, " += LANES");
    if (!divides && plan.part) print_part(printer, loop, main_end);
    printer->mode = LANES_SCALAR;
    printer->names.count = outside;
    end_accumulators(printer, &accumulators);
    if (!divides && !plan.part) print_plain(printer, loop, main_end, extent, "++");
    if (accumulators.count) {
        printer->depth--;
        c_line(printer, "}");
    }
}

void c_loop(CPrinter *printer, const LoopStatement *loop) {
    if (loop->axis == AXIS_LANE && printer->mode == LANES_SCALAR) {
        LanePlan plan = lane_plan(printer, loop);
        if (plan.vector) {
            print_lanes(printer, loop, plan);
            return;
        }
    }
    print_plain(printer, loop, "0", c_expression(printer, loop->extent), "++");
}
