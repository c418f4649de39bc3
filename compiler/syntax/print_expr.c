#include "base/text.h"
#include "syntax/tree.h"

// How tightly an expression binds; operands that bind less stand in parentheses.
enum {
    BIND_OR = 1,
    BIND_AND,
    BIND_NOT,
    BIND_COMPARE,
    BIND_RANGE,
    BIND_ADD,
    BIND_MULTIPLY,
    BIND_NEGATE,
    BIND_PRIMARY
};

const char *operator_text(Operator operator) {
    static const char *const texts[] = {"+",  "-", "*",  "/",   "==", "!=",  "<",
                                        "<=", ">", ">=", "and", "or", "not", "-"};
    return texts[operator];
}

static int operator_binding(Operator operator) {
    switch (operator) {
    case OPERATOR_ADD:
    case OPERATOR_SUBTRACT: return BIND_ADD;
    case OPERATOR_MULTIPLY:
    case OPERATOR_DIVIDE: return BIND_MULTIPLY;
    case OPERATOR_AND: return BIND_AND;
    case OPERATOR_OR: return BIND_OR;
    case OPERATOR_NOT: return BIND_NOT;
    case OPERATOR_NEGATE: return BIND_NEGATE;
    default: return BIND_COMPARE;
    }
}

static int binding(const Expr *expr) {
    if (expr->parenthesised) return BIND_PRIMARY;
    if (expr->kind == EXPR_RANGE) return BIND_RANGE;
    return expr->kind == EXPR_UNARY || expr->kind == EXPR_BINARY ? operator_binding(expr->operator)
                                                                 : BIND_PRIMARY;
}

static void print_operand(const Expr *expr, int least, Text *text) {
    bool wrap = binding(expr) < least;
    if (wrap) text_add(text, "(");
    expr_print(expr, text);
    if (wrap) text_add(text, ")");
}

static void print_arguments(const Expr *expr, const char *open, const char *close, Text *text) {
    text_add(text, open);
    for (int i = 0; i < expr->arguments.count; i++) {
        const Argument *argument = &expr->arguments.items[i];
        if (i) text_add(text, ", ");
        if (argument->name) text_printf(text, "%s = ", argument->name);
        expr_print(argument->value, text);
    }
    text_add(text, close);
}

static void print_string(const char *contents, Text *text) {
    text_add(text, "\"");
    for (; *contents; contents++) {
        if (*contents == '\n') {
            text_add(text, "\\n");
            continue;
        }
        if (*contents == '"' || *contents == '\\') text_add(text, "\\");
        text_add_bytes(text, contents, 1);
    }
    text_add(text, "\"");
}

static void print_size(const Expr *expr, Text *text) {
    for (int i = 0; i < expr->rank; i++) text_printf(text, "%s%lld", i ? "x" : "", (long long)expr->dims[i]);
}

// Products and ranges are written tight, all else with spaces: 1/255, 2*n + 1, 1..5.
static void print_binary(const Expr *expr, Text *text) {
    int level = operator_binding(expr->operator);
    print_operand(expr->left, level == BIND_COMPARE ? level + 1 : level, text);
    text_printf(text, level == BIND_MULTIPLY ? "%s" : " %s ", operator_text(expr->operator));
    print_operand(expr->right, level + 1, text);
}

static void print_unary(const Expr *expr, Text *text) {
    text_printf(text, expr->operator== OPERATOR_NOT ? "%s " : "%s", operator_text(expr->operator));
    print_operand(expr->left, operator_binding(expr->operator), text);
}

static void print_inner(const Expr *expr, Text *text) {
    switch (expr->kind) {
    case EXPR_NUMBER: text_add_number(text, expr->number); break;
    case EXPR_PERCENT: text_printf(text, "%.15g%%", expr->number * 100); break;
    case EXPR_ANGLE: text_add_number(text, expr->number), text_add(text, "deg"); break;
    case EXPR_SIZE: print_size(expr, text); break;
    case EXPR_STRING: print_string(expr->name, text); break;
    case EXPR_NAME: text_add(text, expr->name); break;
    case EXPR_LIST: print_arguments(expr, "[", "]", text); break;
    case EXPR_CALL:
        text_add(text, expr->name);
        print_arguments(expr, "(", ")", text);
        break;
    case EXPR_RANGE:
        print_operand(expr->left, BIND_RANGE + 1, text);
        text_add(text, "..");
        print_operand(expr->right, BIND_RANGE + 1, text);
        break;
    case EXPR_UNARY: print_unary(expr, text); break;
    case EXPR_BINARY: print_binary(expr, text); break;
    case EXPR_BAD: break;
    }
}

void expr_print(const Expr *expr, Text *text) {
    if (expr->parenthesised) text_add(text, "(");
    if (expr->text) {
        text_add(text, expr->text);
    } else {
        print_inner(expr, text);
    }
    if (expr->parenthesised) text_add(text, ")");
}
