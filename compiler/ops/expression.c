// Short names for the loop expressions that ops build.
#include "ops/rules.h"

LoopExpr *plus(LoopBuilder *build, LoopExpr *a, LoopExpr *b) {
    return loop_binary(build, LOOP_ADD, a, b);
}

LoopExpr *minus(LoopBuilder *build, LoopExpr *a, LoopExpr *b) {
    return loop_binary(build, LOOP_SUBTRACT, a, b);
}

LoopExpr *times(LoopBuilder *build, LoopExpr *a, LoopExpr *b) {
    return loop_binary(build, LOOP_MULTIPLY, a, b);
}

LoopExpr *over(LoopBuilder *build, LoopExpr *a, LoopExpr *b) {
    return loop_binary(build, LOOP_DIVIDE, a, b);
}

LoopExpr *larger(LoopBuilder *build, LoopExpr *a, LoopExpr *b) {
    return loop_binary(build, LOOP_MAXIMUM, a, b);
}

LoopExpr *smaller(LoopBuilder *build, LoopExpr *a, LoopExpr *b) {
    return loop_binary(build, LOOP_MINIMUM, a, b);
}

LoopExpr *less(LoopBuilder *build, LoopExpr *a, LoopExpr *b) {
    return loop_binary(build, LOOP_LESS, a, b);
}

LoopExpr *plus_number(LoopBuilder *build, LoopExpr *a, double number) {
    return plus(build, a, loop_number(build, number));
}

LoopExpr *times_number(LoopBuilder *build, LoopExpr *a, double number) {
    return times(build, a, loop_number(build, number));
}

LoopExpr *inside(LoopBuilder *build, LoopExpr *index, int64_t limit) {
    LoopExpr *from = loop_binary(build, LOOP_LESS_EQUAL, loop_integer(build, 0), index);
    return loop_binary(build, LOOP_AND, from, less(build, index, loop_integer(build, limit)));
}

void fill(LoopBuilder *build, const Buffer *buffer, double number) {
    LoopExpr *i = loop_open_constant(build, AXIS_LANE, "i", buffer->elements);
    loop_store(build, buffer, i, loop_number(build, number));
    loop_close(build);
}
