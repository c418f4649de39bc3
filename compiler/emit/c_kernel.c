// Kernel templates: each distinct use is included once, calls give it its operands.
#include "emit/c.h"
#include "plan/kernels.h"
#include <string.h>

static const char *epilogue_text(Emit *emit, const Kernel *kernel) {
    if (!kernel->epilogue) return "";
    // The three variables of loop.h: a vector, and two indices that grow by one from lane to lane.
    CPrinter printer = {.emit = emit, .mode = LANES_WHOLE};
    list_add(emit->arena, &printer.names, ((LaneName){.name = "accumulated"}));
    list_add(emit->arena, &printer.names, ((LaneName){.name = "element", .affine = true, .stride = 1}));
    list_add(emit->arena, &printer.names, ((LaneName){.name = "channel", .affine = true, .stride = 1}));
    return c_vector(&printer, kernel->epilogue);
}

static void print_constants(const Kernel *kernel, Text *text) {
    for (int i = 0; i < kernel->constants.count; i++)
        text_printf(text, "#define KERNEL_%s %lld\n", kernel->constants.items[i].name,
                    (long long)kernel->constants.items[i].value);
}

// Buffers of the epilogue, from the call's slots.
static void print_slots(Emit *emit, const Kernel *kernel) {
    for (int i = 0; i < kernel->epilogue_buffers.count; i++) {
        const Buffer *buffer = kernel->epilogue_buffers.items[i];
        text_printf(emit->out, "    const %s *%s = slots[%d];\n", c_element_type(buffer), buffer->name, i);
    }
}

// Whether the epilogue reads one of its variables, else its parameter is marked.
static const char *mark(const Kernel *kernel, const char *variable) {
    return loop_uses(kernel->epilogue, variable) ? "" : "__attribute__((unused)) ";
}

static void print_epilogue(Emit *emit, const Kernel *kernel, const char *name, const char *text) {
    const char *unused_slots = kernel->epilogue_buffers.count ? "" : "__attribute__((unused)) ";
    text_printf(emit->out,
                "VEC_INLINE vec %s_epilogue(%svec accumulated, %sint64_t element, %sint64_t channel,\n"
                "                %sconst void *const *slots) {\n",
                name, mark(kernel, "accumulated"), mark(kernel, "element"), mark(kernel, "channel"),
                unused_slots);
    print_slots(emit, kernel);
    text_printf(emit->out, "    return %s;\n}\n", text);
    text_printf(emit->out,
                "#define KERNEL_EPILOGUE(accumulated, element, channel) "
                "%s_epilogue(accumulated, element, channel, slots)\n",
                name);
}

// What tells uses apart: file, constants, and the epilogue with the names of its buffers.
static const char *kernel_key(Emit *emit, const Kernel *kernel, const char *file, const char *epilogue) {
    Text text = {0};
    text_printf(&text, "%s\n", file);
    print_constants(kernel, &text);
    text_add(&text, epilogue);
    for (int i = 0; i < kernel->epilogue_buffers.count; i++)
        text_printf(&text, "\n%s", kernel->epilogue_buffers.items[i]->name);
    const char *key = arena_copy(emit->arena, text.data, text.length);
    text_free(&text);
    return key;
}

static const char *find_kernel(const Emit *emit, const char *key) {
    for (int i = 0; i < emit->kernels.count; i++)
        if (strcmp(emit->kernels.items[i].key, key) == 0) return emit->kernels.items[i].name;
    return NULL;
}

static const char *find_call(Emit *emit, const Kernel *kernel) {
    return find_kernel(emit, kernel_key(emit, kernel, kernel_row(kernel).file, epilogue_text(emit, kernel)));
}

static void print_kernel(Emit *emit, const Kernel *kernel) {
    const char *file = kernel_row(kernel).file, *epilogue = epilogue_text(emit, kernel);
    const char *key = kernel_key(emit, kernel, file, epilogue);
    if (find_kernel(emit, key)) return;
    // Buffers are named OP_NUMBER, and an op may be called as its kernel's family is.
    const char *name = arena_printf(emit->arena, "%s_kernel_%d", kernel->family, emit->kernels.count);
    list_add(emit->arena, &emit->kernels, ((EmittedKernel){key, name}));
    if (kernel->comment && *kernel->comment) text_printf(emit->out, "// %s\n", kernel->comment);
    if (kernel->epilogue) print_epilogue(emit, kernel, name, epilogue);
    print_constants(kernel, emit->out);
    text_printf(emit->out, "#define KERNEL %s\n#include \"%s\"\n\n", name, file);
}

void c_kernels(Emit *emit, const LoopBody *body) {
    for (int i = 0; i < body->count; i++) {
        const LoopStatement *statement = body->items[i];
        if (statement->kind == LOOP_CALL) print_kernel(emit, statement->kernel);
        c_kernels(emit, &statement->body);
    }
}

static const char *operand_text(const CPrinter *printer, const KernelOperand *operand) {
    if (operand->buffer) return c_pointer(printer, operand->buffer, operand->value);
    return c_expression(printer, operand->value);
}

static void add_surroundings(const Kernel *kernel, Text *text) {
    if (kernel_row(kernel).random) {
        text_add(text, ", frame->values->seed, frame->values->epoch");
        return;
    }
    // A kernel without scratch gets no pointer, rather than one that points past the scratch's end.
    if (kernel_scratch_bytes(kernel, 1) == 0)
        text_add(text, ", NULL, ");
    else
        text_printf(text, ", scratch + %lld, ", (long long)kernel->scratch_offset);
    if (kernel->epilogue_buffers.count == 0) {
        text_add(text, "NULL");
        return;
    }
    text_add(text, "(const void *const[]){");
    for (int i = 0; i < kernel->epilogue_buffers.count; i++)
        text_printf(text, "%s%s", i ? ", " : "", kernel->epilogue_buffers.items[i]->name);
    text_add(text, "}");
}

void c_call(CPrinter *printer, const LoopStatement *call) {
    Text text = {0};
    for (int i = 0; i < call->operands.count; i++)
        text_printf(&text, "%s%s", i ? ", " : "", operand_text(printer, &call->operands.items[i]));
    add_surroundings(call->kernel, &text);
    c_line(printer, "%s(%s);", find_call(printer->emit, call->kernel), text_string(&text));
    text_free(&text);
}
