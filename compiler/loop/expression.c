// Expressions: built once, never changed, folded as they are built.
#include "loop/loop.h"
#include <math.h>

static LoopExpr *expression_new(LoopBuilder *builder, LoopExprKind kind, LoopType type) {
    LoopExpr *expr = NEW(builder->arena, LoopExpr);
    expr->kind = kind;
    expr->type = type;
    return expr;
}

LoopExpr *loop_number(LoopBuilder *builder, double number) {
    LoopExpr *expr = expression_new(builder, LOOP_NUMBER, LOOP_REAL);
    expr->number = number;
    return expr;
}

LoopExpr *loop_integer(LoopBuilder *builder, int64_t integer) {
    LoopExpr *expr = expression_new(builder, LOOP_INTEGER, LOOP_INDEX);
    expr->integer = integer;
    return expr;
}

// A truth value that is known is an integer constant, 0 or 1, of type LOOP_TRUTH.
static LoopExpr *truth(LoopBuilder *builder, bool value) {
    LoopExpr *expr = expression_new(builder, LOOP_INTEGER, LOOP_TRUTH);
    expr->integer = value;
    return expr;
}

LoopExpr *loop_variable(LoopBuilder *builder, const char *name, LoopType type) {
    LoopExpr *expr = expression_new(builder, LOOP_VARIABLE, type);
    expr->name = name;
    return expr;
}

static bool is_integer(const LoopExpr *expr, int64_t integer) {
    return expr->kind == LOOP_INTEGER && expr->integer == integer;
}

static bool is_number(const LoopExpr *expr, double number) {
    return expr->kind == LOOP_NUMBER && expr->number == number;
}

static double fold_unary(LoopExprKind kind, double x) {
    switch (kind) {
    case LOOP_NEGATE: return -x;
    case LOOP_ABSOLUTE: return fabs(x);
    case LOOP_SQUARE_ROOT: return sqrt(x);
    case LOOP_EXP: return exp(x);
    case LOOP_LOG: return log(x);
    case LOOP_TANH: return tanh(x);
    case LOOP_ERF: return erf(x);
    case LOOP_SIGMOID: return 1 / (1 + exp(-x));
    default: fault("%d is no function of a real", (int)kind);
    }
}

LoopExpr *loop_unary(LoopBuilder *builder, LoopExprKind kind, LoopExpr *operand) {
    if (kind == LOOP_TO_REAL) {
        require(operand->type == LOOP_INDEX);
        if (operand->kind == LOOP_INTEGER) return loop_number(builder, (double)operand->integer);
    } else {
        require(operand->type == LOOP_REAL && kind >= LOOP_NEGATE && kind <= LOOP_SIGMOID);
        if (operand->kind == LOOP_NUMBER) return loop_number(builder, fold_unary(kind, operand->number));
        if (kind == LOOP_NEGATE && operand->kind == LOOP_NEGATE) return operand->operands[0];
    }
    LoopExpr *expr = expression_new(builder, kind, LOOP_REAL);
    expr->operands[0] = operand;
    return expr;
}

static LoopExpr *fold_integers(LoopBuilder *builder, LoopExprKind kind, int64_t a, int64_t b) {
    switch (kind) {
    case LOOP_ADD: return loop_integer(builder, a + b);
    case LOOP_SUBTRACT: return loop_integer(builder, a - b);
    case LOOP_MULTIPLY: return loop_integer(builder, a * b);
    case LOOP_DIVIDE: require(b != 0); return loop_integer(builder, a / b);
    case LOOP_MODULO: require(b != 0); return loop_integer(builder, a % b);
    case LOOP_MAXIMUM: return loop_integer(builder, a > b ? a : b);
    case LOOP_MINIMUM: return loop_integer(builder, a < b ? a : b);
    case LOOP_LESS: return truth(builder, a < b);
    case LOOP_LESS_EQUAL: return truth(builder, a <= b);
    case LOOP_EQUAL: return truth(builder, a == b);
    case LOOP_AND: return truth(builder, a && b);
    default: fault("%d is no operation on integers", (int)kind);
    }
}

static LoopExpr *fold_numbers(LoopBuilder *builder, LoopExprKind kind, double a, double b) {
    switch (kind) {
    case LOOP_ADD: return loop_number(builder, a + b);
    case LOOP_SUBTRACT: return loop_number(builder, a - b);
    case LOOP_MULTIPLY: return loop_number(builder, a * b);
    case LOOP_DIVIDE: return loop_number(builder, a / b);
    case LOOP_MAXIMUM: return loop_number(builder, a > b ? a : b);
    case LOOP_MINIMUM: return loop_number(builder, a < b ? a : b);
    case LOOP_LESS: return truth(builder, a < b);
    case LOOP_LESS_EQUAL: return truth(builder, a <= b);
    case LOOP_EQUAL: return truth(builder, a == b);
    default: fault("%d is no operation on reals", (int)kind);
    }
}

// Identities of index arithmetic, with constants moved to the right and gathered there: (i + 2) + 3 = i + 5.
// NULL if none applies.
static LoopExpr *simplify_index(LoopBuilder *builder, LoopExprKind kind, LoopExpr *left, LoopExpr *right) {
    bool commutes = kind == LOOP_ADD || kind == LOOP_MULTIPLY;
    if (commutes && left->kind == LOOP_INTEGER) return loop_binary(builder, kind, right, left);
    if (right->kind != LOOP_INTEGER) return NULL;
    int64_t constant = right->integer;
    if ((kind == LOOP_ADD || kind == LOOP_SUBTRACT) && constant == 0) return left;
    if ((kind == LOOP_MULTIPLY || kind == LOOP_DIVIDE) && constant == 1) return left;
    if ((kind == LOOP_MULTIPLY && constant == 0) || (kind == LOOP_MODULO && constant == 1))
        return loop_integer(builder, 0);
    if (kind == LOOP_SUBTRACT) return loop_binary(builder, LOOP_ADD, left, loop_integer(builder, -constant));
    if (commutes && left->kind == kind && left->operands[1]->kind == LOOP_INTEGER)
        return loop_binary(builder, kind, left->operands[0],
                           fold_integers(builder, kind, left->operands[1]->integer, constant));
    return NULL;
}

// Identities that hold for every real, NaN and signed zeros among them.
static LoopExpr *simplify_real(LoopExprKind kind, LoopExpr *left, LoopExpr *right) {
    if ((kind == LOOP_MULTIPLY || kind == LOOP_DIVIDE) && is_number(right, 1)) return left;
    if (kind == LOOP_MULTIPLY && is_number(left, 1)) return right;
    if (kind == LOOP_SUBTRACT && is_number(right, 0) && !signbit(right->number)) return left;
    return NULL;
}

LoopExpr *loop_binary(LoopBuilder *builder, LoopExprKind kind, LoopExpr *left, LoopExpr *right) {
    require(kind >= LOOP_ADD && kind <= LOOP_AND);
    require(left->type == right->type && (left->type == LOOP_TRUTH) == (kind == LOOP_AND));
    require(kind != LOOP_MODULO || left->type == LOOP_INDEX);
    if (left->kind == LOOP_INTEGER && right->kind == LOOP_INTEGER)
        return fold_integers(builder, kind, left->integer, right->integer);
    if (left->kind == LOOP_NUMBER && right->kind == LOOP_NUMBER)
        return fold_numbers(builder, kind, left->number, right->number);
    LoopExpr *simple = NULL;
    if (kind == LOOP_AND) {
        if (is_integer(left, 1) || is_integer(right, 0)) return right;
        if (is_integer(right, 1) || is_integer(left, 0)) return left;
    } else if (left->type == LOOP_INDEX) {
        simple = simplify_index(builder, kind, left, right);
    } else {
        simple = simplify_real(kind, left, right);
    }
    if (simple) return simple;
    bool comparison = kind >= LOOP_LESS && kind <= LOOP_AND;
    LoopExpr *expr = expression_new(builder, kind, comparison ? LOOP_TRUTH : left->type);
    expr->operands[0] = left;
    expr->operands[1] = right;
    return expr;
}

LoopExpr *loop_select(LoopBuilder *builder, LoopExpr *condition, LoopExpr *yes, LoopExpr *no) {
    require(condition->type == LOOP_TRUTH && yes->type == no->type);
    if (condition->kind == LOOP_INTEGER) return condition->integer ? yes : no;
    LoopExpr *expr = expression_new(builder, LOOP_SELECT, yes->type);
    expr->operands[0] = condition;
    expr->operands[1] = yes;
    expr->operands[2] = no;
    return expr;
}

LoopExpr *loop_load(LoopBuilder *builder, const Buffer *buffer, LoopExpr *index) {
    require(index->type == LOOP_INDEX);
    LoopExpr *expr = expression_new(builder, LOOP_LOAD, LOOP_REAL);
    expr->buffer = buffer;
    expr->operands[0] = index;
    return expr;
}

LoopExpr *loop_load_index(LoopBuilder *builder, const Buffer *buffer, LoopExpr *index) {
    require(index->type == LOOP_INDEX && buffer->type != ELEMENT_REAL);
    LoopExpr *expr = expression_new(builder, LOOP_LOAD_INDEX, LOOP_INDEX);
    expr->buffer = buffer;
    expr->operands[0] = index;
    return expr;
}

LoopExpr *loop_scaled(LoopBuilder *builder, LoopExpr *index, int64_t factor, LoopExpr *more) {
    LoopExpr *scaled = loop_binary(builder, LOOP_MULTIPLY, index, loop_integer(builder, factor));
    return loop_binary(builder, LOOP_ADD, scaled, more);
}
