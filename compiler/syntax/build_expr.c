#include "syntax/build.h"

static Expr *new_expr(Parser *parser, ExprKind kind, Span span) {
    Expr *expr = NEW(parser->arena, Expr);
    expr->kind = kind;
    expr->span = span;
    return expr;
}

Expr *name_expr(Parser *parser, const Token *name) {
    Expr *expr = new_expr(parser, EXPR_NAME, name->span);
    expr->name = name->text;
    expr->name_span = name->span;
    return expr;
}

Expr *call_expr(Parser *parser, Span span, const Token *name, const Arguments *arguments) {
    Expr *expr = name_expr(parser, name);
    expr->kind = EXPR_CALL;
    expr->span = span;
    expr->arguments = *arguments;
    return expr;
}

Expr *list_expr(Parser *parser, Span span, const Arguments *values) {
    Expr *expr = new_expr(parser, EXPR_LIST, span);
    expr->arguments = *values;
    return expr;
}

Expr *unary(Parser *parser, Span span, Operator operator, Expr * operand) {
    Expr *expr = new_expr(parser, EXPR_UNARY, span);
    expr->operator= operator;
    expr->left = operand;
    return expr;
}

Expr *binary(Parser *parser, Span span, Operator operator, Expr * left, Expr *right) {
    Expr *expr = unary(parser, span, operator, left);
    expr->kind = EXPR_BINARY;
    expr->right = right;
    return expr;
}

Expr *range(Parser *parser, Span span, Expr *left, Expr *right) {
    Expr *expr = new_expr(parser, EXPR_RANGE, span);
    expr->left = left;
    expr->right = right;
    return expr;
}

Expr *parenthesised(Expr *expr, Span span) {
    expr->parenthesised = true;
    expr->span = span;
    return expr;
}

Expr *bad_expr(Parser *parser, Span span) {
    return new_expr(parser, EXPR_BAD, span);
}

Argument *argument(Parser *parser, const Token *name, Expr *value) {
    Argument *argument = NEW(parser->arena, Argument);
    argument->value = value;
    if (name) {
        argument->name = name->text;
        argument->name_span = name->span;
    }
    return argument;
}

Arguments *add_argument(Parser *parser, Arguments *arguments, const Argument *argument) {
    list_add(parser->arena, arguments, *argument);
    return arguments;
}

Arguments *bad_arguments(Parser *parser, Span span) {
    Arguments *arguments = NEW(parser->arena, Arguments);
    Argument bad = {.value = bad_expr(parser, span)};
    list_add(parser->arena, arguments, bad);
    return arguments;
}
