// Loop nests through the C target, compiled and run: each nest once with lane loops and once with the same
// loops over numbers; both must leave the same memory. Also what the null target prints.
#include "emit/target.h"
#include "plan/kernels.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK_IMAGES = 3, CHUNK_BYTES = 32768, FIXED_BYTES = 16384, HALF = 8192 };

static Arena *arena;
static LoopBuilder build;
static AxisKind lanes; // AXIS_LANE or AXIS_TILE

static Buffer *buffer(const char *name, ElementType type, BaseKind base, int64_t offset, int64_t stride,
                      bool written) {
    Buffer *result = NEW(arena, Buffer);
    *result = (Buffer){.name = name,
                       .type = type,
                       .base = base,
                       .offset = offset,
                       .stride = stride,
                       .elements = 64,
                       .written = written,
                       .comment = "test"};
    loop_buffer(&build, result);
    return result;
}

static LoopExpr *add(LoopExpr *a, LoopExpr *b) {
    return loop_binary(&build, LOOP_ADD, a, b);
}

static LoopExpr *multiply(LoopExpr *a, LoopExpr *b) {
    return loop_binary(&build, LOOP_MULTIPLY, a, b);
}

static LoopExpr *number(double x) {
    return loop_number(&build, x);
}

static LoopExpr *whole(int64_t i) {
    return loop_integer(&build, i);
}

// y[pixel][channel] = max(2 x + b[channel], 0) through every function of one number, image by image.
static void elementwise(int64_t channels) {
    Buffer *b = buffer("b", ELEMENT_REAL, BASE_FIXED, 64, 0, false);
    LoopExpr *images = loop_variable(&build, "images", LOOP_INDEX);
    loop_open(&build, AXIS_IMAGE, "image", images);
    Buffer *x = buffer("x", ELEMENT_REAL, BASE_CHUNK, 0, 512, false);
    Buffer *y = buffer("y", ELEMENT_REAL, BASE_CHUNK, HALF, 2048, true);
    LoopExpr *pixel = loop_open_constant(&build, AXIS_TILE, "pixel", 5);
    LoopExpr *channel = loop_open_constant(&build, lanes, "channel_number", channels);
    LoopExpr *at = loop_let(&build, "at", loop_scaled(&build, pixel, channels, channel));
    LoopExpr *v = loop_let(
        &build, "v", add(multiply(loop_load(&build, x, at), number(0.1)), loop_load(&build, b, channel)));
    LoopExpr *sum = loop_binary(&build, LOOP_MAXIMUM, v, number(0));
    for (LoopExprKind kind = LOOP_NEGATE; kind <= LOOP_SIGMOID; kind++) {
        LoopExpr *positive = add(loop_unary(&build, LOOP_ABSOLUTE, v), number(0.5));
        bool needs_positive = kind == LOOP_LOG || kind == LOOP_SQUARE_ROOT;
        sum = add(sum, loop_unary(&build, kind, needs_positive ? positive : v));
    }
    loop_let(&build, "unused", add(sum, v));
    sum = add(sum, loop_unary(&build, LOOP_TO_REAL, channel));
    loop_store(&build, y, at, loop_binary(&build, LOOP_DIVIDE, sum, number(3)));
    loop_close(&build), loop_close(&build), loop_close(&build);
}

// Pooling over a window of 3 with the place of the maximum as a byte, then the gradient by comparing places.
static void pooling(int64_t channels) {
    Buffer *x = buffer("x", ELEMENT_REAL, BASE_CHUNK, 0, 0, false);
    Buffer *y = buffer("y", ELEMENT_REAL, BASE_CHUNK, HALF, 0, true);
    Buffer *place = buffer("place", ELEMENT_BYTE, BASE_CHUNK, HALF + 2048, 0, true);
    Buffer *dx = buffer("dx", ELEMENT_REAL, BASE_CHUNK, HALF + 4096, 0, true);
    LoopExpr *c = loop_open_constant(&build, lanes, "c", channels);
    LoopExpr *best = loop_declare(&build, "best", loop_load(&build, x, c));
    LoopExpr *where = loop_declare(&build, "where", whole(0));
    LoopExpr *unused = loop_declare(&build, "unused", number(1));
    LoopExpr *k = loop_open_constant(&build, AXIS_UNROLLED, "k", 3);
    LoopExpr *v = loop_let(&build, "v", loop_load(&build, x, loop_scaled(&build, k, channels, c)));
    LoopExpr *larger = loop_let(&build, "larger", loop_binary(&build, LOOP_LESS, best, v));
    loop_assign(&build, where, loop_select(&build, larger, k, where));
    loop_assign(&build, best, loop_binary(&build, LOOP_MAXIMUM, best, v));
    loop_assign(&build, unused, v);
    loop_close(&build);
    loop_store(&build, y, c, best);
    loop_store(&build, place, c, where);
    loop_close(&build);
    k = loop_open_constant(&build, AXIS_TILE, "k", 3);
    c = loop_open_constant(&build, lanes, "c", channels);
    LoopExpr *here = loop_binary(&build, LOOP_EQUAL, loop_load_index(&build, place, c), k);
    LoopExpr *even = loop_binary(&build, LOOP_LESS, k, whole(2));
    LoopExpr *value =
        loop_select(&build, loop_binary(&build, LOOP_AND, here, even), loop_load(&build, y, c), number(0));
    loop_store(&build, dx, loop_scaled(&build, k, channels, c), value);
    loop_close(&build);
    loop_close(&build);
}

// A softmax-like reduction: maximum, sum of exponentials, one-hot against a label.
static void reduction(int64_t classes) {
    Buffer *x = buffer("x", ELEMENT_REAL, BASE_CHUNK, 0, 0, false);
    Buffer *label = buffer("label", ELEMENT_INT, BASE_FIXED, 0, 0, false);
    Buffer *y = buffer("y", ELEMENT_REAL, BASE_CHUNK, HALF, 0, true);
    LoopExpr *largest = loop_declare(&build, "largest", number(-1e30));
    LoopExpr *c = loop_open_constant(&build, lanes, "c", classes);
    loop_accumulate(&build, largest, LOOP_MAXIMUM, loop_load(&build, x, c));
    loop_close(&build);
    LoopExpr *total = loop_declare(&build, "total", number(0));
    c = loop_open_constant(&build, lanes, "c", classes);
    LoopExpr *shifted = loop_binary(&build, LOOP_SUBTRACT, loop_load(&build, x, c), largest);
    loop_accumulate(&build, total, LOOP_ADD, loop_unary(&build, LOOP_EXP, shifted));
    loop_close(&build);
    c = loop_open_constant(&build, lanes, "c", classes);
    LoopExpr *is_label = loop_binary(&build, LOOP_EQUAL, c, loop_load_index(&build, label, whole(1)));
    LoopExpr *share = loop_binary(&build, LOOP_DIVIDE, loop_load(&build, x, c), total);
    loop_store(&build, y, c, loop_select(&build, is_label, number(1), share));
    loop_close(&build);
    loop_store(&build, y, whole(classes), largest);
}

// Strides other than one, loads of bytes, a data-dependent index, an index if, and run-time extents.
static void strides(int64_t count) {
    Buffer *x = buffer("x", ELEMENT_REAL, BASE_CHUNK, 0, 0, false);
    Buffer *bytes = buffer("bytes", ELEMENT_BYTE, BASE_IMAGES, 0, 0, false);
    Buffer *labels = buffer("labels", ELEMENT_INT, BASE_LABELS, 0, 0, false);
    Buffer *index = buffer("index", ELEMENT_INT, BASE_INDEX, 0, 0, false);
    Buffer *rate = buffer("rate", ELEMENT_REAL, BASE_SLOTS, 0, 0, false);
    Buffer *y = buffer("y", ELEMENT_REAL, BASE_CHUNK, HALF, 0, true);
    Buffer *z = buffer("z", ELEMENT_REAL, BASE_SCRATCH, 0, 0, true);
    LoopExpr *images = loop_variable(&build, "images", LOOP_INDEX);
    LoopExpr *image = loop_open(&build, AXIS_IMAGE, "image", images);
    LoopExpr *from =
        loop_let(&build, "from", loop_scaled(&build, loop_load_index(&build, index, image), 64, whole(0)));
    LoopExpr *i = loop_open(&build, lanes, "i", add(images, whole(count)));
    LoopExpr *twice = loop_let(&build, "twice", loop_scaled(&build, i, 2, whole(1)));
    LoopExpr *value = add(loop_load(&build, x, twice), loop_load(&build, bytes, add(from, i)));
    loop_store(&build, z, i, multiply(value, loop_load(&build, rate, whole(2))));
    loop_close(&build);
    LoopExpr *j = loop_open_constant(&build, lanes, "j", count);
    loop_if(&build, loop_binary(&build, LOOP_LESS, image, whole(2)));
    LoopExpr *target = loop_scaled(&build, j, 3, multiply(image, whole(200)));
    loop_store(&build, y, target, add(loop_load(&build, z, j), loop_load(&build, labels, j)));
    loop_close(&build);
    loop_close(&build);
    LoopExpr *k = loop_open_constant(&build, lanes, "k", count);
    LoopExpr *place = loop_binary(&build, LOOP_MODULO, k, whole(7));
    loop_store(&build, y, add(k, whole(1000)), loop_load(&build, x, place));
    loop_close(&build);
    loop_close(&build);
}

// A dense layer with bias and rectifier in its epilogue, beside the same from nests.
static void kernel_call(int64_t outputs) {
    Buffer *x = buffer("x", ELEMENT_REAL, BASE_CHUNK, 0, 0, false);
    Buffer *w = buffer("w", ELEMENT_REAL, BASE_FIXED, 1024, 0, false);
    Buffer *b = buffer("b", ELEMENT_REAL, BASE_FIXED, 64, 0, false);
    Buffer *y = buffer("y", ELEMENT_REAL, BASE_CHUNK, HALF, 0, true);
    if (lanes == AXIS_LANE) {
        Kernel *kernel = NEW(arena, Kernel);
        *kernel = (Kernel){.family = "dense_forward", .comment = "dense"};
        list_add(arena, &kernel->constants, ((KernelConstant){"ROWS", 4}));
        list_add(arena, &kernel->constants, ((KernelConstant){"INPUTS", 9}));
        list_add(arena, &kernel->constants, ((KernelConstant){"OUTPUTS", outputs}));
        list_add(arena, &kernel->constants, ((KernelConstant){"OUTPUT_STRIDE", outputs}));
        kernel_choose(arena, kernel, NULL);
        LoopExpr *channel = loop_variable(&build, "channel", LOOP_INDEX);
        LoopExpr *sum = add(loop_variable(&build, "accumulated", LOOP_REAL), loop_load(&build, b, channel));
        kernel->epilogue = loop_binary(&build, LOOP_MAXIMUM, sum, number(0));
        list_add(arena, &kernel->epilogue_buffers, b);
        LoopStatement *call = loop_call(&build, kernel);
        loop_operand(&build, call, y, NULL);
        loop_operand(&build, call, x, NULL);
        loop_operand(&build, call, w, NULL);
        return;
    }
    LoopExpr *row = loop_open_constant(&build, AXIS_TILE, "row", 4);
    LoopExpr *o = loop_open_constant(&build, AXIS_TILE, "o", outputs);
    LoopExpr *sum = loop_declare(&build, "sum", number(0));
    LoopExpr *i = loop_open_constant(&build, AXIS_REDUCE, "i", 9);
    LoopExpr *weight = loop_load(&build, w, loop_scaled(&build, i, outputs, o));
    loop_accumulate(&build, sum, LOOP_ADD,
                    multiply(loop_load(&build, x, loop_scaled(&build, row, 9, i)), weight));
    loop_close(&build);
    sum = loop_binary(&build, LOOP_MAXIMUM, add(sum, loop_load(&build, b, o)), number(0));
    loop_store(&build, y, loop_scaled(&build, row, outputs, o), sum);
    loop_close(&build), loop_close(&build);
}

typedef void Nest(int64_t size);

static LoopFunction *make(Nest *nest, int64_t size, AxisKind axis, const char *name) {
    LoopFunction *function = NEW(arena, LoopFunction);
    *function = (LoopFunction){.name = name, .per_chunk = true, .comment = "a nest under test"};
    loop_builder_init(&build, arena, &function->body);
    lanes = axis;
    nest(size);
    if (build.enclosing.count) fputs("a loop is left open\n", stderr), exit(1);
    return function;
}

// The program around the pieces: runs each pair on equal memory and compares.
static const char *const program_head =
    "#include <stdio.h>\n#include <stdlib.h>\n"
    "enum { BYTES = 16384 + 2 * 32768 + 4096 };\n"
    "static _Alignas(64) char memory[2][BYTES], scratch[16384];\n"
    "void parallel(const Frame *frame, Piece *work, int count) {\n"
    "    for (int i = 0; i < count; i++) work(frame, i, scratch);\n}\n"
    "void parallel_backwards(const Frame *frame, Piece *work, int count) {\n"
    "    while (count > 0) work(frame, --count, scratch);\n}\n"
    "static int compare(const char *name, Step *vectors, Step *numbers) {\n"
    "    static uint8_t images[4096]; static int32_t labels[128]; static const uint32_t index[] = {3, 0, 7, "
    "2, 5};\n"
    "    Values *values = calloc(1, sizeof *values + 8 * sizeof(real));\n"
    "    values->slot[2] = (real)0.75;\n"
    "    for (int i = 0; i < 4096; i++) images[i] = (uint8_t)(i * 37);\n"
    "    for (int i = 0; i < 128; i++) labels[i] = i * 5 - 9;\n"
    "    for (int m = 0; m < 2; m++) {\n"
    "        real *numbers_at = (real *)memory[m];\n"
    "        for (size_t i = 0; i < BYTES / sizeof(real); i++) numbers_at[i] = (real)((i * 7919 % 1000) / "
    "100.0 - 5);\n"
    "        ((int32_t *)memory[m])[1] = 2;\n"
    "        Frame frame = {.arena = memory[m], .values = values, .n = 5, .images = images, .labels = "
    "labels, .index = index};\n"
    "        (m ? numbers : vectors)(&frame);\n"
    "    }\n"
    "    free(values);\n"
    "    int differences = 0, changed = 0;\n"
    "    const real *a = (real *)memory[0], *b = (real *)memory[1];\n"
    "    for (size_t i = 0; i < BYTES / sizeof(real); i++) {\n"
    "        double error = (double)(a[i] - b[i]), size = (double)(b[i] < 0 ? -b[i] : b[i]);\n"
    "        if (!(error <= 1e-5 * (size + 1) && error >= -1e-5 * (size + 1)))\n"
    "            if (differences++ < 3) printf(\"%s: element %zu: %g, not %g\\n\", name, i, (double)a[i], "
    "(double)b[i]);\n"
    "        if (b[i] != (real)((i * 7919 % 1000) / 100.0 - 5)) changed++;\n"
    "    }\n"
    "    if (changed < 2) printf(\"%s: nothing was computed\\n\", name), differences++;\n"
    "    return differences != 0;\n}\n\n"
    "int main(void) {\n    int failures = 0;\n";

static const struct {
    const char *name;
    Nest *nest;
} nests[] = {{"elementwise", elementwise},
             {"pooling", pooling},
             {"reduction", reduction},
             {"strides", strides},
             {"kernel_call", kernel_call}};
static const int64_t sizes[] = {1, 2, 7, 10, 16, 24, 37};

static void write_program(const char *path) {
    Text out = {0}, calls = {0};
    Emit emit = {.arena = arena, .out = &out, .layout = {FIXED_BYTES, CHUNK_BYTES, CHUNK_IMAGES, 16384}};
    target_c.begin(&emit);
    for (size_t n = 0; n < sizeof nests / sizeof *nests; n++)
        for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
            const char *names[2];
            for (int axis = 0; axis < 2; axis++) {
                names[axis] =
                    arena_printf(arena, "%s_%d_%s", nests[n].name, (int)sizes[s], axis ? "numbers" : "lanes");
                LoopFunction *piece = make(nests[n].nest, sizes[s], axis ? AXIS_TILE : AXIS_LANE,
                                           arena_printf(arena, "%s_0", names[axis]));
                target_c.piece(&emit, piece);
                target_c.step(&emit, names[axis], "runs it", 1, &piece);
            }
            text_printf(&calls, "    failures += compare(\"%s\", %s, %s);\n", names[0], names[0], names[1]);
        }
    text_add(&out, program_head);
    text_add(&out, text_string(&calls));
    text_add(&out, "    return failures != 0;\n}\n");
    FILE *file = fopen(path, "w");
    if (!file || fputs(text_string(&out), file) < 0 || fclose(file) != 0) perror(path), exit(1);
    text_free(&out), text_free(&calls);
}

static int null_target(void) {
    Text out = {0};
    Emit emit = {.arena = arena, .out = &out, .layout = {1, 2, 3, 4}};
    LoopFunction *piece = make(reduction, 5, AXIS_LANE, "piece_0");
    target_null.begin(&emit);
    target_null.piece(&emit, piece);
    target_null.step(&emit, "step", NULL, 1, &piece);
    const char *wanted[] = {"begin: 1 fixed, chunks of 3 images and 2 bytes, 4 scratch\n", "for lane c < 5\n",
                            "largest max= x[c]", "step step: piece_0\n", NULL};
    int failures = 0;
    for (const char **text = wanted; *text; text++)
        if (!strstr(text_string(&out), *text)) printf("null target: no '%s'\n", *text), failures++;
    if (failures) puts(text_string(&out));
    text_free(&out);
    return failures;
}

int main(int count, char **arguments) {
    arena = arena_new();
    const char *folder = getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp";
    const char *compiler = getenv("CC") ? getenv("CC") : "cc",
               *flags = count > 1 ? arguments[1] : "-O2 -march=native";
    const char *program = arena_printf(arena, "%s/emit_test_program", folder);
    write_program(arena_printf(arena, "%s.c", program));
    const char *command =
        arena_printf(arena, "%s -std=gnu11 %s -Wall -Wextra -Werror -Iruntime -Ikernels -o %s %s.c -lm && %s",
                     compiler, flags, program, program, program);
    int status = system(command);
    if (status != 0) printf("failed: %s\n", command);
    int failures = (status != 0) + null_target();
    arena_free(arena);
    return failures != 0;
}
