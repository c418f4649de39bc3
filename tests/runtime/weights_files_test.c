// Parameters in memory and in files: initial values, layouts, safetensors that are whole, foreign or hostile.
#include "data_support.h"
#include "initialize.h"
#include "npy.h"
#include "weights.h"
#include <math.h>

enum { ARENA_REALS = 1 << 16 };

// A convolution kept as height, width, input, output, a bias, and Adam's first moment of the bias.
static const Parameter parameters[] = {
    {.name = "conv.weight",
     .rank = 4,
     .shape = {20, 30, 3, 5},
     .axes = {2, 3, 1, 0},
     .offset = 64,
     .gradient = SIZE_MAX,
     .init = INIT_GLOROT_UNIFORM,
     .fan_in = 450,
     .fan_out = 300},
    {.name = "conv.bias",
     .rank = 1,
     .shape = {20},
     .axes = {0},
     .offset = 160000,
     .gradient = SIZE_MAX,
     .init = INIT_CONSTANT,
     .init_value = 0.25},
    {.name = "norm.running_var",
     .kind = PARAMETER_STATISTIC,
     .rank = 1,
     .shape = {20},
     .axes = {0},
     .offset = 162000,
     .gradient = SIZE_MAX,
     .init = INIT_ONES},
    {.name = "optimizer.m.conv.bias",
     .kind = PARAMETER_OPTIMIZER,
     .rank = 1,
     .shape = {20},
     .axes = {0},
     .offset = 164000,
     .gradient = SIZE_MAX,
     .init = INIT_ZEROS},
};

static const Program net = {
    .model = "net", .file = "net.cnn", .parameters = parameters, .parameter_count = 4};

static char *new_arena(void) {
    return data_allocate_zeroed(ARENA_REALS, sizeof(real));
}

static real *values_of(char *arena, int parameter) {
    return (real *)(arena + parameters[parameter].offset);
}

static void layouts_are_permuted(void **state) {
    (void)state;
    static real file[20 * 30 * 3 * 5], memory[20 * 30 * 3 * 5], back[20 * 30 * 3 * 5];
    for (int i = 0; i < 20 * 30 * 3 * 5; i++) file[i] = (real)i;
    weights_to_memory_layout(&parameters[0], file, memory);
    for (int o = 0; o < 20; o++) {
        for (int i = 0; i < 30; i++) {
            for (int y = 0; y < 3; y++) {
                for (int x = 0; x < 5; x++) {
                    assert_true(memory[((y * 5 + x) * 30 + i) * 20 + o] ==
                                file[((o * 30 + i) * 3 + y) * 5 + x]);
                }
            }
        }
    }
    weights_to_file_layout(&parameters[0], memory, back);
    assert_memory_equal(file, back, sizeof file);
}

// A dense layer's, [in][out] in memory, in panels of two outputs.
static void panels_lie_one_after_the_other(void **state) {
    (void)state;
    const Parameter dense = {.rank = 2, .shape = {6, 5}, .axes = {1, 0}, .panel = 2};
    real file[30], memory[30], back[30];
    for (int i = 0; i < 30; i++) file[i] = (real)i;
    weights_to_memory_layout(&dense, file, memory);
    for (int o = 0; o < 6; o++)
        for (int i = 0; i < 5; i++) assert_true(memory[(o / 2 * 5 + i) * 2 + o % 2] == file[o * 5 + i]);
    weights_to_file_layout(&dense, memory, back);
    assert_memory_equal(file, back, sizeof file);
}

static void weights_come_back(void **state) {
    (void)state;
    char *path = temporary_path("weights.safetensors"), *arena = new_arena(), *other = new_arena();
    initialize_parameters(&net, arena, 3);
    values_of(arena, 3)[7] = (real)0.5;
    const WeightsCounter counters[] = {{"epoch", 12}, {"best", 0.1}};
    const SafetensorsMetadata metadata[] = {{"model", "net \"quoted\"\n"}};
    const WeightsExtras extras = {counters, 2, metadata, 1};
    weights_save(path, &net, arena, true, &extras);
    weights_load(path, &net, other, true);
    assert_memory_equal(arena, other, ARENA_REALS * sizeof(real));

    Safetensors file = safetensors_read(path);
    double value;
    assert_true(weights_counter(&file, "epoch", &value) && value == 12);
    assert_true(weights_counter(&file, "best", &value) && value == 0.1);
    assert_false(weights_counter(&file, "step", &value));
    assert_string_equal(safetensors_metadata(&file, "model"), "net \"quoted\"\n");
    assert_null(safetensors_metadata(&file, "absent"));
    assert_int_equal(safetensors_find(&file, "conv.weight")->rank, 4);
    safetensors_free(&file);

    // Without the optimizer's state only weights and statistics are taken, and they suffice.
    memset(other, 0, ARENA_REALS * sizeof(real));
    weights_load(path, &net, other, false);
    assert_memory_equal(values_of(other, 0), values_of(arena, 0), 9000 * sizeof(real));
    assert_true(values_of(other, 3)[7] == 0);
    weights_save(path, &net, arena, false, NULL);
    weights_load(path, &net, other, false);
    unlink(path);
    free(path);
    free(arena);
    free(other);
}

static void both_precisions_are_read(void **state) {
    (void)state;
    float singles[20];
    double doubles[20];
    int64_t batches = 5;
    static float kernel[9000];
    for (int i = 0; i < 20; i++) doubles[i] = singles[i] = (float)i / 4;
    const SafetensorsTensor tensors[] = {{"norm.num_batches_tracked", DATA_I64, 0, {0}, &batches},
                                         {"conv.weight", DATA_F32, 4, {20, 30, 3, 5}, kernel},
                                         {"conv.bias", DATA_F32, 1, {20}, singles},
                                         {"norm.running_var", DATA_F64, 1, {20}, doubles}};
    char *path = temporary_path("mixed.safetensors"), *arena = new_arena();
    safetensors_write(path, tensors, 4, NULL, 0);
    weights_load(path, &net, arena, false);
    for (int i = 0; i < 20; i++) {
        assert_true(values_of(arena, 1)[i] == (real)singles[i]);
        assert_true(values_of(arena, 2)[i] == (real)doubles[i]);
    }
    unlink(path);
    free(path);
    free(arena);
}

static void load_weights(const void *path) {
    char *arena = new_arena();
    weights_load(path, &net, arena, false);
    free(arena);
}

static void load_checkpoint(const void *path) {
    char *arena = new_arena();
    weights_load(path, &net, arena, true);
    free(arena);
}

static void mismatches_are_named(void **state) {
    (void)state;
    static float kernel[9000], bias[20];
    char *path = temporary_path("mismatch.safetensors");
    SafetensorsTensor good[] = {{"conv.weight", DATA_F32, 4, {20, 30, 3, 5}, kernel},
                                {"conv.bias", DATA_F32, 1, {20}, bias},
                                {"norm.running_var", DATA_F32, 1, {20}, bias}};
    SafetensorsTensor tensors[4];
#define CASE(loader, count, message, ...)                                                                    \
    memcpy(tensors, good, sizeof good);                                                                      \
    __VA_ARGS__;                                                                                             \
    safetensors_write(path, tensors, count, NULL, 0);                                                        \
    expect_failure(loader, path, message)
    CASE(load_weights, 2, "tensor `norm.running_var` of model `net` is missing");
    CASE(load_weights, 3, "`conv.bias` of model `net` is missing; the closest is `conv.bais`",
         tensors[1].name = "conv.bais");
    CASE(load_weights, 4, "model `net` has no tensor `conv.biases`; the closest is `conv.bias`",
         tensors[3] = (SafetensorsTensor){"conv.biases", DATA_F32, 1, {20}, bias});
    CASE(load_weights, 3, "tensor `conv.weight` is 20x30x5x3; model `net` needs 20x30x3x5",
         (tensors[0].shape[2] = 5, tensors[0].shape[3] = 3));
    CASE(load_weights, 3, "tensor `conv.bias` is 20x1; model `net` needs 20",
         (tensors[1].rank = 2, tensors[1].shape[1] = 1));
    CASE(load_weights, 3, "tensor `conv.bias` is int32", tensors[1].type = DATA_I32);
    CASE(load_weights, 3, "belongs to another network",
         (tensors[0].name = "a", tensors[1].name = "b", tensors[2].name = "c"));
    CASE(load_weights, 0, "has no tensors at all");
    CASE(load_checkpoint, 3, "`optimizer.m.conv.bias` of model `net` is missing");
    bias[4] = NAN;
    CASE(load_weights, 3, "`conv.bias` has a value that is not finite");
#undef CASE
    unlink(path);
    free(path);
}

static void read_tensors(const void *path) {
    Safetensors file = safetensors_read(path);
    safetensors_free(&file);
}

static void write_header(const char *path, const char *header, size_t data) {
    size_t length = strlen(header);
    uint8_t *bytes = data_allocate_zeroed(8 + length + data, 1);
    for (int i = 0; i < 8; i++) bytes[i] = (uint8_t)((uint64_t)length >> 8 * i);
    memcpy(bytes + 8, header, length);
    write_bytes(path, bytes, 8 + length + data);
    free(bytes);
}

#define ENTRY(name, type, shape, offsets)                                                                    \
    "\"" name "\":{\"dtype\":\"" type "\",\"shape\":" shape ",\"data_offsets\":" offsets "}"

static void hostile_headers_are_refused(void **state) {
    (void)state;
    static const struct {
        const char *header;
        size_t data;
        const char *message;
    } cases[] = {
        {"{", 0, "its header is not JSON"},
        {"{\"a\":1}", 0, "has no type"},
        {"{} x", 0, "something follows its JSON header"},
        {"{\"a\":{\"dtype\":\"F32\"}}", 0, "has no shape"},
        {"{" ENTRY("a", "F32", "[1]", "[0]") "}", 4, "does not say where its bytes are"},
        {"{" ENTRY("a", "F32", "[1]", "[0,-4]") "}", 4, "does not say where its bytes are"},
        {"{" ENTRY("a", "F32", "[1]", "[0,1e300]") "}", 4, "does not say where its bytes are"},
        {"{" ENTRY("a", "BF16", "[1]", "[0,2]") "}", 2, "has type BF16; convert it to F32"},
        {"{" ENTRY("a", "F32", "[-1]", "[0,4]") "}", 4, "a dimension that is no whole number"},
        {"{" ENTRY("a", "F32", "[0.5]", "[0,4]") "}", 4, "a dimension that is no whole number"},
        {"{" ENTRY("a", "F32", "[1,1,1,1,1,1,1,1,1]", "[0,4]") "}", 4, "more than 8 dimensions"},
        {"{" ENTRY("a", "F32", "[4294967296,4294967296]", "[0,0]") "}", 0, "has 0 bytes"},
        {"{" ENTRY("a", "F32", "[2]", "[0,4]") "}", 4, "(float32 2) has 4 bytes"},
        {"{" ENTRY("a", "F32", "[1]", "[4,0]") "}", 4, "truncated or damaged"},
        {"{" ENTRY("a", "F32", "[2]", "[0,8]") "}", 7,
         "truncated or damaged: tensor `a` ends at byte 8 of 7"},
        {"{" ENTRY("a", "F32", "[1]", "[0,4]") "}", 8, "4 bytes follow the last tensor"},
        {"{" ENTRY("a", "F32", "[1]", "[4,8]") "}", 8, "a gap before tensor `a`"},
        {"{" ENTRY("a", "F32", "[2]", "[0,8]") "," ENTRY("b", "F32", "[1]", "[4,8]") "}", 8, "an overlap"},
        {"{" ENTRY("a", "F32", "[1]", "[0,4]") "," ENTRY("a", "F32", "[1]", "[4,8]") "}", 8,
         "two tensors `a`"},
        {"{" ENTRY("a\\nb", "F32", "[1]", "[0,4]") "}", 4, "control characters"},
        {"{\"__metadata__\":{\"a\":1}}", 0, "a value that is no string"},
        {"{\"__metadata__\":[]}", 0, "its metadata is not an object"},
    };
    char *path = temporary_path("hostile.safetensors");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        write_header(path, cases[i].header, cases[i].data);
        expect_failure(read_tensors, path, cases[i].message);
    }
    write_bytes(path, "\1\0\0", 3);
    expect_failure(read_tensors, path, "not a safetensors file: it has only 3 bytes");
    write_bytes(path, "\xff\xff\0\0\0\0\0\0{}", 10);
    expect_failure(read_tensors, path, "truncated: its header has 65535 bytes, the file 10");
    write_bytes(path, "\xff\xff\xff\xff\xff\xff\xff\xff{}", 10);
    expect_failure(read_tensors, path, "not a safetensors file");
    unlink(path);
    expect_failure(read_tensors, path, "cannot be opened: No such file or directory");
    free(path);
}

// Whatever byte is changed or cut off: one line and exit 1, or a file that is read; never a crash.
static void damage_never_crashes(void **state) {
    (void)state;
    const float values[4] = {1, 2, 3, 4};
    const double counter = 3;
    const SafetensorsTensor tensors[] = {{"first", DATA_F32, 2, {2, 2}, values},
                                         {"optimizer.epoch", DATA_F64, 0, {0}, &counter}};
    const SafetensorsMetadata metadata[] = {{"model", "net"}};
    char *path = temporary_path("damaged.safetensors");
    safetensors_write(path, tensors, 2, metadata, 1);
    size_t size;
    uint8_t *bytes = data_read_file(path, &size);
    for (size_t cut = 0; cut < size; cut += 1 + cut / 16) {
        write_bytes(path, bytes, cut);
        expect_failure(read_tensors, path, "");
    }
    static const uint8_t changes[] = {0x01, 0x80, 0xff};
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        // Every change in a child of its own; this one is only there to be quiet.
        if (freopen("/dev/null", "w", stderr) == NULL) _exit(9);
        for (size_t i = 0; i < size - sizeof values; i++) {
            for (size_t c = 0; c < sizeof changes; c++) {
                bytes[i] ^= changes[c];
                write_bytes(path, bytes, size);
                bytes[i] ^= changes[c];
                pid_t reader = fork();
                if (reader == 0) {
                    read_tensors(path);
                    _exit(0);
                }
                int status;
                if (waitpid(reader, &status, 0) != reader || !WIFEXITED(status) || WEXITSTATUS(status) > 1)
                    _exit(8);
            }
        }
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    unlink(path);
    free(path);
    free(bytes);
}

static void write_nowhere(const void *path) {
    safetensors_write(path, NULL, 0, NULL, 0);
}

// A write that fails leaves what was there.
static void writing_is_all_or_nothing(void **state) {
    (void)state;
    expect_failure(write_nowhere, "/nonexistent/folder/file.safetensors", "cannot be written: No such file");
    char *path = temporary_path("whole.bin"), *aside = data_format("%s.part", path);
    atomic_file_put(path, "old", 3);
    AtomicFile file = atomic_file_open(path);
    atomic_file_write(&file, "new and longer", 14);
    size_t size;
    uint8_t *bytes = data_read_file(path, &size);
    assert_int_equal(size, 3);
    free(bytes);
    atomic_file_commit(&file);
    bytes = data_read_file(path, &size);
    assert_int_equal(size, 14);
    assert_false(data_is_file(aside));
    free(bytes);
    unlink(path);
    free(path);
    free(aside);
}

static void mean_and_deviation(const real *values, size_t count, double *mean, double *deviation,
                               double *largest) {
    double sum = 0, squares = 0;
    *largest = 0;
    for (size_t i = 0; i < count; i++) {
        sum += values[i];
        squares += (double)values[i] * values[i];
        *largest = fmax(*largest, fabs(values[i]));
    }
    *mean = sum / (double)count;
    *deviation = sqrt(squares / (double)count - *mean * *mean);
}

// Keras's formulas: the deviation and the limit that each initializer must have for fans 450 and 300.
static void initializers_are_kerass(void **state) {
    (void)state;
    static const struct {
        InitializerKind kind;
        double value, deviation, limit;
    } cases[] = {
        {INIT_GLOROT_UNIFORM, 0, 0.05163978, 0.08944272}, {INIT_GLOROT_NORMAL, 0, 0.05163978, 0.11741362},
        {INIT_HE_UNIFORM, 0, 0.06666667, 0.11547005},     {INIT_HE_NORMAL, 0, 0.06666667, 0.15158034},
        {INIT_LECUN_UNIFORM, 0, 0.04714045, 0.08164966},  {INIT_LECUN_NORMAL, 0, 0.04714045, 0.10718348},
        {INIT_UNIFORM, 0.05, 0.02886751, 0.05},           {INIT_NORMAL, 0.05, 0.05, 0.4},
        {INIT_TRUNCATED_NORMAL, 0.05, 0.04398128, 0.1},
    };
    char *arena = new_arena();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        Parameter parameter = parameters[0];
        parameter.init = cases[i].kind;
        parameter.init_value = cases[i].value;
        Program program = {.model = "net", .parameters = &parameter, .parameter_count = 1};
        initialize_parameters(&program, arena, 1);
        double mean, deviation, largest;
        mean_and_deviation(values_of(arena, 0), 9000, &mean, &deviation, &largest);
        assert_float_equal(mean, 0, 4 * cases[i].deviation / sqrt(9000));
        assert_float_equal(deviation / cases[i].deviation, 1, 0.03);
        assert_true(largest <= cases[i].limit * (1 + 1e-6));
        assert_true(largest > (cases[i].kind == INIT_NORMAL ? 0.15 : 0.98 * cases[i].limit));
    }
    free(arena);
}

// Values belong to the seed and the name; neither the place in memory nor other parameters change them.
static void initial_values_follow_the_name(void **state) {
    (void)state;
    char *arena = new_arena(), *other = new_arena();
    initialize_parameters(&net, arena, 3);
    assert_true(values_of(arena, 1)[19] == (real)0.25 && values_of(arena, 2)[0] == 1 &&
                values_of(arena, 3)[0] == 0);
    Parameter moved = parameters[0];
    moved.offset = 0;
    for (int axis = 0; axis < 4; axis++) moved.axes[axis] = axis; // file order in memory
    Program program = {.model = "net", .parameters = &moved, .parameter_count = 1};
    static real file[9000];
    weights_to_file_layout(&parameters[0], values_of(arena, 0), file);
    initialize_parameters(&program, other, 3);
    assert_memory_equal(other, file, sizeof file);
    initialize_parameters(&program, other, 4);
    assert_memory_not_equal(other, file, sizeof file);
    moved.name = "conv_2.weight";
    initialize_parameters(&program, other, 3);
    assert_memory_not_equal(other, file, sizeof file);
    free(arena);
    free(other);
}

static void read_npy(const void *path) {
    NpyArray array = npy_read(path);
    npy_free(&array);
}

static void npy_files_come_back(void **state) {
    (void)state;
    static const DataType types[] = {DATA_F32, DATA_F64, DATA_I32, DATA_I64, DATA_U8};
    static const struct {
        int rank;
        int64_t shape[3];
    } shapes[] = {{0, {0}}, {1, {6}}, {3, {1, 2, 3}}, {2, {0, 3}}};
    const double values[6] = {1, 2, 3, 4, 5, 6};
    char *path = temporary_path("array.npy");
    for (int t = 0; t < 5; t++) {
        for (int s = 0; s < 4; s++) {
            npy_write(path, types[t], shapes[s].rank, shapes[s].shape, values);
            NpyArray array = npy_read(path);
            assert_int_equal(array.type, types[t]);
            assert_int_equal(array.rank, shapes[s].rank);
            assert_int_equal(array.count, data_shape_count(types[t], shapes[s].rank, shapes[s].shape));
            assert_memory_equal(array.data, values, array.count * data_type_size(types[t]));
            npy_free(&array);
        }
    }
    unlink(path);
    free(path);
}

static void damaged_npy_is_refused(void **state) {
    (void)state;
    static const struct {
        const char *header, *message;
    } cases[] = {
        {"{'descr': '<f4', 'fortran_order': True, 'shape': (1,), }", "Fortran order"},
        {"{'descr': '<c8', 'fortran_order': False, 'shape': (1,), }", "element type <c8"},
        {"{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }", "holds records"},
        {"{'descr': '<f4', 'shape': (1,), }", "its header is damaged"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (1, }", "its header is damaged"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", "truncated"},
        {"{'descr': '|u1', 'fortran_order': False, 'shape': (3,), }", "damaged: 3 of uint8 is 3 bytes"},
        {"{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999, 99999999999), }",
         "larger than memory"},
        {"{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999999999999,), }",
         "its header is damaged"},
        {"{'descr': '<f8', 'fortran_order': False, 'shape': (1, 1, 1, 1, 1, 1, 1, 1, 1), }", "more than 8"},
    };
    char *path = temporary_path("damaged.npy");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char bytes[256] = "\x93NUMPY\1";
        bytes[8] = (char)strlen(cases[i].header);
        strcpy(bytes + 10, cases[i].header);
        write_bytes(path, bytes, 10 + strlen(cases[i].header) + 4);
        expect_failure(read_npy, path, cases[i].message);
    }
    write_bytes(path, "\x93NUMPY\4\0\0\0", 10);
    expect_failure(read_npy, path, "format version 4");
    write_bytes(path, "\x93NUMPY\1\0\xff\0", 10);
    expect_failure(read_npy, path, "truncated: it ends in its header");
    write_bytes(path, "PK", 2);
    expect_failure(read_npy, path, "not an .npy file");
    unlink(path);
    free(path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(panels_lie_one_after_the_other),
        cmocka_unit_test(layouts_are_permuted),
        cmocka_unit_test(weights_come_back),
        cmocka_unit_test(both_precisions_are_read),
        cmocka_unit_test(mismatches_are_named),
        cmocka_unit_test(hostile_headers_are_refused),
        cmocka_unit_test(damage_never_crashes),
        cmocka_unit_test(writing_is_all_or_nothing),
        cmocka_unit_test(initializers_are_kerass),
        cmocka_unit_test(initial_values_follow_the_name),
        cmocka_unit_test(npy_files_come_back),
        cmocka_unit_test(damaged_npy_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
