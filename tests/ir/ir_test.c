// The text form: what is written is read back as the same, and what is wrong in it is said with its line. And
// what the verifier refuses.
#include "configurations.h"
#include "ir/ir_text.h"
#include "ir/verify.h"
#include "pipeline.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static const char *written(Arena *arena, const Module *module) {
    Text text = {0};
    ir_write(module, &text);
    const char *copy = arena_copy(arena, text_string(&text), text.length);
    text_free(&text);
    return copy;
}

static void check_round_trip(const char *name, const Module *module) {
    Arena *arena = arena_new();
    const char *error, *text = written(arena, module);
    Module *again = ir_read(arena, text, &error);
    if (!again) fail_msg("%s: %s", name, error);
    if (strcmp(written(arena, again), text) != 0) fail_msg("%s: another text when written again", name);
    assert_true(ir_signature(again) == ir_signature(module));
    ir_verify(again);
    arena_free(arena);
}

static void round_trip_configuration(const char *name, Configuration *configuration) {
    PipelineOptions options = pipeline_defaults();
    options.target = NULL;
    check_round_trip(name, configuration->module);
    check_round_trip(name, pipeline_run(configuration, &options)->module);
}

static void test_round_trip_of_all(void **state) {
    (void)state;
    assert_true(use_all_configurations(round_trip_configuration) > 40);
}

#define HEAD                                                                                                 \
    "module \"net\" batch 8 classes 4\n"                                                                     \
    "slot 0 \"dropout.rate\" 0.25\n"                                                                         \
    "tensor 0 \"w\" weight 4x2x3x3 axes 2,3,1,0 init glorot_uniform 0 fan 18,36 l2 @0\n"                     \
    "tensor 1 \"b\" weight 4 axes 0 init zeros 0 fan 4,4 l2 1e-05 frozen\n"                                  \
    "function model\n"                                                                                       \
    "  %0 = input() {shape = 6x6x2} : real[n,6,6,2] \"\"\n"

static void test_round_trip_of_text(void **state) {
    (void)state;
    static const char *const texts[] = {
        "module \"with \\\"quotes\\\" and \\\\\" batch 1 classes 2\n",
        HEAD "  %1 = tensor() {index = 0} : real[3,3,2,4] \"w\"\n"
             "  %2 = conv(%0, %1) {filters = 4, kernel = 3x3, stride = 2x2, dilation = 1x1, pad = [1, 1, 1, "
             "1], groups = 1, bias = true} : real[n,3,3,4] \"conv\"\n"
             "  %3 = dropout(%2) {rate = @0} : real[n,3,3,4] \"a.b\" frozen\n"
             "  %4 = flatten(%3) : real[n,36] \"flatten\"\n"};
    Arena *arena = arena_new();
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        const char *error;
        Module *module = ir_read(arena, texts[i], &error);
        if (!module) fail_msg("%s", error);
        assert_string_equal(written(arena, module), texts[i]);
    }
    arena_free(arena);
}

// Comments, empty lines, space and attributes left at their defaults.
static void test_reads_loose_text(void **state) {
    (void)state;
    Arena *arena = arena_new();
    const char *error;
    Module *module =
        ir_read(arena,
                "# a comment\n\n" HEAD
                "%1 = maxpool ( %0 ) { size = 2x2 , pad = same } : _ \"p\"  # its shape is not read\n\n"
                "  %2 = reshape(%1) {shape = 18} : _ \"\"",
                &error);
    if (!module) fail_msg("%s", error);
    const Function *model = module_function(module, "model");
    assert_int_equal(model->values.count, 3);
    assert_string_equal(shape_text(arena, &model->values.items[1]->shape), "3x3x2");
    assert_string_equal(shape_text(arena, &model->values.items[2]->shape), "18");
    assert_int_equal(value_attr(model->values.items[1], "stride")->size[0], 2);
    arena_free(arena);
}

static void test_signature_ignores_numbers_of_slots(void **state) {
    (void)state;
    Arena *arena = arena_new();
    const char *error;
    Module *a = ir_read(arena, HEAD, &error), *b = ir_read(arena, HEAD, &error);
    b->slots.items[0].value = 0.5;
    assert_true(ir_signature(a) == ir_signature(b));
    b->tensors.items[1].frozen = false;
    assert_false(ir_signature(a) == ir_signature(b));
    arena_free(arena);
}

static void test_errors_have_lines(void **state) {
    (void)state;
    static const struct {
        const char *text, *error;
    } cases[] = {
        {"", "line 1: no module"},
        {"net\n", "line 1: expected 'module'"},
        {"module net batch 8 classes 4\n", "line 1: expected '\"'"},
        {"module \"net batch 8\n", "line 1: expected '\"'"},
        {"module \"net\" batch eight classes 4\n", "line 1: expected a number"},
        {"module \"net\" batch 8 classes 4 5\n", "line 1: unexpected text at the end of the line"},
        {HEAD HEAD, "line 7: expected slot, tensor, function or a value"},
        {"module \"net\" batch 8 classes 4\n%0 = input()\n", "line 2: a value outside a function"},
        {"module \"net\" batch 8 classes 4\nslot 1 \"lr\" 0.1\n", "line 2: slot 1 stands at 0"},
        {"module \"net\" batch 8 classes 4\ntensor 3 \"w\" weight 4 axes 0 init zeros 0 fan 4,4\n",
         "line 2: tensor 3 stands at 0"},
        {"module \"net\" batch 8 classes 4\ntensor 0 \"w\" wait 4 axes 0 init zeros 0 fan 4,4\n",
         "line 2: there is no kind of tensor wait"},
        {"module \"net\" batch 8 classes 4\ntensor 0 \"w\" weight 1x2x3x4x5 axes 0 init zeros 0 fan 4,4\n",
         "line 2: too many dimensions"},
        {"module \"net\" batch 8 classes 4\ntensor 0 \"w\" weight 2x3 axes 1,1 init zeros 0 fan 4,4\n",
         "line 2: the axes are no permutation"},
        {"module \"net\" batch 8 classes 4\ntensor 0 \"w\" weight 2x3 axes 1,2 init zeros 0 fan 4,4\n",
         "line 2: the axes are no permutation"},
        {HEAD "  %2 = flatten(%0) : _ \"\"\n", "line 7: value 2 stands at 1"},
        {HEAD "  %1 = flaten(%0) : _ \"\"\n", "line 7: there is no op flaten"},
        {HEAD "  %1 = flatten(%1) : _ \"\"\n", "line 7: an input that is not there"},
        {HEAD "  %1 = flatten() : _ \"\"\n", "line 7: flatten takes at least 1 input"},
        {HEAD "  %1 = flatten(%0 %0) : _ \"\"\n", "line 7: expected ','"},
        {HEAD "  %1 = flatten(%0) : _\n", "line 7: expected '\"'"},
        {HEAD "  %1 = maxpool(%0) {sise = 2x2} : _ \"\"\n", "line 7: op maxpool has no attribute sise"},
        {HEAD "  %1 = maxpool(%0) {size = two} : _ \"\"\n", "line 7: 'two' is no value of size"},
        {HEAD "  %1 = maxpool(%0) {size = 2x2, pad = [1, 1", "line 7: '[1, 1' is no value of pad"},
        {HEAD "  %1 = maxpool(%0) {size = 2x2 : _ \"\"\n", "line 7: '2x2 : _ \"\"' is no value of size"},
        {HEAD "  %1 = dropout(%0) {rate = @1} : _ \"\"\n", "line 7: there is no slot 1"},
        {HEAD "  %1 = reshape(%0) : _ \"\"\n", "line 7: reshape needs shape"},
        {HEAD "  %1 = tensor() {index = 0} : _ \"\"\n  %2 = conv(%0, %1) {filters = 4} : _ \"\"\n",
         "line 8: conv needs kernel"},
        {HEAD "  %1 = tensor() {index = 2} : _ \"\"\n", "line 7: there is no tensor 2"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Arena *arena = arena_new();
        const char *error = "no error";
        Module *module = ir_read(arena, cases[i].text, &error);
        assert_null(module);
        assert_string_equal(error, cases[i].error);
        arena_free(arena);
    }
}

// --- the verifier ---

static Module *sound_module(Arena *arena) {
    const char *error;
    Module *module =
        ir_read(arena, HEAD "  %1 = relu(%0) : _ \"relu\"\n  %2 = flatten(%1) : _ \"\"\n", &error);
    assert_non_null(module);
    return module;
}

static Function *model_of(Module *module) {
    return module_function(module, "model");
}

static void number_wrongly(Module *module) {
    model_of(module)->values.items[2]->id = 7;
}

static void use_before(Module *module) {
    Value **values = model_of(module)->values.items;
    values[1]->inputs[0] = values[2];
}

static void lose_input(Module *module) {
    model_of(module)->values.items[1]->inputs[0] = NULL;
}

static void use_other_function(Module *module) {
    Function *other = function_new(module, "other");
    Value *input = value_new(other, &op_input, 0, NULL);
    function_append(other, input);
    model_of(module)->values.items[1]->inputs[0] = input;
}

static void change_shape(Module *module) {
    model_of(module)->values.items[2]->shape.dim[0] = 71;
}

static void empty_shape(Module *module) {
    model_of(module)->values.items[2]->shape.dim[0] = 0;
}

static void unknown_op(Module *module) {
    static Op own;
    own = *op_find("relu");
    model_of(module)->values.items[1]->op = &own;
}

static void use_effect(Module *module) {
    Function *model = model_of(module);
    Value *weight = function_tensor(model, 0);
    Value *effect = function_append(
        model, value_new(model, op_find_kind("sgd", OP_OPTIMIZER), 2, (Value *[]){weight, weight}));
    ADD(model, op_find("relu"), effect);
}

static void give_result(Module *module) {
    use_effect(module);
    model_of(module)->values.items[4]->type = TYPE_REAL;
}

static void change_nothing(Module *module) {
    (void)module;
}

// Runs the verifier in a child on what `damage` leaves; *said gets what it printed.
static int verify_in_child(void (*damage)(Module *module), char *said, size_t capacity) {
    int ends[2], status;
    size_t length = 0;
    ssize_t count;
    Arena *arena = arena_new();
    Module *module = sound_module(arena);
    damage(module);
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], STDERR_FILENO);
        ir_verify(module);
        _exit(0);
    }
    close(ends[1]);
    while (length + 1 < capacity && (count = read(ends[0], said + length, capacity - 1 - length)) > 0)
        length += (size_t)count;
    said[length] = '\0';
    close(ends[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    arena_free(arena);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void test_verifier(void **state) {
    (void)state;
    static const struct {
        void (*damage)(Module *module);
        const char *message;
    } cases[] = {
        {number_wrongly, "model: value 7 stands at 2"},
        {use_before, "model: input 0 of relu %1 does not come before it"},
        {lose_input, "model: relu %1 has no input 0"},
        {use_other_function, "model: input 0 of relu %1 does not come before it"},
        {change_shape, "model: flatten %2 has another shape than its rule gives"},
        {empty_shape, "model: flatten %2 has an empty shape"},
        {unknown_op, "model: op relu is not in the table"},
        {use_effect, "model: input 0 of relu %5 is an effect"},
        {give_result, "model: effect sgd %4 has a result"},
    };
    char said[1024];
    assert_int_equal(verify_in_child(change_nothing, said, sizeof said), 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(verify_in_child(cases[i].damage, said, sizeof said), 70);
        if (!strstr(said, cases[i].message)) fail_msg("expected '%s', said '%s'", cases[i].message, said);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip_of_all), cmocka_unit_test(test_round_trip_of_text),
        cmocka_unit_test(test_reads_loose_text),  cmocka_unit_test(test_signature_ignores_numbers_of_slots),
        cmocka_unit_test(test_errors_have_lines), cmocka_unit_test(test_verifier),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
