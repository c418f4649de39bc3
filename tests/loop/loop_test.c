// The loop AST's builders: folding, strides, names, cost and the text form.
#include "base/text.h"
#include "loop/loop.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

typedef struct Fixture {
    Arena *arena;
    LoopFunction function;
    LoopBuilder build;
} Fixture;

static int begin(void **state) {
    Fixture *fixture = test_calloc(1, sizeof *fixture);
    fixture->arena = arena_new();
    fixture->function = (LoopFunction){.name = "piece_0", .per_chunk = true};
    loop_builder_init(&fixture->build, fixture->arena, &fixture->function.body);
    *state = fixture;
    return 0;
}

static int end(void **state) {
    Fixture *fixture = *state;
    arena_free(fixture->arena);
    test_free(fixture);
    return 0;
}

static void constants_fold(void **state) {
    LoopBuilder *build = &((Fixture *)*state)->build;
    LoopExpr *i = loop_variable(build, "i", LOOP_INDEX), *x = loop_variable(build, "x", LOOP_REAL);
    LoopExpr *two = loop_integer(build, 2), *one = loop_number(build, 1);
    LoopExpr *sum = loop_binary(build, LOOP_ADD, loop_binary(build, LOOP_ADD, two, i), two);
    assert_int_equal(sum->kind, LOOP_ADD);
    assert_ptr_equal(sum->operands[0], i);
    assert_int_equal(sum->operands[1]->integer, 4);
    assert_ptr_equal(loop_scaled(build, i, 1, loop_integer(build, 0)), i);
    assert_int_equal(loop_binary(build, LOOP_MODULO, i, loop_integer(build, 1))->integer, 0);
    assert_ptr_equal(loop_binary(build, LOOP_MULTIPLY, one, x), x);
    // 0 x is NaN where x is: reals keep what is not the same for every number.
    assert_int_equal(loop_binary(build, LOOP_MULTIPLY, x, loop_number(build, 0))->kind, LOOP_MULTIPLY);
    assert_int_equal(loop_binary(build, LOOP_ADD, x, loop_number(build, 0))->kind, LOOP_ADD);
    assert_true(loop_unary(build, LOOP_EXP, loop_number(build, 0))->number == 1);
    LoopExpr *known = loop_binary(build, LOOP_LESS, two, loop_integer(build, 3));
    assert_ptr_equal(loop_select(build, known, i, two), i);
    LoopExpr *open = loop_binary(build, LOOP_EQUAL, i, two);
    assert_ptr_equal(loop_binary(build, LOOP_AND, known, open), open);
}

static void strides_are_found(void **state) {
    LoopBuilder *build = &((Fixture *)*state)->build;
    LoopExpr *i = loop_variable(build, "i", LOOP_INDEX), *j = loop_variable(build, "j", LOOP_INDEX);
    LoopExpr *index = loop_scaled(build, loop_scaled(build, i, 5, j), 3, i);
    int64_t stride;
    assert_true(loop_stride(index, "i", &stride));
    assert_int_equal(stride, 16);
    assert_true(loop_stride(index, "j", &stride));
    assert_int_equal(stride, 3);
    assert_true(loop_stride(index, "k", &stride));
    assert_int_equal(stride, 0);
    assert_false(loop_stride(loop_binary(build, LOOP_MODULO, i, j), "i", &stride));
    assert_false(loop_stride(loop_binary(build, LOOP_MULTIPLY, i, j), "i", &stride));
    assert_true(loop_uses(index, "j"));
    assert_false(loop_uses(index, "k"));
}

static void names_hide_none(void **state) {
    LoopBuilder *build = &((Fixture *)*state)->build;
    LoopExpr *outer = loop_open_constant(build, AXIS_TILE, "i", 4);
    LoopExpr *inner = loop_open_constant(build, AXIS_LANE, "i", 4);
    assert_string_equal(outer->name, "i");
    assert_string_equal(inner->name, "i_2");
    loop_close(build);
    assert_string_equal(loop_open_constant(build, AXIS_LANE, "i", 4)->name, "i_2");
    assert_string_equal(loop_let(build, "chunk", inner)->name, "chunk_2");
    loop_close(build);
    loop_close(build);
    assert_string_equal(loop_open_constant(build, AXIS_LANE, "i", 4)->name, "i");
}

static void text_and_cost(void **state) {
    Fixture *fixture = *state;
    LoopBuilder *build = &fixture->build;
    Buffer x = {.name = "x", .elements = 12, .comment = "3x4"}, y = x;
    y.name = "y", y.base = BASE_CHUNK, y.offset = 64, y.stride = 128, y.written = true;
    loop_buffer(build, &x);
    loop_buffer(build, &y);
    LoopExpr *i = loop_open_constant(build, AXIS_LANE, "i", 12);
    LoopExpr *doubled = loop_binary(build, LOOP_MULTIPLY, loop_load(build, &x, i), loop_number(build, 2));
    loop_store(build, &y, i, loop_binary(build, LOOP_MAXIMUM, doubled, loop_number(build, 0)));
    loop_close(build);
    LoopCost cost = loop_cost(&fixture->function.body);
    assert_true(cost.flops == 24 && cost.bytes == 96);
    Text text = {0};
    loop_print(&fixture->function, &text);
    assert_string_equal(text_string(&text), "piece piece_0, a chunk each\n"
                                            "  buffer x: const real[12] at fixed + 0  # 3x4\n"
                                            "  buffer y: real[12] at chunk + 64 + image * 128  # 3x4\n"
                                            "  for lane i < 12\n"
                                            "    y[i] = (max (* x[i] 2) 0)\n");
    text_free(&text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(constants_fold, begin, end),
        cmocka_unit_test_setup_teardown(strides_are_found, begin, end),
        cmocka_unit_test_setup_teardown(names_hide_none, begin, end),
        cmocka_unit_test_setup_teardown(text_and_cost, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
