// Statements as C, but loops (c_loop.c) and kernel calls (c_kernel.c).
#include "emit/c.h"

void c_line(const CPrinter *printer, const char *format, ...) {
    text_printf(printer->emit->out, "%*s", printer->depth * 4, "");
    va_list arguments;
    va_start(arguments, format);
    text_vprintf(printer->emit->out, format, arguments);
    va_end(arguments);
    text_add(printer->emit->out, "\n");
}

const char *c_element_type(const Buffer *buffer) {
    if (buffer->base == BASE_INDEX) return "uint32_t";
    static const char *const names[] = {"real", "uint8_t", "int32_t"};
    return names[buffer->type];
}

static const char *base_text(const CPrinter *printer, const Buffer *buffer) {
    Arena *arena = printer->emit->arena;
    const EmitLayout *layout = &printer->emit->layout;
    switch (buffer->base) {
    case BASE_FIXED: return arena_printf(arena, "frame->arena + %lld", (long long)buffer->offset);
    case BASE_CHUNK: return arena_printf(arena, "memory + %lld", (long long)buffer->offset);
    case BASE_SCRATCH: return arena_printf(arena, "scratch + %lld", (long long)buffer->offset);
    case BASE_GRADIENTS: return arena_printf(arena, "frame->gradients + %lld", (long long)buffer->offset);
    case BASE_CHUNKS:
        return arena_printf(arena, "frame->arena + %lld", (long long)(layout->fixed_bytes + buffer->offset));
    case BASE_IMAGES: return "frame->images";
    case BASE_LABELS: return "frame->labels";
    case BASE_INDEX:
        return arena_printf(arena, "frame->index + chunk * %lld", (long long)layout->chunk_images);
    case BASE_SLOTS: return "frame->values->slot";
    }
    fault("buffer %s has no base", buffer->name);
}

static void print_buffer(const CPrinter *printer, const Buffer *buffer) {
    Arena *arena = printer->emit->arena;
    const char *start = base_text(printer, buffer);
    if (buffer->stride && printer->image)
        start = arena_printf(arena, "%s + %s * %lld", start, printer->image, (long long)buffer->stride);
    bool in_arena = buffer->base <= BASE_CHUNKS;
    const char *type = arena_printf(arena, "%s%s *", buffer->written ? "" : "const ", c_element_type(buffer));
    const char *comment = "";
    if (buffer->comment && *buffer->comment) comment = arena_printf(arena, " // %s", buffer->comment);
    if (in_arena)
        c_line(printer, "%s%s = (%s)(%s);%s", type, buffer->name, type, start, comment);
    else
        c_line(printer, "%s%s = %s;%s", type, buffer->name, start, comment);
}

// The C type of a local, and its value's text.
static void print_definition(CPrinter *printer, const LoopStatement *statement) {
    static const char *const scalars[] = {"real", "int64_t", "bool"};
    bool vector = false;
    if (printer->mode != LANES_SCALAR) {
        int before = printer->names.count;
        require(lane_define(printer, statement));
        vector = printer->names.count > before && !printer->names.items[before].affine;
        if (vector) printer->names.count = before; // the value is printed without the name it defines
    }
    const char *constant = statement->kind == LOOP_LET ? "const " : "";
    const char *type = scalars[statement->type];
    if (vector) type = statement->type == LOOP_TRUTH ? "vec_mask" : "vec";
    bool as_vector = vector && statement->type != LOOP_TRUTH;
    const char *value =
        as_vector ? c_vector(printer, statement->value) : c_expression(printer, statement->value);
    c_line(printer, "%s%s %s = %s;", constant, type, statement->name, value);
    if (vector) list_add(printer->emit->arena, &printer->names, ((LaneName){.name = statement->name}));
}

static void print_assignment(const CPrinter *printer, const LoopStatement *statement) {
    const char *value = lane_name(printer, statement->name) ? c_vector(printer, statement->value)
                                                            : c_expression(printer, statement->value);
    c_line(printer, "%s = %s;", statement->name, value);
}

static void print_accumulation(const CPrinter *printer, const LoopStatement *statement) {
    Arena *arena = printer->emit->arena;
    bool sum = statement->operation == LOOP_ADD;
    bool lanes = printer->mode != LANES_SCALAR, own = lane_name(printer, statement->name) != NULL;
    const char *name = statement->name;
    const char *value = lanes ? c_vector(printer, statement->value) : c_expression(printer, statement->value);
    if (lanes && !own) { // declared outside: each lane has its own until the loop's end
        name = arena_printf(arena, "%s_lanes", name);
        if (printer->mode == LANES_PART)
            value = arena_printf(arena, "vec_select(vec_first(%s), %s, vec_all(%s))", printer->part, value,
                                 sum ? "0" : "-REAL_INFINITY");
    }
    if (sum)
        c_line(printer, "%s += %s;", name, value);
    else
        c_line(printer, "%s = %s_maximum(%s, %s);", name, lanes ? "vec" : "real", name, value);
}

static void print_store(const CPrinter *printer, const LoopStatement *store) {
    const Buffer *buffer = store->buffer;
    if (printer->mode == LANES_SCALAR) {
        const char *cast = "";
        if (buffer->type != ELEMENT_REAL)
            cast = arena_printf(printer->emit->arena, "(%s)", c_element_type(buffer));
        const char *value = c_expression(printer, store->value);
        if (*cast) value = arena_printf(printer->emit->arena, "%s(%s)", cast, value);
        c_line(printer, "%s[%s] = %s;", buffer->name, c_expression(printer, store->index), value);
        return;
    }
    int64_t stride;
    require(lane_stride(printer, store->index, &stride) && stride != 0);
    const char *to = c_pointer(printer, buffer, store->index), *value = c_vector(printer, store->value);
    const char *name = buffer->type == ELEMENT_BYTE ? "vec_store_bytes" : "vec_store";
    if (store == printer->gathered)
        c_line(printer, "gathered[turn] = %s;", value);
    else if (stride != 1)
        c_line(printer, "vec_scatter(%s, %lld, %s);", to, (long long)stride, value);
    else if (printer->mode == LANES_PART)
        c_line(printer, "%s_part(%s, %s, %s);", name, to, value, printer->part);
    else
        c_line(printer, "%s(%s, %s);", name, to, value);
}

static void print_if(CPrinter *printer, const LoopStatement *statement) {
    const LoopExpr *condition = statement->value;
    if (condition->kind == LOOP_INTEGER && condition->integer == 0) return;
    if (condition->kind == LOOP_INTEGER)
        c_line(printer, "{");
    else
        c_line(printer, "if (%s) {", c_expression(printer, condition));
    printer->depth++;
    c_body(printer, &statement->body);
    printer->depth--;
    c_line(printer, "}");
}

static bool has_call(const LoopBody *body) {
    for (int i = 0; i < body->count; i++)
        if (body->items[i]->kind == LOOP_CALL || has_call(&body->items[i]->body)) return true;
    return false;
}

static void print_loop(CPrinter *printer, const LoopStatement *loop) {
    bool outer = printer->nests_apart;
    if (outer && loop->axis != AXIS_IMAGE) {
        printer->nests_apart = false;
        if (!has_call(&loop->body)) printer->emit->in_place = true;
    }
    c_loop(printer, loop);
    printer->nests_apart = outer;
}

static void print_statement(CPrinter *printer, const LoopStatement *statement) {
    switch (statement->kind) {
    case LOOP_FOR: print_loop(printer, statement); return;
    case LOOP_LET:
    case LOOP_DECLARE: print_definition(printer, statement); return;
    case LOOP_ASSIGN: print_assignment(printer, statement); return;
    case LOOP_ACCUMULATE: print_accumulation(printer, statement); return;
    case LOOP_STORE: print_store(printer, statement); return;
    case LOOP_IF: print_if(printer, statement); return;
    case LOOP_BUFFER: print_buffer(printer, statement->buffer); return;
    case LOOP_CALL: c_call(printer, statement); return;
    case LOOP_COMMENT: c_line(printer, "// %s", statement->name); return;
    }
}

// Part of a body.
static LoopBody statements(const LoopBody *body, int first, int end) {
    return (LoopBody){.items = body->items + first, .count = end - first};
}

static bool ends_nest(const LoopStatement *statement) {
    return statement->kind == LOOP_COMMENT || statement->kind == LOOP_CALL ||
           statement->kind == LOOP_BUFFER || statement->kind == LOOP_IF ||
           (statement->kind == LOOP_FOR && statement->axis == AXIS_IMAGE);
}

// How many statements from the first one on are a loop and what goes with it. 0: there is no loop, or what
// follows reads what they define.
static int nest_length(const LoopBody *body, int first) {
    bool loops = false;
    int end = first;
    for (; end < body->count && !ends_nest(body->items[end]); end++)
        loops |= body->items[end]->kind == LOOP_FOR;
    LoopBody after = statements(body, end, body->count);
    for (int i = first; i < end; i++) {
        const LoopStatement *statement = body->items[i];
        bool defines = statement->kind == LOOP_LET || statement->kind == LOOP_DECLARE;
        if (defines && body_reads(&after, statement->name)) return 0;
    }
    return loops ? end - first : 0;
}

// Prints what can be a nest apart from the first statement on, and returns how many statements these were.
static int print_nest_apart(CPrinter *printer, const LoopBody *body, int first) {
    if (!printer->nests_apart || ends_nest(body->items[first])) return 0;
    int length = nest_length(body, first);
    LoopBody nest = statements(body, first, first + length);
    if (length > 0 && c_nest(printer, &nest)) return length;
    nest.count = 1;
    return length != 1 && body->items[first]->kind == LOOP_FOR && c_nest(printer, &nest);
}

// In the bodies of pieces and image loops, nests may become functions; what is inside other loops stays
// there.
void c_body(CPrinter *printer, const LoopBody *body) {
    int outside = printer->names.count;
    for (int i = 0; i < body->count;) {
        int apart = print_nest_apart(printer, body, i);
        if (apart == 0) print_statement(printer, body->items[i]);
        i += apart > 0 ? apart : 1;
    }
    printer->names.count = outside;
}
