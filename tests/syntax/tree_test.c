// Without arguments: checks of the tree itself. With a file: what the parser makes of it, for the golden
// cases:
//   tree_test FILE           the formatted file on stdout, or the messages on stderr and exit 1
//   tree_test --json FILE    the messages as JSON on stdout
// A formatted file is read and formatted once more, and must not change.
#include "base/text.h"
#include "syntax/tree.h"
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static Arena *arena;

static Tree *read_text(const char *text, Diagnostics *diagnostics) {
    return parse(arena, source_from_text(arena, "test.cnn", text, strlen(text)), diagnostics);
}

static Tree *read_good(const char *text) {
    Diagnostics *diagnostics = diagnostics_new(arena);
    Tree *tree = read_text(text, diagnostics);
    assert_int_equal(diagnostics_errors(diagnostics), 0);
    return tree;
}

static const Expr *value_of(const char *text) {
    const Tree *tree = read_good(arena_printf(arena, "x = %s", text));
    assert_int_equal(tree->items.count, 1);
    assert_int_equal(tree->items.items[0]->kind, ITEM_PROPERTY);
    return tree->items.items[0]->value;
}

static void numbers_have_their_values(void **state) {
    (void)state;
    static const struct {
        const char *text;
        ExprKind kind;
        double number;
        bool is_integer;
    } cases[] = {
        {"12", EXPR_NUMBER, 12, true},
        {"0.1", EXPR_NUMBER, 0.1, false},
        {"1e-3", EXPR_NUMBER, 1e-3, false},
        {"7%", EXPR_PERCENT, 0.07, false},
        {"0.1%", EXPR_PERCENT, 1e-3, false},
        {"2.5e1%", EXPR_PERCENT, 0.25, false},
        {"72deg", EXPR_ANGLE, 72, false},
        {"1e2deg", EXPR_ANGLE, 100, false},
        {"0", EXPR_NUMBER, 0, true},
        {"0.0", EXPR_NUMBER, 0, false},
        {"9223372036854775807", EXPR_NUMBER, 9223372036854775807.0, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const Expr *expr = value_of(cases[i].text);
        assert_int_equal(expr->kind, cases[i].kind);
        assert_true(expr->number == cases[i].number);
        assert_int_equal(expr->is_integer, cases[i].is_integer);
        assert_string_equal(expr->text, cases[i].text);
    }
}

static void sizes_and_ranges_are_told_apart(void **state) {
    (void)state;
    const Expr *size = value_of("28x28x1");
    assert_int_equal(size->kind, EXPR_SIZE);
    assert_int_equal(size->rank, 3);
    assert_int_equal(size->dims[1], 28);
    assert_int_equal(size->dims[2], 1);
    assert_int_equal(value_of("x3")->kind, EXPR_NAME);
    const Expr *range = value_of("1..5");
    assert_int_equal(range->kind, EXPR_RANGE);
    assert_true(range->left->is_integer && range->left->number == 1 && range->right->number == 5);
    assert_int_equal(value_of("0%..200%")->right->kind, EXPR_PERCENT);
    assert_true(value_of("1.5..n + 1")->left->number == 1.5);
    assert_int_equal(value_of("a.b..c")->kind, EXPR_RANGE);
}

static void strings_lose_their_escapes(void **state) {
    (void)state;
    assert_string_equal(value_of("\"a\\\"b\\\\c\\nd # e\"")->name, "a\"b\\c\nd # e");
    assert_string_equal(value_of("\"\"")->name, "");
}

static void operators_bind_as_usual(void **state) {
    (void)state;
    const Expr *expr = value_of("not a + 2*b == c and d or e");
    assert_int_equal(expr->operator, OPERATOR_OR);
    assert_int_equal(expr->left->operator, OPERATOR_AND);
    assert_int_equal(expr->left->left->operator, OPERATOR_NOT);
    assert_int_equal(expr->left->left->left->operator, OPERATOR_EQUAL);
    expr = value_of("1 - 2 - 3");
    assert_int_equal(expr->left->operator, OPERATOR_SUBTRACT);
    assert_int_equal(value_of("-1..5")->kind, EXPR_RANGE);
}

static void a_tree_without_text_is_printed_with_the_parentheses_it_needs(void **state) {
    (void)state;
    Expr one = {.kind = EXPR_NUMBER, .number = 1}, share = {.kind = EXPR_PERCENT, .number = 0.07};
    Expr sum = {.kind = EXPR_BINARY, .operator= OPERATOR_ADD, .left = &one, .right = &share};
    Expr product = {.kind = EXPR_BINARY, .operator= OPERATOR_MULTIPLY, .left = &one, .right = &sum};
    Expr string = {.kind = EXPR_STRING, .name = "a\"\n\\"},
         size = {.kind = EXPR_SIZE, .rank = 2, .dims = {3, 5}};
    Text text = {0};
    expr_print(&product, &text);
    text_add(&text, " ");
    expr_print(&string, &text);
    text_add(&text, " ");
    expr_print(&size, &text);
    assert_string_equal(text_string(&text), "1*(1 + 7%) \"a\\\"\\n\\\\\" 3x5");
    text_free(&text);
}

static void labels_are_layers_in_bodies_and_settings_elsewhere(void **state) {
    (void)state;
    const Tree *tree = read_good("model m { c1 = conv(3); repeat 2 { c2 = relu } }\ntrain t { loss = mse }");
    const Item *model = tree->items.items[0];
    assert_int_equal(model->items.items[0]->kind, ITEM_CHAIN);
    assert_string_equal(model->items.items[0]->elements.items[0].label, "c1");
    assert_int_equal(model->items.items[1]->items.items[0]->kind, ITEM_CHAIN);
    assert_int_equal(tree->items.items[1]->items.items[0]->kind, ITEM_PROPERTY);
}

static void sections_keep_their_heads(void **state) {
    (void)state;
    const Tree *tree =
        read_good("block b(x, y = 3x3) { relu }\nmodel m(l2 = 1e-4) on d { relu }\nvariant v from w");
    const Item *block = tree->items.items[0], *model = tree->items.items[1], *variant = tree->items.items[2];
    assert_int_equal(block->formals.count, 2);
    assert_null(block->formals.items[0].initial);
    assert_int_equal(block->formals.items[1].initial->kind, EXPR_SIZE);
    assert_string_equal(model->keyword, "model");
    assert_string_equal(model->arguments.items[0].name, "l2");
    assert_string_equal(model->on, "d");
    assert_int_equal(model->header.start, 29);
    assert_int_equal(model->header.end, 52);
    assert_string_equal(variant->from, "w");
    assert_false(variant->has_body);
}

static void what_is_broken_leaves_its_neighbours(void **state) {
    (void)state;
    Diagnostics *diagnostics = diagnostics_new(arena);
    const Tree *tree = read_text(
        "train t {\n  a = 1\n  b 2\n  c = 3 4\n  d = 4\n}\nmodel m on { x }\nparam p = 1\n", diagnostics);
    assert_int_equal(diagnostics_errors(diagnostics), 3);
    assert_int_equal(tree->items.count, 3);
    const Items *settings = &tree->items.items[0]->items;
    assert_string_equal(settings->items[settings->count - 1]->name, "d");
    assert_string_equal(tree->items.items[1]->name, "m");
}

static int start(void **state) {
    (void)state;
    arena = arena_new();
    return 0;
}

static int end(void **state) {
    (void)state;
    arena_free(arena);
    return 0;
}

static int run_checks(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_have_their_values),
        cmocka_unit_test(sizes_and_ranges_are_told_apart),
        cmocka_unit_test(strings_lose_their_escapes),
        cmocka_unit_test(operators_bind_as_usual),
        cmocka_unit_test(a_tree_without_text_is_printed_with_the_parentheses_it_needs),
        cmocka_unit_test(labels_are_layers_in_bodies_and_settings_elsewhere),
        cmocka_unit_test(sections_keep_their_heads),
        cmocka_unit_test(what_is_broken_leaves_its_neighbours),
    };
    return cmocka_run_group_tests(tests, start, end);
}

static const char *formatted(const Tree *tree) {
    Text text = {0};
    tree_print(tree, &text);
    const char *copy = arena_copy(arena, text_string(&text), text.length);
    text_free(&text);
    return copy;
}

static int show(const char *path, bool json) {
    Source *source = source_read(arena, path);
    if (!source) {
        perror(path);
        return 1;
    }
    Diagnostics *diagnostics = diagnostics_new(arena);
    const Tree *tree = parse(arena, source, diagnostics);
    int errors = diagnostics_errors(diagnostics);
    if (json) {
        diagnostics_print_json(diagnostics, stdout);
    } else if (errors) {
        diagnostics_print(diagnostics, stderr, false);
    } else {
        const char *once = formatted(tree);
        const char *twice = formatted(read_text(once, diagnostics));
        require(!strcmp(once, twice));
        fputs(once, stdout);
    }
    return errors > 0;
}

int main(int count, char **arguments) {
    if (count == 1) return run_checks();
    arena = arena_new();
    int code = show(arguments[count - 1], count == 3 && !strcmp(arguments[1], "--json"));
    arena_free(arena);
    return code;
}
