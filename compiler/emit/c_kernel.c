// Kernel templates: each distinct use is a function that includes its template; calls give it their operands.
// Nothing of the layer that uses it goes into a kernel, so that equal kernels are equal text everywhere, and
// files of their own need to be compiled once for all programs.
#include "emit/c.h"
#include "plan/kernel_call.h"
#include <ctype.h>
#include <string.h>

// One of the epilogue's buffers, with its name there: slot_0, slot_1, ...
static const Buffer *slot_of(Arena *arena, const Buffer *buffer, const Kernel *kernel) {
    for (int i = 0; i < kernel->epilogue_buffers.count; i++) {
        if (buffer != kernel->epilogue_buffers.items[i]) continue;
        Buffer *slot = NEW(arena, Buffer);
        *slot = *buffer;
        slot->name = arena_printf(arena, "slot_%d", i);
        return slot;
    }
    return buffer;
}

// The expression with the epilogue's buffers by these names.
static LoopExpr *over_slots(Arena *arena, const LoopExpr *expr, const Kernel *kernel) {
    LoopExpr *copy = NEW(arena, LoopExpr);
    *copy = *expr;
    for (int i = 0; i < 3 && expr->operands[i]; i++)
        copy->operands[i] = over_slots(arena, expr->operands[i], kernel);
    copy->buffer = slot_of(arena, expr->buffer, kernel);
    return copy;
}

static LoopBody consumer_over_slots(Arena *arena, const Kernel *kernel) {
    LoopBody body = {0};
    for (int i = 0; i < kernel->consumer.count; i++) {
        LoopStatement *copy = NEW(arena, LoopStatement);
        *copy = *kernel->consumer.items[i];
        if (copy->value) copy->value = over_slots(arena, copy->value, kernel);
        copy->buffer = slot_of(arena, copy->buffer, kernel);
        list_add(arena, &body, copy);
    }
    return body;
}

// The variables of loop.h: a vector, and two indices that grow by one from lane to lane.
static CPrinter slots_printer(Emit *emit) {
    CPrinter printer = {.emit = emit, .depth = 1, .mode = LANES_WHOLE};
    list_add(emit->arena, &printer.names, ((LaneName){.name = "accumulated"}));
    list_add(emit->arena, &printer.names, ((LaneName){.name = "element", .affine = true, .stride = 1}));
    list_add(emit->arena, &printer.names, ((LaneName){.name = "channel", .affine = true, .stride = 1}));
    return printer;
}

static const char *epilogue_text(Emit *emit, const Kernel *kernel) {
    CPrinter printer = slots_printer(emit);
    return c_vector(&printer, over_slots(emit->arena, kernel->epilogue, kernel));
}

// Whether the epilogue reads one of its variables, else its parameter is marked.
static const char *mark(const Kernel *kernel, const char *variable) {
    return loop_uses(kernel->epilogue, variable) ? "" : "__attribute__((unused)) ";
}

// Whether the epilogue only adds a number a channel, from its one buffer.
static bool is_bias(const LoopExpr *epilogue) {
    if (epilogue->kind != LOOP_ADD) return false;
    const LoopExpr *sum = epilogue->operands[0], *load = epilogue->operands[1];
    return sum->kind == LOOP_VARIABLE && load->kind == LOOP_LOAD && load->buffer->type == ELEMENT_REAL &&
           load->operands[0]->kind == LOOP_VARIABLE && strcmp(load->operands[0]->name, "channel") == 0;
}

static void print_epilogue(Emit *emit, const Kernel *kernel, Text *text) {
    const char *unused_slots = kernel->epilogue_buffers.count ? "" : "__attribute__((unused)) ";
    text_printf(
        text,
        "VEC_INLINE vec KERNEL_PART(epilogue)(%svec accumulated, %sint64_t element, %sint64_t channel,\n"
        "                                     %sconst void *const *slots) {\n",
        mark(kernel, "accumulated"), mark(kernel, "element"), mark(kernel, "channel"), unused_slots);
    for (int i = 0; i < kernel->epilogue_buffers.count; i++)
        text_printf(text, "    const %s *slot_%d = slots[%d];\n",
                    c_element_type(kernel->epilogue_buffers.items[i]), i, i);
    text_printf(text, "    return %s;\n}\n", epilogue_text(emit, kernel));
    text_add(text, "#define KERNEL_EPILOGUE(accumulated, element, channel) \\\n"
                   "    KERNEL_PART(epilogue)(accumulated, element, channel, slots)\n");
    if (is_bias(kernel->epilogue)) text_add(text, "#define KERNEL_BIAS slots[0]\n");
}

static void print_consumer(Emit *emit, const Kernel *kernel, Text *text) {
    text_add(text, "VEC_INLINE void KERNEL_PART(consume)(vec accumulated, int64_t element, "
                   "const void *const *slots) {\n");
    for (int i = 0; i < kernel->epilogue_buffers.count; i++) {
        const Buffer *buffer = kernel->epilogue_buffers.items[i];
        const char *type = c_element_type(buffer);
        if (buffer->written)
            text_printf(text, "    %s *slot_%d = (%s *)slots[%d];\n", type, i, type, i);
        else
            text_printf(text, "    const %s *slot_%d = slots[%d];\n", type, i, i);
    }
    CPrinter printer = slots_printer(emit);
    LoopBody body = consumer_over_slots(emit->arena, kernel);
    Text *out = emit->out;
    emit->out = text;
    c_body(&printer, &body);
    emit->out = out;
    text_add(text, "}\n#define KERNEL_CONSUMER(accumulated, element) "
                   "KERNEL_PART(consume)(accumulated, element, slots)\n");
}

// The constants, in braces.
static const char *sizes_text(Arena *arena, const Kernel *kernel) {
    Text text = {0};
    for (int i = 0; i < kernel->constants.count; i++) {
        text_printf(&text, "%s.", i ? ", " : "{");
        for (const char *letter = kernel->constants.items[i].name; *letter; letter++)
            text_printf(&text, "%c", tolower((unsigned char)*letter));
        text_printf(&text, " = %lld", (long long)kernel->constants.items[i].value);
    }
    text_add(&text, "}");
    const char *copy = arena_copy(arena, text_string(&text), text.length);
    text_free(&text);
    return copy;
}

// The weights in the form, as C.
static const char *packed_text(Arena *arena, KernelOperandForm form) {
    int side = kernel_form_side(form);
    if (side > 0)
        return arena_printf(arena, "transformed_weights(weights, &sizes, %d, %d)", side,
                            kernel_form_flips(form));
    return kernel_form_rounds(form)
               ? arena_printf(arena, "rounded_weights(weights, &sizes, %d)", form == BF16_PACKED_TURNED)
               : arena_printf(arena, "packed_weights(weights, &sizes, %d)", form == PACKED_TURNED);
}

// KERNEL_PART(fixed): the kernel with the family's parameters alone, for its sizes, and with weights as they
// are.
static void print_fixed(const Emit *emit, const Kernel *kernel, Text *text) {
    KernelVariant row = kernel_row(kernel);
    CallOperands operands = kernel_operands(emit->arena, kernel);
    if (kernel_form_packed(row.form)) text_add(text, "#include \"packed.h\"\n");
    text_printf(text,
                "#define KERNEL_FIXED \\\n    void KERNEL_PART(fixed)(%s) { \\\n"
                "        static const KernelSizes sizes = %s; \\\n        KERNEL(",
                row.parameters, sizes_text(emit->arena, kernel));
    for (int i = 0; i < operands.count; i++) {
        const char *name = operands.items[i].name;
        if (kernel_form_packed(row.form) && strcmp(name, "weights") == 0)
            name = packed_text(emit->arena, row.form);
        text_printf(text, "%s, ", name);
    }
    text_add(text, "scratch, slots, &sizes); \\\n    }\n");
}

// All that follows `#define KERNEL name`.
static const char *definition(Emit *emit, const Kernel *kernel) {
    Text text = {0};
    if (emit->measures && kernel_row(kernel).sized) print_fixed(emit, kernel, &text);
    if (kernel->epilogue) print_epilogue(emit, kernel, &text);
    if (kernel->consumer.count) print_consumer(emit, kernel, &text);
    for (int i = 0; i < kernel->constants.count && !kernel_row(kernel).sized; i++)
        text_printf(&text, "#define KERNEL_%s %lld\n", kernel->constants.items[i].name,
                    (long long)kernel->constants.items[i].value);
    text_printf(&text, "#include \"%s\"\n", kernel_row(kernel).file);
    const char *copy = arena_copy(emit->arena, text_string(&text), text.length);
    text_free(&text);
    return copy;
}

static const EmittedText *find_kernel(const Emit *emit, const char *definition) {
    for (int i = 0; i < emit->kernels.count; i++)
        if (strcmp(emit->kernels.items[i].definition, definition) == 0) return &emit->kernels.items[i];
    return NULL;
}

// Named by content, so that a kernel's object file can be used by every program that has the kernel.
static EmittedText named(Arena *arena, const char *family, const char *definition) {
    uint64_t hash = hash_bytes(HASH_START, definition, strlen(definition));
    const char *name =
        arena_printf(arena, "%s_%012llx", family, (unsigned long long)(hash & UINT64_C(0xffffffffffff)));
    return (EmittedText){name, definition};
}

// As C.
static const char *prototype_text(Arena *arena, const KernelVariant *row, const char *name) {
    return arena_printf(arena, "void %s(%s%s);\n", name, row->parameters,
                        row->sized ? ", const KernelSizes *sizes" : "");
}

EmittedText c_kernel_text(Emit *emit, const Kernel *kernel) {
    return named(emit->arena, kernel->family, definition(emit, kernel));
}

// What kernels share, as a file of its own, once.
static void add_shared_file(Emit *emit, const char *file) {
    const char *text =
        arena_printf(emit->arena, "#define KERNEL_SHARED\n#include \"kernel.h\"\n#include \"%s\"\n", file);
    for (int i = 0; i < emit->files.count; i++)
        if (strcmp(emit->files.items[i], text) == 0) return;
    list_add(emit->arena, &emit->files, text);
}

static const char *kernel_file(Arena *arena, const KernelVariant *row, const char *shared,
                               const EmittedText *emitted) {
    return arena_printf(arena,
                        "#define KERNEL_LINKAGE\n%s#include \"kernel.h\"\n\n"
                        "%s\n#define KERNEL %s\n%s",
                        shared ? "#define KERNEL_SHARED extern\n#define KERNEL_SHARED_ELSEWHERE\n" : "",
                        prototype_text(arena, row, emitted->name), emitted->name, emitted->definition);
}

const char *c_kernel_file(Emit *emit, const Kernel *kernel, const EmittedText *emitted) {
    KernelVariant row = kernel_row(kernel);
    return kernel_file(emit->arena, &row, emit->apart ? row.shared : NULL, emitted);
}

static void print_kernel(Emit *emit, const Kernel *kernel) {
    const char *text = definition(emit, kernel);
    const EmittedText *known = find_kernel(emit, text);
    EmittedText emitted = known ? *known : named(emit->arena, kernel->family, text);
    KernelVariant row = kernel_row(kernel);
    if (!known) list_add(emit->arena, &emit->kernels, emitted);
    if (!known && emit->apart) {
        if (row.shared) add_shared_file(emit, row.shared);
        const char *file = c_kernel_file(emit, kernel, &emitted);
        list_add(emit->arena, &emit->files, file);
    }
    if (emit->apart)
        c_declare(emit->out, prototype_text(emit->arena, &row, emitted.name));
    else if (!known)
        text_printf(emit->out, "#define KERNEL %s\n%s\n", emitted.name, text);
}

EmittedFiles c_common_kernels(Arena *arena, bool double_precision) {
    Emit emit = {.arena = arena};
    KernelVariants variants = kernel_list(arena);
    for (int i = 0; i < variants.count; i++) {
        const KernelVariant *row = &variants.items[i];
        if (!row->sized || (double_precision && kernel_form_rounds(row->form))) continue;
        const char *definition = arena_printf(arena, "#include \"%s\"\n", row->file);
        EmittedText emitted = named(arena, row->family, definition);
        if (row->shared) add_shared_file(&emit, row->shared);
        list_add(arena, &emit.files, kernel_file(arena, row, row->shared, &emitted));
    }
    return emit.files;
}

void c_kernels(Emit *emit, const LoopBody *body) {
    for (int i = 0; i < body->count; i++) {
        const LoopStatement *statement = body->items[i];
        if (statement->kind == LOOP_CALL) print_kernel(emit, statement->kernel);
        c_kernels(emit, &statement->body);
    }
}

static const char *operand_text(const CPrinter *printer, const KernelOperand *operand) {
    if (!operand->buffer && !operand->value) return "NULL";
    if (operand->buffer) return c_pointer(printer, operand->buffer, operand->value);
    return c_expression(printer, operand->value);
}

static void add_surroundings(const Kernel *kernel, Text *text) {
    if (kernel_row(kernel).last == SEED_AND_EPOCH) {
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
    const EmittedText *kernel = find_kernel(printer->emit, definition(printer->emit, call->kernel));
    require(kernel);
    bool sized = kernel_row(call->kernel).sized;
    if (sized) {
        c_line(printer, "{");
        printer->depth++;
        c_line(printer, "static const KernelSizes sizes = %s;",
               sizes_text(printer->emit->arena, call->kernel));
    }
    c_line(printer, "%s(%s%s);", kernel->name, text_string(&text), sized ? ", &sizes" : "");
    if (sized) {
        printer->depth--;
        c_line(printer, "}");
    }
    text_free(&text);
}
