// The base floor: memory, text, UTF-8, and what messages look like.
#include "base/diagnostic.h"
#include "base/text.h"
#include "base/utf8.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void memory_is_zeroed_and_aligned(void **state) {
    (void)state;
    Arena *arena = arena_new();
    for (size_t size = 0; size < 200000; size = size * 3 + 1) {
        unsigned char *bytes = arena_alloc(arena, size);
        assert_int_equal((uintptr_t)bytes % _Alignof(max_align_t), 0);
        for (size_t i = 0; i < size; i++) assert_int_equal(bytes[i], 0);
        if (size) memset(bytes, 0xFF, size);
    }
    List(int) numbers = {0};
    for (int i = 0; i < 1000; i++) list_add(arena, &numbers, i);
    for (int i = 0; i < 1000; i++) assert_int_equal(numbers.items[i], i);
    assert_string_equal(arena_printf(arena, "%s %d", "conv", 64), "conv 64");
    assert_string_equal(arena_copy(arena, "dense", 3), "den");
    arena_free(arena);
}

static void numbers_read_back_as_themselves(void **state) {
    (void)state;
    static const struct {
        double number;
        const char *text;
    } cases[] = {
        {0.1, "0.1"},    {1e-7, "1e-07"}, {3, "3"},   {60000, "60000"},
        {1e20, "1e+20"}, {-2.5, "-2.5"},  {0.0, "0"}, {1.0 / 3, "0.3333333333333333"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Text text = {0};
        text_add_number(&text, cases[i].number);
        assert_string_equal(text_string(&text), cases[i].text);
        assert_true(strtod(text_string(&text), NULL) == cases[i].number);
        text_free(&text);
    }
}

static void close_words_are_found(void **state) {
    (void)state;
    static const char *const words[] = {"dropout", "drop", "relu", "softmax", "a", NULL};
    assert_int_equal(edit_distance("kitten", "sitting"), 3);
    assert_int_equal(edit_distance("drpo", "drop"), 1);
    assert_int_equal(edit_distance("", "abc"), 3);
    assert_string_equal(closest_word("drpo", words), "drop");
    assert_string_equal(closest_word("ReLU", words), "relu");
    assert_string_equal(closest_word("sofmtax", words), "softmax");
    assert_null(closest_word("conv", words));
    assert_null(closest_word("b", words));
}

static void the_hash_is_fnv_1a(void **state) {
    (void)state;
    // The algorithm's published test values.
    assert_true(hash_bytes(HASH_START, "", 0) == UINT64_C(0xcbf29ce484222325));
    assert_true(hash_bytes(HASH_START, "a", 1) == UINT64_C(0xaf63dc4c8601ec8c));
    assert_true(hash_bytes(HASH_START, "foobar", 6) == UINT64_C(0x85944171f73967e8));
}

static void invalid_utf8_is_refused(void **state) {
    (void)state;
    static const struct {
        const char *bytes;
        int length;
    } cases[] = {
        {"a", 1},
        {"\xC3\xA9", 2},
        {"\xE2\x86\x92", 3},
        {"\xF0\x9F\x98\x80", 4},
        {"\x80", 0},
        {"\xC0\x80", 0},
        {"\xE0\x80\x80", 0},
        {"\xED\xA0\x80", 0},
        {"\xF4\x90\x80\x80", 0},
        {"\xC3(", 0},
        {"\xE2\x86", 0},
        {"\xFF", 0},
        {"\xF0\x80\x80\x80", 0},
        {"", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(utf8_length(cases[i].bytes, strlen(cases[i].bytes)), cases[i].length);
    }
    Text text = {0};
    text_add_visible(&text, "a\033[m\xFFz\xE2\x80\xAE", 9);
    assert_string_equal(text_string(&text), "a\xEF\xBF\xBD[m\xEF\xBF\xBDz\xEF\xBF\xBD");
    text_free(&text);
}

static void positions_count_characters(void **state) {
    (void)state;
    Arena *arena = arena_new();
    const char *text = "\xEF\xBB\xBF#\xC3\xA9x\r\n\ny";
    const Source *source = source_from_text(arena, "a.cnn", text, strlen(text));
    Position position = position_of(source, 6);
    assert_int_equal(position.line, 1);
    assert_int_equal(position.column, 3);
    position = position_of(source, 10);
    assert_int_equal(position.line, 3);
    assert_int_equal(position.column, 1);
    assert_int_equal(position_of(source, 1000).column, 2);
    arena_free(arena);
}

static void files_that_cannot_be_read_say_why(void **state) {
    (void)state;
    Arena *arena = arena_new();
    assert_null(source_read(arena, "tests/base/no_such_file.cnn"));
    assert_int_equal(errno, ENOENT);
    assert_null(source_read(arena, "tests"));
    assert_int_equal(errno, EISDIR);
    assert_null(source_read(arena, "/dev/zero"));
    assert_int_equal(errno, EFBIG);
    arena_free(arena);
}

typedef struct Printed {
    Arena *arena;
    Source *source;
    Diagnostics *diagnostics;
} Printed;

static Printed begin(const char *text) {
    Arena *arena = arena_new();
    return (Printed){arena, source_from_text(arena, "a.cnn", text, strlen(text)), diagnostics_new(arena)};
}

static Span span_of(const Printed *printed, const char *word) {
    const char *place = strstr(printed->source->text, word);
    assert_non_null(place);
    uint32_t start = (uint32_t)(place - printed->source->text);
    return (Span){printed->source, start, start + (uint32_t)strlen(word)};
}

// Compares what is printed, and frees all.
static void expect(Printed *printed, bool json, bool colour, const char *expected) {
    char *text = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&text, &length);
    assert_non_null(stream);
    if (json) {
        diagnostics_print_json(printed->diagnostics, stream);
    } else {
        diagnostics_print(printed->diagnostics, stream, colour);
    }
    fclose(stream);
    assert_string_equal(text, expected);
    free(text);
    arena_free(printed->arena);
}

static void labels_stand_under_their_words(void **state) {
    (void)state;
    Printed printed = begin("one\n\n\n\n\n\n\n\n\n  join(body, skip) -> relu\n");
    Diagnostic *diagnostic =
        diagnose(printed.diagnostics, SEVERITY_ERROR, E0101, span_of(&printed, "join(body, skip)"),
                 "branches of `%s` have different shapes", "join");
    diagnostic_label(diagnostic, span_of(&printed, "body"), "16x16x32");
    diagnostic_label(diagnostic, span_of(&printed, "skip"), "32x32x16");
    diagnostic_label(diagnostic, span_of(&printed, "one"), "declared here");
    diagnostic_note(diagnostic, "expanded from block");
    diagnostic_help(diagnostic, "first\nsecond");
    expect(&printed, false, false,
           "error[E0101]: branches of `join` have different shapes\n"
           "  --> a.cnn:10:3\n"
           "   |\n"
           "10 |   join(body, skip) -> relu\n"
           "   |        ^^^^  ^^^^ 32x32x16\n"
           "   |        16x16x32\n"
           "   |\n"
           "1  | one\n"
           "   | ^^^ declared here\n"
           "   = note: expanded from block\n"
           "   = help: first\n"
           "           second\n"
           "\n"
           "1 error\n");
}

static void messages_are_sorted_and_said_once(void **state) {
    (void)state;
    Printed printed = begin("\tone\ttwo\n");
    for (int i = 0; i < 100; i++) {
        Diagnostic *diagnostic =
            diagnose(printed.diagnostics, SEVERITY_WARNING, E0101, span_of(&printed, "two"), "again");
        assert_true((diagnostic != NULL) == (i == 0));
        diagnostic_help(diagnostic, "once");
    }
    diagnose(printed.diagnostics, SEVERITY_ERROR, E0101, span_of(&printed, "one"), "before");
    diagnose(printed.diagnostics, SEVERITY_ERROR, E0101, (Span){0}, "nowhere");
    assert_int_equal(diagnostics_errors(printed.diagnostics), 2);
    assert_int_equal(diagnostics_warnings(printed.diagnostics), 1);
    expect(&printed, false, false,
           "error[E0101]: nowhere\n"
           "\n"
           "error[E0101]: before\n"
           " --> a.cnn:1:2\n"
           "  |\n"
           "1 |     one two\n"
           "  |     ^^^\n"
           "\n"
           "warning[E0101]: again\n"
           " --> a.cnn:1:6\n"
           "  |\n"
           "1 |     one two\n"
           "  |         ^^^\n"
           "  = help: once\n"
           "\n"
           "2 errors, 1 warning\n");
}

static void long_lines_are_shown_around_the_place(void **state) {
    (void)state;
    char text[1001] = {0};
    memset(text, 'a', 1000);
    memcpy(text + 500, "HERE", 4);
    Printed printed = begin(text);
    diagnose(printed.diagnostics, SEVERITY_ERROR, E0101, span_of(&printed, "HERE"), "long");
    char expected[600];
    snprintf(expected, sizeof expected,
             "error[E0101]: long\n --> a.cnn:1:501\n  |\n1 | ...%.30sHERE%.66s...\n  | %33s^^^^\n\n1 error\n",
             text, text, "");
    expect(&printed, false, false, expected);
}

static void colour_is_given_where_it_is_asked_for(void **state) {
    (void)state;
    Printed printed = begin("x\n");
    diagnose(printed.diagnostics, SEVERITY_ERROR, E0101, (Span){0}, "red");
    expect(&printed, false, true, "\033[1;31merror[E0101]\033[0m: \033[1mred\033[0m\n\n1 error\n");
}

static void json_has_all_of_a_message(void **state) {
    (void)state;
    Printed printed = begin("one\ntwo\n");
    Diagnostic *diagnostic =
        diagnose(printed.diagnostics, SEVERITY_ERROR, E0101, span_of(&printed, "two"), "a \"quoted\" \xFF");
    diagnostic_label(diagnostic, span_of(&printed, "one"), "label");
    diagnostic_note(diagnostic, "note");
    diagnostic_help(diagnostic, "help");
    expect(
        &printed, true, false,
        "{\n\t\"diagnostics\":\t[{\n\t\t\t\"severity\":\t\"error\",\n\t\t\t\"code\":\t\"E0101\",\n"
        "\t\t\t\"message\":\t\"a \\\"quoted\\\" "
        "\xEF\xBF\xBD\",\n\t\t\t\"file\":\t\"a.cnn\",\n\t\t\t\"line\":\t2,\n"
        "\t\t\t\"column\":\t1,\n\t\t\t\"end_line\":\t2,\n\t\t\t\"end_column\":\t4,\n\t\t\t\"labels\":\t[{\n"
        "\t\t\t\t\t\"message\":\t\"label\",\n\t\t\t\t\t\"file\":\t\"a.cnn\",\n\t\t\t\t\t\"line\":\t1,\n"
        "\t\t\t\t\t\"column\":\t1,\n\t\t\t\t\t\"end_line\":\t1,\n\t\t\t\t\t\"end_column\":\t4\n\t\t\t\t}],\n"
        "\t\t\t\"notes\":\t[\"note\"],\n\t\t\t\"help\":\t[\"help\"]\n\t\t}],\n\t\"errors\":\t1,"
        "\n\t\"warnings\":\t0\n}\n");
}

static void codes_go_by_their_names(void **state) {
    (void)state;
    for (int i = 0; i < CODE_COUNT; i++) {
        assert_int_equal(code_from_name(code_name((Code)i)), i);
        assert_true(strlen(code_title((Code)i)) > 0 && strlen(code_explanation((Code)i)) > 0);
    }
    assert_int_equal(code_from_name("E9999"), CODE_COUNT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_zeroed_and_aligned),
        cmocka_unit_test(numbers_read_back_as_themselves),
        cmocka_unit_test(close_words_are_found),
        cmocka_unit_test(the_hash_is_fnv_1a),
        cmocka_unit_test(invalid_utf8_is_refused),
        cmocka_unit_test(positions_count_characters),
        cmocka_unit_test(files_that_cannot_be_read_say_why),
        cmocka_unit_test(labels_stand_under_their_words),
        cmocka_unit_test(messages_are_sorted_and_said_once),
        cmocka_unit_test(long_lines_are_shown_around_the_place),
        cmocka_unit_test(colour_is_given_where_it_is_asked_for),
        cmocka_unit_test(json_has_all_of_a_message),
        cmocka_unit_test(codes_go_by_their_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
