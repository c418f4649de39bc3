#include "base/text.h"
#include "syntax/token.h"
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static Expr *new_literal(Parser *parser, ExprKind kind, Span span, const char *text) {
    Expr *expr = NEW(parser->arena, Expr);
    expr->kind = kind;
    expr->span = span;
    expr->text = text;
    return expr;
}

static void out_of_range(Parser *parser, Expr *expr, const char *what) {
    diagnose(parser->diagnostics, SEVERITY_ERROR, E0104, expr->span, "`%s` is %s", expr->text, what);
    expr->kind = EXPR_BAD;
}

// Reads whole digits; false if they are more than an int64_t holds.
static bool read_integer(const char *digits, int64_t *value) {
    errno = 0;
    *value = strtoll(digits, NULL, 10);
    return errno == 0;
}

// The number of digits times 10^shift, rounded once, so that 7% is the same double as 0.07.
static double scaled(const char *digits, int shift) {
    Text text = {0};
    size_t mantissa = strcspn(digits, "eE");
    long exponent = digits[mantissa] ? strtol(digits + mantissa + 1, NULL, 10) : 0;
    if (exponent > 100000) exponent = 100000;
    if (exponent < -100000) exponent = -100000;
    text_add_bytes(&text, digits, mantissa);
    text_printf(&text, "e%ld", exponent + shift);
    double value = strtod(text_string(&text), NULL);
    text_free(&text);
    return value;
}

static bool is_zero(const char *digits) {
    return strspn(digits, "0.") == strcspn(digits, "eE");
}

Expr *number_literal(Parser *parser, Span span, const char *text) {
    size_t length = strspn(text, "0123456789.eE+-");
    char *digits = arena_copy(parser->arena, text, length);
    const char *unit = text + length;
    ExprKind kind = !*unit ? EXPR_NUMBER : *unit == '%' ? EXPR_PERCENT : EXPR_ANGLE;
    Expr *expr = new_literal(parser, kind, span, text);
    int64_t whole;
    if (kind == EXPR_NUMBER && !digits[strspn(digits, "0123456789")]) {
        expr->is_integer = true;
        if (!read_integer(digits, &whole)) out_of_range(parser, expr, "larger than any whole number can be");
    }
    expr->number = scaled(digits, kind == EXPR_PERCENT ? -2 : 0);
    if (expr->kind == EXPR_BAD) return expr;
    if (isinf(expr->number)) out_of_range(parser, expr, "larger than any number can be");
    if (expr->number == 0 && !is_zero(digits))
        out_of_range(parser, expr, "too small: it would be rounded to 0");
    return expr;
}

Expr *size_literal(Parser *parser, Span span, const char *text) {
    Expr *expr = new_literal(parser, EXPR_SIZE, span, text);
    for (const char *part = text;; part++) {
        if (expr->rank == (int)(sizeof expr->dims / sizeof *expr->dims)) {
            diagnose(parser->diagnostics, SEVERITY_ERROR, E0103, span,
                     "the size `%s` has more than four parts", text);
            expr->kind = EXPR_BAD;
            return expr;
        }
        if (!read_integer(part, &expr->dims[expr->rank++])) {
            out_of_range(parser, expr, "a size with a part larger than any whole number can be");
            return expr;
        }
        part += strspn(part, "0123456789");
        if (!*part) return expr;
    }
}

// Whether the last character is a quote that no backslash takes away.
static bool is_closed(const char *text, size_t length) {
    size_t i = 1;
    while (i < length && text[i] != '"') i += text[i] == '\\' ? 2 : 1;
    return i + 1 == length;
}

Expr *string_literal(Parser *parser, Span span, const char *text) {
    Expr *expr = new_literal(parser, EXPR_STRING, span, text);
    size_t length = strlen(text);
    if (!is_closed(text, length)) {
        Diagnostic *diagnostic = diagnose(parser->diagnostics, SEVERITY_ERROR, E0105, span,
                                          "the string is not closed on its line");
        diagnostic_help(diagnostic, "add `\"` where it ends");
        expr->kind = EXPR_BAD;
        return expr;
    }
    char *contents = arena_alloc(parser->arena, length);
    expr->name = contents;
    for (size_t i = 1; i + 1 < length; i++) {
        if (text[i] != '\\') {
            *contents++ = text[i];
            continue;
        }
        char escaped = text[++i];
        if (escaped == '"' || escaped == '\\' || escaped == 'n') {
            *contents++ = (char)(escaped == 'n' ? '\n' : escaped);
            continue;
        }
        Span place = {span.source, span.start + (uint32_t)i - 1, span.start + (uint32_t)i + 1};
        Diagnostic *diagnostic = diagnose(parser->diagnostics, SEVERITY_ERROR, E0105, place,
                                          "a backslash can't stand before this character in a string");
        diagnostic_help(diagnostic,
                        "the escapes are `\\\"`, `\\\\` and `\\n`; a backslash itself is written `\\\\`");
        expr->kind = EXPR_BAD;
    }
    return expr;
}
