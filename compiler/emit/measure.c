#include "emit/measure.h"
#include "emit/c.h"
#include <string.h>

static Kernel of_variant(const Kernel *kernel, const char *variant) {
    Kernel copy = *kernel;
    copy.variant = variant;
    return copy;
}

static KernelUse new_use(Emit *emit, const Kernel *kernel) {
    KernelUse use = {.kernel = kernel, .variants = kernel_fitting(emit->arena, kernel)};
    use.texts = NEW_ARRAY(emit->arena, const char *, use.variants.count);
    for (int i = 0; i < use.variants.count; i++) {
        Kernel variant = of_variant(kernel, use.variants.items[i].variant);
        EmittedText text = c_kernel_text(emit, &variant);
        use.texts[i] = c_kernel_file(emit, &variant, &text);
    }
    return use;
}

static void add_layer(Arena *arena, KernelUse *use, const char *layer) {
    for (int i = 0; i < use->layers.count; i++)
        if (strcmp(use->layers.items[i], layer) == 0) return;
    list_add(arena, &use->layers, layer);
}

// What consumes results would change with each call what it reads: such a kernel is measured as it stores
// them.
static const Kernel *without_consumer(Arena *arena, const Kernel *kernel) {
    if (kernel->consumer.count == 0) return kernel;
    Kernel *copy = NEW(arena, Kernel);
    *copy = *kernel;
    copy->consumer.count = copy->epilogue_buffers.count = 0;
    return copy;
}

// Equal uses have equal definitions, and so the same name.
static void add_use(Emit *emit, const Kernel *kernel, KernelUses *uses) {
    kernel = without_consumer(emit->arena, kernel);
    const char *name = c_kernel_text(emit, kernel).name;
    int i = 0;
    while (i < uses->count && strcmp(c_kernel_text(emit, uses->items[i].kernel).name, name) != 0) i++;
    if (i == uses->count) list_add(emit->arena, uses, new_use(emit, kernel));
    add_layer(emit->arena, &uses->items[i], kernel->comment);
}

static void add_uses(Emit *emit, const LoopBody *body, KernelUses *uses) {
    for (int i = 0; i < body->count; i++) {
        const LoopStatement *statement = body->items[i];
        if (statement->kind == LOOP_CALL && kernel_flops(statement->kernel) > 0)
            add_use(emit, statement->kernel, uses);
        add_uses(emit, &statement->body, uses);
    }
}

KernelUses measure_uses(Arena *arena, int count, LoopFunction *const *pieces) {
    Emit emit = {.arena = arena, .measures = true};
    KernelUses uses = {0};
    for (int i = 0; i < count; i++) add_uses(&emit, &pieces[i]->body, &uses);
    return uses;
}

// --- names ---

// A constant's value, or `otherwise` if the family has none of that name.
static long long value(const Kernel *kernel, const char *name, long long otherwise) {
    for (int i = 0; i < kernel->constants.count; i++)
        if (strcmp(kernel->constants.items[i].name, name) == 0) return kernel->constants.items[i].value;
    return otherwise;
}

static bool has(const Kernel *kernel, const char *name) {
    return value(kernel, name, -1) >= 0;
}

static const char *convolution_name(Arena *arena, const Kernel *kernel) {
    const char *text = arena_printf(arena, "%s %lldx%lldx%lld to %lldx%lldx%lld, window %lldx%lld",
                                    kernel->family, value(kernel, "HEIGHT", 0), value(kernel, "WIDTH", 0),
                                    value(kernel, "CHANNELS", 0), value(kernel, "OUTPUT_HEIGHT", 0),
                                    value(kernel, "OUTPUT_WIDTH", 0), value(kernel, "FILTERS", 0),
                                    value(kernel, "WINDOW_HEIGHT", 0), value(kernel, "WINDOW_WIDTH", 0));
    static const struct {
        const char *y, *x, *word;
        long long usual;
    } pairs[] = {{"STRIDE_Y", "STRIDE_X", "stride", 1},
                 {"DILATION_Y", "DILATION_X", "dilation", 1},
                 {"PAD_TOP", "PAD_LEFT", "padding", 0}};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        long long y = value(kernel, pairs[i].y, pairs[i].usual),
                  x = value(kernel, pairs[i].x, pairs[i].usual);
        if (y != pairs[i].usual || x != pairs[i].usual)
            text = arena_printf(arena, "%s, %s %lldx%lld", text, pairs[i].word, y, x);
    }
    if (has(kernel, "POOL_HEIGHT"))
        text = arena_printf(arena, "%s, behind it a pool of %lldx%lld", text, value(kernel, "POOL_HEIGHT", 1),
                            value(kernel, "POOL_WIDTH", 1));
    long long groups = value(kernel, "GROUPS", 1);
    return groups == 1 ? text : arena_printf(arena, "%s, %lld groups", text, groups);
}

const char *measure_name(Arena *arena, const Kernel *kernel) {
    if (has(kernel, "WINDOW_HEIGHT")) return convolution_name(arena, kernel);
    const char *text = kernel->family;
    for (int i = 0; i < kernel->constants.count; i++)
        text = arena_printf(arena, "%s%s %s=%lld", text, i ? "," : "", kernel->constants.items[i].name,
                            (long long)kernel->constants.items[i].value);
    return text;
}

// --- texts ---

// `static void call_CASE_VARIANT(...)`, which passes a case's operands to the function `name`.
static void print_call(const CallOperands *operands, int number, int variant, const char *name, Text *text) {
    text_printf(text,
                "static void call_%d_%d(real *const *operands, void *scratch, const void *const *slots) {\n"
                "    %s(",
                number, variant, name);
    for (int i = 0; i < operands->count; i++) {
        if (operands->items[i].use == OPERAND_INDEX)
            text_printf(text, "%lld, ", (long long)operands->items[i].number);
        else if (operands->items[i].use == OPERAND_POSITIONS)
            text_printf(text, "(const uint8_t *)operands[%d], ", i);
        else
            text_printf(text, "operands[%d], ", i);
    }
    text_add(text, "scratch, slots);\n}\n");
}

// A slot has as many numbers as the output, unless its buffer has more: it may be read at `element`.
static void print_slots(const Kernel *kernel, int64_t output, Text *text) {
    static const char *const types[] = {"MEASURE_REAL", "MEASURE_BYTE", "MEASURE_INT"};
    if (kernel->epilogue_buffers.count == 0) return;
    text_printf(text, "     .slot_count = %d,\n     .slots = {", kernel->epilogue_buffers.count);
    for (int i = 0; i < kernel->epilogue_buffers.count; i++) {
        const Buffer *buffer = kernel->epilogue_buffers.items[i];
        text_printf(text, "%s{%s, %lld}", i ? ", " : "", types[buffer->type],
                    (long long)(buffer->elements > output ? buffer->elements : output));
    }
    text_add(text, "},\n");
}

static void print_operands(const CallOperands *operands, Text *text) {
    static const char *const uses[] = {"MEASURE_READ", "MEASURE_WRITTEN", "MEASURE_ADDED_TO",
                                       "MEASURE_POSITIONS", "MEASURE_INDEX"};
    text_printf(text, "     .operand_count = %d,\n     .operands = {", operands->count);
    for (int i = 0; i < operands->count; i++)
        text_printf(text, "%s{%s, %lld, %lld}", i ? ", " : "", uses[operands->items[i].use],
                    (long long)operands->items[i].number, (long long)operands->items[i].limit);
    text_add(text, "},\n");
}

// One row of the table of cases, with these of the use's variants, whose calls have been printed.
static void print_case(Arena *arena, const KernelUse *use, int number, int count, const int *variants,
                       Text *text) {
    CallOperands operands = kernel_operands(arena, use->kernel);
    text_printf(text, "    {.name = \"%s\",\n     .flops = %.17g,\n", measure_name(arena, use->kernel),
                kernel_flops(use->kernel));
    print_operands(&operands, text);
    print_slots(use->kernel, operands.items[0].number, text);
    text_printf(text, "     .variant_count = %d,\n     .variants = {", count);
    for (int i = 0; i < count; i++) {
        Kernel variant = of_variant(use->kernel, use->variants.items[variants[i]].variant);
        text_printf(text, "%s{\"%s\", call_%d_%d, %lld, %d}", i ? ", " : "", variant.variant, number,
                    variants[i], (long long)kernel_scratch_bytes(&variant, 1),
                    kernel_form_rounds(kernel_row(&variant).form));
    }
    text_add(text, "}},\n");
}

static const char main_function[] =
    "\nint main(int argc, char **argv) {\n"
    "    return measure_main(argc, argv, (int)(sizeof cases / sizeof *cases), cases);\n}\n";

static const char *finished(Arena *arena, Text *text) {
    const char *copy = arena_copy(arena, text_string(text), text->length);
    text_free(text);
    return copy;
}

// The name of the function to call.
static const char *entry(Arena *arena, const Kernel *variant, const char *name) {
    return kernel_row(variant).sized ? arena_printf(arena, "%s_fixed", name) : name;
}

const char *measure_program(Arena *arena, const KernelUses *uses) {
    Text text = {0};
    Emit emit = {.arena = arena, .measures = true};
    text_add(&text, "#include \"measure.h\"\n\n");
    for (int i = 0; i < uses->count; i++) {
        const KernelUse *use = &uses->items[i];
        CallOperands operands = kernel_operands(arena, use->kernel);
        for (int v = 0; v < use->variants.count; v++) {
            Kernel variant = of_variant(use->kernel, use->variants.items[v].variant);
            const char *name = entry(arena, &variant, c_kernel_text(&emit, &variant).name);
            text_printf(&text, "void %s(%s);\n", name, use->variants.items[v].parameters);
            print_call(&operands, i, v, name, &text);
        }
    }
    text_add(&text, "\nstatic const MeasureCase cases[] = {\n");
    for (int i = 0; i < uses->count; i++) {
        const KernelUse *use = &uses->items[i];
        int *variants = NEW_ARRAY(arena, int, use->variants.count);
        for (int v = 0; v < use->variants.count; v++) variants[v] = v;
        print_case(arena, use, i, use->variants.count, variants, &text);
    }
    text_printf(&text, "};\n%s", main_function);
    return finished(arena, &text);
}

static void print_kernel(Emit *emit, const KernelUse *use, int variant, const char *name, Text *text) {
    Kernel kernel = of_variant(use->kernel, use->variants.items[variant].variant);
    text_printf(text, "#define KERNEL %s\n%s\n", name, c_kernel_text(emit, &kernel).definition);
}

const char *measure_alone(Arena *arena, const KernelUse *use, int variant, const char *head) {
    Text text = {0};
    Emit emit = {.arena = arena, .measures = true};
    int variants[] = {variant, use->variants.count - 1}, count = variants[0] == variants[1] ? 1 : 2;
    CallOperands operands = kernel_operands(arena, use->kernel);
    static const char *const names[] = {"kernel", "reference"};
    text_printf(&text, "%s#include \"measure.h\"\n\n", head);
    for (int i = 0; i < count; i++) print_kernel(&emit, use, variants[i], names[i], &text);
    for (int i = 0; i < count; i++) {
        Kernel kernel = of_variant(use->kernel, use->variants.items[variants[i]].variant);
        print_call(&operands, 0, variants[i], entry(arena, &kernel, names[i]), &text);
    }
    text_add(&text, "\nstatic const MeasureCase cases[] = {\n");
    print_case(arena, use, 0, count, variants, &text);
    text_printf(&text, "};\n%s", main_function);
    return finished(arena, &text);
}
