// Expressions as C. What does not vary from lane to lane is printed as a number, also inside vector code: the
// vector types' operators take one number and one vector.
#include "emit/c.h"
#include <math.h>

// C's precedences, as far as they occur; higher binds tighter.
enum { SELECTS = 1, ANDS = 2, EQUALS = 5, COMPARES = 6, ADDS = 8, MULTIPLIES = 9, UNARY = 10, PRIMARY = 11 };

// C text and how tightly its outermost operator binds.
typedef struct Printed {
    const char *text;
    int precedence;
} Printed;

static Printed print(const CPrinter *printer, const LoopExpr *expr);

static const char *wrapped(const CPrinter *printer, Printed printed, int least) {
    if (printed.precedence >= least) return printed.text;
    return arena_printf(printer->emit->arena, "(%s)", printed.text);
}

static Printed primary(const char *text) {
    return (Printed){text, PRIMARY};
}

static const char *number_text(const CPrinter *printer, double number) {
    if (isnan(number)) return "REAL_NAN";
    if (isinf(number)) return number < 0 ? "-REAL_INFINITY" : "REAL_INFINITY";
    if (number == 0 && signbit(number)) return "(real)-0.0";
    Text text = {0};
    text_add(&text, "(real)");
    text_add_number(&text, number);
    char *copy = arena_copy(printer->emit->arena, text.data, text.length);
    text_free(&text);
    return copy;
}

const char *c_pointer(const CPrinter *printer, const Buffer *buffer, const LoopExpr *index) {
    if (!index || (index->kind == LOOP_INTEGER && index->integer == 0)) return buffer->name;
    return arena_printf(printer->emit->arena, "%s + %s", buffer->name,
                        wrapped(printer, print(printer, index), ADDS));
}

static Printed print_load(const CPrinter *printer, const LoopExpr *expr) {
    Arena *arena = printer->emit->arena;
    const Buffer *buffer = expr->buffer;
    int64_t stride = 0;
    if (lane_varies(printer, expr->operands[0])) lane_stride(printer, expr->operands[0], &stride);
    if (stride == 0) {
        const char *cast = expr->kind == LOOP_LOAD_INDEX ? "(int64_t)" : "(real)";
        if (buffer->type == ELEMENT_REAL) cast = "";
        return (Printed){
            arena_printf(arena, "%s%s[%s]", cast, buffer->name, print(printer, expr->operands[0]).text),
            *cast ? UNARY : PRIMARY};
    }
    const char *pointer = c_pointer(printer, buffer, expr->operands[0]);
    if (stride != 1) return primary(arena_printf(arena, "vec_gather(%s, %lld)", pointer, (long long)stride));
    static const char *const loads[] = {"vec_load", "vec_load_bytes", "vec_load_ints"};
    return primary(arena_printf(arena, "%s(%s)", loads[buffer->type], pointer));
}

const char *c_index_vector(const CPrinter *printer, const LoopExpr *expr) {
    Arena *arena = printer->emit->arena;
    int64_t stride;
    if (!lane_varies(printer, expr))
        return arena_printf(arena, "vec_all((real)%s)", wrapped(printer, print(printer, expr), UNARY));
    if (lane_stride(printer, expr, &stride))
        return arena_printf(arena, "vec_ramp((real)%s, %lld)", wrapped(printer, print(printer, expr), UNARY),
                            (long long)stride);
    switch (expr->kind) {
    case LOOP_VARIABLE: return expr->name;
    case LOOP_LOAD_INDEX: return print_load(printer, expr).text;
    case LOOP_SELECT: return c_vector(printer, expr);
    default: break;
    }
    const char *left = c_index_vector(printer, expr->operands[0]);
    const char *right = c_index_vector(printer, expr->operands[1]);
    switch (expr->kind) {
    case LOOP_ADD: return arena_printf(arena, "(%s + %s)", left, right);
    case LOOP_SUBTRACT: return arena_printf(arena, "(%s - %s)", left, right);
    case LOOP_MULTIPLY: return arena_printf(arena, "(%s * %s)", left, right);
    case LOOP_MAXIMUM: return arena_printf(arena, "vec_maximum(%s, %s)", left, right);
    case LOOP_MINIMUM: return arena_printf(arena, "vec_minimum(%s, %s)", left, right);
    default: fault("an index of kind %d has no vector", (int)expr->kind);
    }
}

const char *c_vector(const CPrinter *printer, const LoopExpr *expr) {
    if (expr->type == LOOP_INDEX && expr->kind != LOOP_SELECT) return c_index_vector(printer, expr);
    if (lane_varies(printer, expr)) return print(printer, expr).text;
    if (expr->type == LOOP_INDEX) return c_index_vector(printer, expr);
    return arena_printf(printer->emit->arena, "vec_all(%s)", print(printer, expr).text);
}

static const char *operator_text(LoopExprKind kind) {
    switch (kind) {
    case LOOP_ADD: return "+";
    case LOOP_SUBTRACT: return "-";
    case LOOP_MULTIPLY: return "*";
    case LOOP_DIVIDE: return "/";
    case LOOP_MODULO: return "%";
    case LOOP_LESS: return "<";
    case LOOP_LESS_EQUAL: return "<=";
    case LOOP_EQUAL: return "==";
    case LOOP_AND: return "&&";
    default: fault("%d is no operator", (int)kind);
    }
}

static int operator_precedence(LoopExprKind kind) {
    switch (kind) {
    case LOOP_ADD:
    case LOOP_SUBTRACT: return ADDS;
    case LOOP_MULTIPLY:
    case LOOP_DIVIDE:
    case LOOP_MODULO: return MULTIPLIES;
    case LOOP_EQUAL: return EQUALS;
    case LOOP_AND: return ANDS;
    default: return COMPARES;
    }
}

static bool is_comparison(LoopExprKind kind) {
    return kind == LOOP_LESS || kind == LOOP_LESS_EQUAL || kind == LOOP_EQUAL;
}

// A mask from two indices. Where both are affine in the lane, the sign of their difference is exact even
// where they are too large for reals.
static Printed compare_indices(const CPrinter *printer, const LoopExpr *expr) {
    Arena *arena = printer->emit->arena;
    const LoopExpr *left = expr->operands[0], *right = expr->operands[1];
    const char *operation = operator_text(expr->kind);
    int64_t left_stride, right_stride;
    int precedence = operator_precedence(expr->kind);
    if (lane_stride(printer, left, &left_stride) && lane_stride(printer, right, &right_stride)) {
        const char *difference = arena_printf(arena, "%s - %s", wrapped(printer, print(printer, left), ADDS),
                                              wrapped(printer, print(printer, right), MULTIPLIES));
        return (Printed){arena_printf(arena, "vec_ramp((real)(%s), %lld) %s 0", difference,
                                      (long long)(left_stride - right_stride), operation),
                         precedence};
    }
    return (Printed){arena_printf(arena, "%s %s %s", c_index_vector(printer, left), operation,
                                  c_index_vector(printer, right)),
                     precedence};
}

// Two truth values of which one or both are masks.
static Printed and_masks(const CPrinter *printer, const LoopExpr *expr) {
    const char *sides[2];
    for (int i = 0; i < 2; i++) {
        const char *text = wrapped(printer, print(printer, expr->operands[i]), PRIMARY);
        sides[i] = lane_varies(printer, expr->operands[i])
                       ? text
                       : arena_printf(printer->emit->arena, "-(lane_int)%s", text);
    }
    return (Printed){arena_printf(printer->emit->arena, "%s & %s", sides[0], sides[1]), ANDS};
}

static Printed print_binary(const CPrinter *printer, const LoopExpr *expr) {
    bool varies = lane_varies(printer, expr);
    if (varies && is_comparison(expr->kind) && expr->operands[0]->type == LOOP_INDEX)
        return compare_indices(printer, expr);
    if (varies && expr->kind == LOOP_AND) return and_masks(printer, expr);
    int precedence = operator_precedence(expr->kind);
    const char *left = wrapped(printer, print(printer, expr->operands[0]), precedence);
    // Also a sum's right side keeps its parentheses: the order of real additions matters.
    const char *right = wrapped(printer, print(printer, expr->operands[1]), precedence + 1);
    return (Printed){arena_printf(printer->emit->arena, "%s %s %s", left, operator_text(expr->kind), right),
                     precedence};
}

static Printed print_maximum(const CPrinter *printer, const LoopExpr *expr) {
    Arena *arena = printer->emit->arena;
    const char *name = expr->kind == LOOP_MAXIMUM ? "maximum" : "minimum";
    if (lane_varies(printer, expr))
        return primary(arena_printf(arena, "vec_%s(%s, %s)", name, c_vector(printer, expr->operands[0]),
                                    c_vector(printer, expr->operands[1])));
    const char *left = print(printer, expr->operands[0]).text;
    const char *right = print(printer, expr->operands[1]).text;
    return primary(
        arena_printf(arena, "%s_%s(%s, %s)", expr->type == LOOP_REAL ? "real" : "index", name, left, right));
}

static Printed print_select(const CPrinter *printer, const LoopExpr *expr) {
    Arena *arena = printer->emit->arena;
    const LoopExpr *condition = expr->operands[0];
    const char *test = wrapped(printer, print(printer, condition), SELECTS + 1);
    if (!lane_varies(printer, expr)) {
        const char *yes = wrapped(printer, print(printer, expr->operands[1]), SELECTS + 1);
        const char *no = wrapped(printer, print(printer, expr->operands[2]), SELECTS + 1);
        return (Printed){arena_printf(arena, "%s ? %s : %s", test, yes, no), SELECTS};
    }
    const char *yes = c_vector(printer, expr->operands[1]), *no = c_vector(printer, expr->operands[2]);
    if (lane_varies(printer, condition))
        return primary(
            arena_printf(arena, "vec_select(%s, %s, %s)", print(printer, condition).text, yes, no));
    return primary(arena_printf(arena, "(%s ? %s : %s)", test, yes, no));
}

static Printed print_function(const CPrinter *printer, const LoopExpr *expr) {
    static const char *const names[] = {[LOOP_ABSOLUTE] = "absolute", [LOOP_SQUARE_ROOT] = "square_root",
                                        [LOOP_EXP] = "exp",           [LOOP_LOG] = "log",
                                        [LOOP_TANH] = "tanh",         [LOOP_ERF] = "erf",
                                        [LOOP_SIGMOID] = "sigmoid"};
    const char *type = lane_varies(printer, expr) ? "vec" : "real";
    return primary(arena_printf(printer->emit->arena, "%s_%s(%s)", type, names[expr->kind],
                                print(printer, expr->operands[0]).text));
}

static Printed print_to_real(const CPrinter *printer, const LoopExpr *expr) {
    if (lane_varies(printer, expr)) return primary(c_index_vector(printer, expr->operands[0]));
    const char *operand = wrapped(printer, print(printer, expr->operands[0]), UNARY);
    return (Printed){arena_printf(printer->emit->arena, "(real)%s", operand), UNARY};
}

static Printed print(const CPrinter *printer, const LoopExpr *expr) {
    Arena *arena = printer->emit->arena;
    switch (expr->kind) {
    case LOOP_NUMBER: return (Printed){number_text(printer, expr->number), UNARY};
    case LOOP_INTEGER:
        return (Printed){arena_printf(arena, "%lld", (long long)expr->integer),
                         expr->integer < 0 ? UNARY : PRIMARY};
    case LOOP_VARIABLE: return primary(expr->name);
    case LOOP_LOAD:
    case LOOP_LOAD_INDEX: return print_load(printer, expr);
    case LOOP_MAXIMUM:
    case LOOP_MINIMUM: return print_maximum(printer, expr);
    case LOOP_SELECT: return print_select(printer, expr);
    case LOOP_NEGATE:
        return (Printed){
            arena_printf(arena, "-%s", wrapped(printer, print(printer, expr->operands[0]), PRIMARY)), UNARY};
    case LOOP_TO_REAL: return print_to_real(printer, expr);
    case LOOP_ADD:
    case LOOP_SUBTRACT:
    case LOOP_MULTIPLY:
    case LOOP_DIVIDE:
    case LOOP_MODULO:
    case LOOP_LESS:
    case LOOP_LESS_EQUAL:
    case LOOP_EQUAL:
    case LOOP_AND: return print_binary(printer, expr);
    default: return print_function(printer, expr);
    }
}

const char *c_expression(const CPrinter *printer, const LoopExpr *expr) {
    return print(printer, expr).text;
}
