// The AST as text: what --dump=lower and the null target show.
#include "base/text.h"
#include "loop/loop.h"

static const char *const axis_names[] = {"model", "chunk", "image", "tile", "lane", "reduce", "unrolled"};
static const char *const type_names[] = {"real", "index", "truth"};
static const char *const base_names[] = {"fixed",  "chunk",  "scratch", "gradients", "chunks",
                                         "images", "labels", "index",   "slots"};
static const char *const element_names[] = {"real", "byte", "int"};

static const char *operation_name(LoopExprKind kind) {
    static const char *const names[] = {[LOOP_ADD] = "+",
                                        [LOOP_SUBTRACT] = "-",
                                        [LOOP_MULTIPLY] = "*",
                                        [LOOP_DIVIDE] = "/",
                                        [LOOP_MODULO] = "%",
                                        [LOOP_MAXIMUM] = "max",
                                        [LOOP_MINIMUM] = "min",
                                        [LOOP_LESS] = "<",
                                        [LOOP_LESS_EQUAL] = "<=",
                                        [LOOP_EQUAL] = "==",
                                        [LOOP_AND] = "and",
                                        [LOOP_SELECT] = "select",
                                        [LOOP_NEGATE] = "-",
                                        [LOOP_ABSOLUTE] = "absolute",
                                        [LOOP_SQUARE_ROOT] = "sqrt",
                                        [LOOP_EXP] = "exp",
                                        [LOOP_LOG] = "log",
                                        [LOOP_TANH] = "tanh",
                                        [LOOP_ERF] = "erf",
                                        [LOOP_SIGMOID] = "sigmoid",
                                        [LOOP_TO_REAL] = "real"};
    return names[kind];
}

static void print_expression(const LoopExpr *expr, Text *text) {
    switch (expr->kind) {
    case LOOP_NUMBER: text_add_number(text, expr->number); return;
    case LOOP_INTEGER: text_printf(text, "%lld", (long long)expr->integer); return;
    case LOOP_VARIABLE: text_add(text, expr->name); return;
    case LOOP_LOAD:
    case LOOP_LOAD_INDEX:
        text_printf(text, "%s[", expr->buffer->name);
        print_expression(expr->operands[0], text);
        text_add(text, "]");
        return;
    default: break;
    }
    text_printf(text, "(%s", operation_name(expr->kind));
    for (int i = 0; i < 3 && expr->operands[i]; i++) {
        text_add(text, " ");
        print_expression(expr->operands[i], text);
    }
    text_add(text, ")");
}

static void print_buffer(const Buffer *buffer, Text *text) {
    text_printf(text, "buffer %s: %s%s[%lld] at %s + %lld", buffer->name, buffer->written ? "" : "const ",
                element_names[buffer->type], (long long)buffer->elements, base_names[buffer->base],
                (long long)buffer->offset);
    if (buffer->stride) text_printf(text, " + image * %lld", (long long)buffer->stride);
    if (buffer->comment) text_printf(text, "  # %s", buffer->comment);
}

static void print_call(const LoopStatement *statement, Text *text) {
    const Kernel *kernel = statement->kernel;
    text_printf(text, "call %s.%s", kernel->family, kernel->variant ? kernel->variant : "?");
    for (int i = 0; i < kernel->constants.count; i++)
        text_printf(text, "%s%s=%lld", i ? " " : " {", kernel->constants.items[i].name,
                    (long long)kernel->constants.items[i].value);
    text_add(text, kernel->constants.count ? "} (" : " (");
    for (int i = 0; i < statement->operands.count; i++) {
        const KernelOperand *operand = &statement->operands.items[i];
        if (i) text_add(text, ", ");
        if (operand->buffer) text_add(text, operand->buffer->name);
        if (operand->buffer && operand->value) text_add(text, " + ");
        if (operand->value) print_expression(operand->value, text);
        if (!operand->buffer && !operand->value) text_add(text, "none");
    }
    text_printf(text, ") scratch %lld", (long long)kernel->scratch_offset);
    if (!kernel->epilogue) return;
    text_add(text, " epilogue ");
    print_expression(kernel->epilogue, text);
}

static void print_body(const LoopBody *body, int depth, Text *text);

static void print_statement(const LoopStatement *statement, int depth, Text *text) {
    text_printf(text, "%*s", depth * 2, "");
    switch (statement->kind) {
    case LOOP_FOR:
        text_printf(text, "for %s %s < ", axis_names[statement->axis], statement->name);
        print_expression(statement->extent, text);
        break;
    case LOOP_IF:
        text_add(text, "if ");
        print_expression(statement->value, text);
        break;
    case LOOP_LET:
    case LOOP_DECLARE:
        text_printf(text, "%s %s %s = ", statement->kind == LOOP_LET ? "let" : "declare",
                    type_names[statement->type], statement->name);
        print_expression(statement->value, text);
        break;
    case LOOP_ASSIGN:
    case LOOP_ACCUMULATE:
        text_printf(text, "%s %s= ", statement->name,
                    statement->kind == LOOP_ASSIGN ? "" : operation_name(statement->operation));
        print_expression(statement->value, text);
        break;
    case LOOP_STORE:
        text_printf(text, "%s[", statement->buffer->name);
        print_expression(statement->index, text);
        text_add(text, "] = ");
        print_expression(statement->value, text);
        break;
    case LOOP_BUFFER: print_buffer(statement->buffer, text); break;
    case LOOP_CALL: print_call(statement, text); break;
    case LOOP_COMMENT: text_printf(text, "# %s", statement->name); break;
    }
    text_add(text, "\n");
    print_body(&statement->body, depth + 1, text);
    if (statement->kind == LOOP_CALL) print_body(&statement->kernel->consumer, depth + 1, text);
}

static void print_body(const LoopBody *body, int depth, Text *text) {
    for (int i = 0; i < body->count; i++) print_statement(body->items[i], depth, text);
}

void loop_print(const LoopFunction *function, Text *text) {
    if (function->per_chunk)
        text_printf(text, "piece %s, a chunk each", function->name);
    else
        text_printf(text, "piece %s, %lld of them", function->name, (long long)function->pieces);
    if (function->comment) text_printf(text, "  # %s", function->comment);
    text_add(text, "\n");
    print_body(&function->body, 1, text);
}
