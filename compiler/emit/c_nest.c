// Nests as functions of their own, each distinct one once. Deep networks repeat their layers' nests, and the
// C compiler's time goes by what it sees.
#include "emit/c.h"
#include "emit/nest.h"
#include <string.h>

static int64_t bytes_of(const EmitLayout *layout, const Buffer *buffer) {
    return buffer->elements * element_bytes(buffer->type, layout->real_bytes);
}

// Whether the buffers have bytes in common for some image of a chunk. What reaches over all chunks lies alike
// in each.
static bool overlap(const EmitLayout *layout, const Buffer *a, const Buffer *b) {
    BaseKind base_a = a->base == BASE_CHUNKS ? BASE_CHUNK : a->base;
    BaseKind base_b = b->base == BASE_CHUNKS ? BASE_CHUNK : b->base;
    if (base_a != base_b) return false;
    for (int64_t image = 0; image < layout->chunk_images; image++) {
        int64_t first_a = a->offset + image * a->stride, first_b = b->offset + image * b->stride;
        if (first_a < first_b + bytes_of(layout, b) && first_b < first_a + bytes_of(layout, a)) return true;
    }
    return false;
}

// Whether nothing else that the nest reads or writes is what it writes here, or reads here and writes there:
// a value may lie where one was that is read for the last time.
static bool is_apart(const EmitLayout *layout, const Nest *nest, const NestParameter *parameter) {
    for (int i = 0; i < nest->parameters.count; i++) {
        const NestParameter *other = &nest->parameters.items[i];
        if (other == parameter || !other->buffer || !(other->written || parameter->written)) continue;
        if (overlap(layout, parameter->buffer, other->buffer)) return false;
    }
    return true;
}

static const char *parameters_text(const Emit *emit, const Nest *nest) {
    Arena *arena = emit->arena;
    static const char *const types[] = {"real", "int64_t", "bool"};
    const char *text = "";
    for (int i = 0; i < nest->parameters.count; i++) {
        const NestParameter *parameter = &nest->parameters.items[i];
        const char *type = arena_printf(arena, "const %s ", types[parameter->type]);
        if (parameter->buffer)
            type = arena_printf(arena, "%s%s *%s", parameter->written ? "" : "const ",
                                c_element_type(parameter->buffer),
                                is_apart(&emit->layout, nest, parameter) ? "restrict " : "");
        text = arena_printf(arena, "%s%s%s%s", text, i ? ", " : "", type, parameter->name);
    }
    return nest->parameters.count ? text : "void";
}

static const char *arguments_text(Arena *arena, const Nest *nest) {
    const char *text = "";
    for (int i = 0; i < nest->parameters.count; i++) {
        const NestParameter *parameter = &nest->parameters.items[i];
        const char *name = parameter->buffer ? parameter->buffer->name : parameter->variable;
        text = arena_printf(arena, "%s%s%s", text, i ? ", " : "", name);
    }
    return text;
}

// What is between the function's braces.
static const char *nest_body(Emit *emit, const Nest *nest) {
    Text text = {0}, *out = emit->out;
    CPrinter printer = {.emit = emit, .depth = 1};
    emit->out = &text;
    c_body(&printer, &nest->body);
    emit->out = out;
    const char *copy = arena_copy(emit->arena, text.data, text.length);
    text_free(&text);
    return copy;
}

static const EmittedNest *find_nest(const Emit *emit, const EmittedNest *nest) {
    for (int i = 0; i < emit->nests.count; i++) {
        const EmittedNest *known = &emit->nests.items[i];
        if (strcmp(known->parameters, nest->parameters) == 0 && strcmp(known->body, nest->body) == 0)
            return known;
    }
    return NULL;
}

bool c_nest(const CPrinter *printer, const LoopBody *body) {
    Emit *emit = printer->emit;
    Nest nest;
    if (!nest_take_out(emit->arena, body, &nest)) return false;
    EmittedNest emitted = {.name = arena_printf(emit->arena, "nest_%d", emit->nests.count),
                           .parameters = parameters_text(emit, &nest),
                           .body = nest_body(emit, &nest)};
    const EmittedNest *known = find_nest(emit, &emitted);
    if (!known) {
        list_add(emit->arena, &emit->nests, emitted);
        return true;
    }
    if (!known->function) return true;
    c_declare(&emit->piece_file,
              arena_printf(emit->arena, "void %s(%s);\n", known->function, known->function_parameters));
    c_line(printer, "%s(%s%s);", known->function, arguments_text(emit->arena, &nest), known->numbers);
    return true;
}
