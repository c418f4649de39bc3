// Operators and functions.
#include "resolve/call.h"

#include <math.h>
#include <string.h>

static Datum checked(const Scope *scope, Datum datum) {
    if (datum.kind == DATUM_BAD || isfinite(datum.number)) return datum;
    scope_error(scope, E0404, datum.span, "the result is too large");
    return datum_bad(datum.span);
}

static bool is_quantity(const Datum *datum) {
    return datum_is_number(datum) || datum->kind == DATUM_ANGLE;
}

static Datum mismatch(const Scope *scope, const Expr *expr, const char *verb, const Datum *left,
                      const Datum *right) {
    Arena *arena = scope->study->arena;
    Diagnostic *diagnostic = scope_error(scope, E0401, expr->span, "can't %s %s and %s", verb,
                                         datum_kind_name(left->kind), datum_kind_name(right->kind));
    diagnostic_note(diagnostic, "the values are %s and %s", datum_describe(arena, left),
                    datum_describe(arena, right));
    return datum_bad(expr->span);
}

static bool truth_of(const Scope *scope, const Expr *expr, bool *truth) {
    Datum datum = evaluate(scope, expr, NULL);
    return expect_truth(scope, &datum, "a condition", truth);
}

// The right side of a decided `and` or `or` is not evaluated, so that the left one can guard it.
static Datum logical(const Scope *scope, const Expr *expr) {
    bool truth;
    if (!truth_of(scope, expr->left, &truth)) return datum_bad(expr->span);
    if (truth == (expr->operator== OPERATOR_OR)) return datum_truth(truth, expr->span);
    if (!truth_of(scope, expr->right, &truth)) return datum_bad(expr->span);
    return datum_truth(truth, expr->span);
}

// A size of equal sides is what a number stands for where a window is wanted: 1x1 == 1.
static bool equals_square(const Datum *size, const Datum *number) {
    int64_t side;
    if (!datum_is_whole(number, &side)) return false;
    for (int i = 0; i < size->rank; i++) {
        if (size->dims[i] != side) return false;
    }
    return true;
}

static bool is_name_or_call(const Datum *datum) {
    return datum->kind == DATUM_WORD || datum->kind == DATUM_CALL;
}

static bool equal(const Datum *left, const Datum *right, bool *comparable) {
    *comparable = true;
    if (left->kind == DATUM_SIZE && datum_is_number(right)) return equals_square(left, right);
    if (right->kind == DATUM_SIZE && datum_is_number(left)) return equals_square(right, left);
    bool none = (left->kind == DATUM_WORD && strcmp(left->word, "none") == 0) ||
                (right->kind == DATUM_WORD && strcmp(right->word, "none") == 0);
    *comparable = none || left->kind == right->kind || (datum_is_number(left) && datum_is_number(right)) ||
                  (is_name_or_call(left) && is_name_or_call(right));
    return datum_equal(left, right);
}

static Datum comparison(const Scope *scope, const Expr *expr, const Datum *left, const Datum *right) {
    Operator operator= expr->operator;
    if (operator== OPERATOR_EQUAL || operator== OPERATOR_UNEQUAL) {
        bool comparable, same = equal(left, right, &comparable);
        if (!comparable) return mismatch(scope, expr, "compare", left, right);
        return datum_truth(same == (operator== OPERATOR_EQUAL), expr->span);
    }
    bool ordered = is_quantity(left) && is_quantity(right) &&
                   (left->kind == DATUM_ANGLE) == (right->kind == DATUM_ANGLE);
    if (!ordered) return mismatch(scope, expr, "order", left, right);
    int order = datum_compare(left, right);
    bool truth = operator== OPERATOR_LESS       ? order < 0 :
                 operator== OPERATOR_LESS_EQUAL ? order <= 0
                 :
                 operator== OPERATOR_GREATER ? order > 0
                                             : order >= 0;
    return datum_truth(truth, expr->span);
}

Datum binary_value(const Scope *scope, const Expr *expr) {
    Operator operator= expr->operator;
    if (operator== OPERATOR_AND || operator== OPERATOR_OR) return logical(scope, expr);
    Datum left = evaluate(scope, expr->left, NULL), right = evaluate(scope, expr->right, NULL);
    if (left.kind == DATUM_BAD || right.kind == DATUM_BAD) return datum_bad(expr->span);
    if (operator> OPERATOR_DIVIDE) return comparison(scope, expr, &left, &right);
    if (operator== OPERATOR_DIVIDE && is_quantity(&right) && right.number == 0) {
        scope_error(scope, E0404, expr->span, "division by zero");
        return datum_bad(expr->span);
    }
    Datum result = datum_arithmetic(operator, & left, &right, expr->span);
    static const char *const verbs[] = {"add", "subtract", "multiply", "divide"};
    if (result.kind == DATUM_BAD) return mismatch(scope, expr, verbs[operator], &left, &right);
    return checked(scope, result);
}

Datum unary_value(const Scope *scope, const Expr *expr) {
    if (expr->operator== OPERATOR_NOT) {
        bool truth;
        return truth_of(scope, expr->left, &truth) ? datum_truth(!truth, expr->span) : datum_bad(expr->span);
    }
    Datum datum = evaluate(scope, expr->left, NULL);
    if (datum.kind == DATUM_BAD) return datum_bad(expr->span);
    if (!is_quantity(&datum)) {
        scope_error(scope, E0401, expr->span, "can't negate %s", datum_describe(scope->study->arena, &datum));
        return datum_bad(expr->span);
    }
    datum.number = -datum.number;
    datum.numerator = -datum.numerator;
    datum.span = expr->span;
    return datum;
}

static bool quantities(const Scope *scope, const Expr *expr, Datum *values) {
    bool fine = true;
    for (int i = 0; i < expr->arguments.count; i++) {
        const Argument *argument = &expr->arguments.items[i];
        values[i] = evaluate(scope, argument->value, NULL);
        if (argument->name) {
            scope_error(scope, E0410, argument->name_span, "`%s` takes its arguments by place", expr->name);
            fine = false;
        } else if (values[i].kind == DATUM_BAD) {
            fine = false;
        } else if (!is_quantity(&values[i]) ||
                   (values[i].kind == DATUM_ANGLE) != (values[0].kind == DATUM_ANGLE)) {
            scope_error(scope, E0401, argument->value->span, "`%s` takes numbers, not %s", expr->name,
                        datum_describe(scope->study->arena, &values[i]));
            fine = false;
        }
    }
    return fine;
}

Datum function_value(const Scope *scope, const Expr *expr) {
    int count = expr->arguments.count;
    bool extreme = strcmp(expr->name, "min") == 0 || strcmp(expr->name, "max") == 0;
    Datum *values = NEW_ARRAY(scope->study->arena, Datum, count ? count : 1);
    if (!quantities(scope, expr, values)) return datum_bad(expr->span);
    if (extreme ? count < 1 : count != 1) {
        scope_error(scope, E0410, expr->span, "`%s` takes %s, not %d", expr->name,
                    extreme ? "at least one number" : "one number", count);
        return datum_bad(expr->span);
    }
    if (!extreme) {
        Rounding rounding = expr->name[0] == 'f'   ? ROUND_DOWN
                            : expr->name[0] == 'c' ? ROUND_UP
                                                   : ROUND_NEAREST;
        return datum_rounded(&values[0], rounding, expr->span);
    }
    int sign = strcmp(expr->name, "min") == 0 ? -1 : 1;
    Datum best = values[0];
    for (int i = 1; i < count; i++) {
        if (datum_compare(&values[i], &best) == sign) best = values[i];
    }
    best.span = expr->span;
    return best;
}
