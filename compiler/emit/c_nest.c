// Nests as functions of their own, each distinct one once. Deep networks repeat their layers' nests, and the
// C compiler's time goes by what it sees.
#include "emit/c.h"
#include "emit/nest.h"
#include <string.h>

static const char *parameters_text(Arena *arena, const Nest *nest) {
    static const char *const types[] = {"real", "int64_t", "bool"};
    const char *text = "";
    for (int i = 0; i < nest->parameters.count; i++) {
        const NestParameter *parameter = &nest->parameters.items[i];
        const Buffer *buffer = parameter->buffer;
        const char *type =
            buffer ? arena_printf(arena, "%s%s *", buffer->written ? "" : "const ", c_element_type(buffer))
                   : arena_printf(arena, "const %s ", types[parameter->type]);
        text = arena_printf(arena, "%s%s%s%s", text, i ? ", " : "", type, parameter->name);
    }
    return nest->parameters.count ? text : "void";
}

static const char *arguments_text(Arena *arena, const Nest *nest) {
    const char *text = "";
    for (int i = 0; i < nest->parameters.count; i++) {
        const NestParameter *parameter = &nest->parameters.items[i];
        text = arena_printf(arena, "%s%s%s", text, i ? ", " : "",
                            parameter->buffer ? parameter->buffer->name : parameter->variable);
    }
    return text;
}

// All that follows the function's name.
static const char *nest_definition(Emit *emit, const Nest *nest, const char *parameters) {
    Text text = {0}, *out = emit->out;
    CPrinter printer = {.emit = emit, .depth = 1};
    text_printf(&text, "(%s) {\n", parameters);
    emit->out = &text;
    c_loop(&printer, nest->loop);
    emit->out = out;
    text_add(&text, "}\n\n");
    const char *copy = arena_copy(emit->arena, text.data, text.length);
    text_free(&text);
    return copy;
}

// The name of the function with this definition, which is printed if it is new.
static const char *nest_function(Emit *emit, const char *definition) {
    for (int i = 0; i < emit->nests.count; i++)
        if (strcmp(emit->nests.items[i].definition, definition) == 0) return emit->nests.items[i].name;
    const char *name = arena_printf(emit->arena, "nest_%d", emit->nests.count);
    list_add(emit->arena, &emit->nests, ((EmittedText){name, definition}));
    c_open_file(&emit->nest_file);
    text_printf(&emit->nest_file, "void %s%s", name, definition);
    c_close_nest_file(emit);
    return name;
}

bool c_nest(const CPrinter *printer, const LoopStatement *loop) {
    Emit *emit = printer->emit;
    Nest nest;
    if (!nest_take_out(emit->arena, loop, &nest)) return false;
    const char *parameters = parameters_text(emit->arena, &nest);
    const char *name = nest_function(emit, nest_definition(emit, &nest, parameters));
    // Declared where it is called: the nests before are known only now.
    c_line(printer, "void %s(%s);", name, parameters);
    c_line(printer, "%s(%s);", name, arguments_text(emit->arena, &nest));
    return true;
}
