"""Every kernel variant against its family's reference: edge shapes, with and without an epilogue, in float and double.

timeout: 600

Outputs hold NaN before the call (unless the family accumulates), what lies behind every tensor is NaN, and the
bytes behind an output and behind the scratch must not change. The shapes are compiled into one C program a number type.
What there is to test comes from kernels.def: a variant is compared on all shapes for which its condition holds, and one that no
shape here reaches fails the test.
"""

import os
import re
import shlex
import subprocess
import sys
import tempfile

CONSTANTS = """HEIGHT WIDTH CHANNELS OUTPUT_HEIGHT OUTPUT_WIDTH FILTERS WINDOW_HEIGHT WINDOW_WIDTH STRIDE_Y STRIDE_X
DILATION_Y DILATION_X PAD_TOP PAD_LEFT GROUPS IMAGES ROWS TOGETHER INPUTS INPUT_STRIDE OUTPUTS OUTPUT_STRIDE ELEMENTS POOL_HEIGHT POOL_WIDTH""".split()

# height, width, channels, filters, window, stride, dilation, groups, padding (top, left, bottom, right)
CONV_SHAPES = [
    (1, 1, 1, 1, (1, 1), (1, 1), (1, 1), 1, (0, 0, 0, 0)),
    (9, 9, 1, 32, (3, 3), (1, 1), (1, 1), 1, (0, 0, 0, 0)),
    (8, 8, 16, 32, (3, 3), (1, 1), (1, 1), 1, (1, 1, 1, 1)),
    (7, 15, 3, 10, (5, 3), (1, 1), (1, 1), 1, (2, 1, 2, 1)),
    (9, 8, 5, 7, (2, 2), (1, 1), (1, 1), 1, (0, 0, 1, 1)),
    (11, 9, 4, 33, (3, 3), (2, 2), (1, 1), 1, (0, 0, 1, 1)),
    (9, 11, 2, 9, (2, 2), (3, 4), (1, 1), 1, (0, 0, 0, 0)),
    (12, 12, 6, 20, (3, 3), (1, 1), (2, 3), 1, (2, 3, 2, 3)),
    (6, 6, 8, 12, (3, 3), (1, 2), (1, 1), 2, (1, 1, 1, 1)),
    (6, 7, 9, 27, (3, 2), (2, 1), (2, 1), 3, (2, 0, 2, 1)),
    (7, 6, 70, 37, (3, 3), (1, 1), (1, 1), 1, (1, 1, 1, 1)),
    (5, 4, 18, 70, (2, 2), (1, 1), (1, 1), 1, (0, 1, 1, 0)),
    (9, 8, 33, 24, (3, 3), (2, 3), (1, 2), 1, (1, 2, 1, 2)),
    (4, 4, 17, 48, (1, 1), (1, 1), (1, 1), 1, (0, 0, 0, 0)),
    (5, 5, 3, 40, (5, 5), (1, 1), (1, 1), 1, (0, 0, 0, 0)),
    (2, 2, 24, 64, (2, 2), (1, 1), (1, 1), 1, (0, 0, 1, 1)),
    (3, 5, 11, 100, (1, 3), (1, 1), (1, 1), 1, (0, 1, 0, 1)),
    (13, 13, 1, 8, (7, 7), (5, 5), (1, 1), 1, (3, 3, 3, 3)),
    (22, 21, 1, 9, (7, 6), (1, 1), (1, 1), 1, (2, 1, 0, 3)),
    (12, 60, 2, 11, (2, 16), (1, 1), (1, 1), 1, (0, 0, 0, 0)),
    (10, 10, 2, 3, (1, 1), (4, 4), (1, 1), 1, (0, 0, 0, 0)),
    (18, 18, 48, 20, (3, 3), (1, 1), (1, 1), 1, (0, 0, 0, 0)),
    (5, 9, 300, 17, (3, 3), (1, 1), (1, 1), 1, (1, 1, 1, 1)),
    (13, 12, 64, 40, (2, 2), (1, 1), (1, 1), 1, (0, 0, 1, 1)),
    (14, 15, 64, 33, (2, 2), (1, 1), (1, 1), 1, (0, 0, 0, 0)),
    (3, 3, 40, 36, (3, 3), (1, 1), (1, 1), 1, (2, 2, 2, 2)),
    (18, 18, 10, 12, (3, 3), (1, 1), (1, 1), 1, (0, 0, 0, 0)),
    (11, 10, 9, 9, (3, 3), (1, 1), (1, 1), 1, (2, 2, 2, 2)),
    (17, 16, 12, 12, (2, 2), (1, 1), (1, 1), 1, (0, 0, 0, 0)),
    (9, 8, 300, 17, (3, 3), (1, 1), (1, 1), 1, (2, 1, 2, 2)),
    (12, 11, 40, 33, (2, 2), (1, 1), (1, 1), 1, (1, 1, 1, 1)),
    (17, 16, 64, 36, (2, 2), (1, 1), (1, 1), 1, (0, 0, 0, 1)),
]
# The pool's window, then as above: windows that leave an edge and such that leave none, of one pixel a row, of all pixels; more
# filters than bits of a word, fewer channels than lanes; taps that miss the image.
POOLED_SHAPES = [
    ((2, 2), (2, 2, 1, 1, (1, 1), (1, 1), (1, 1), 1, (0, 0, 0, 0))),
    ((2, 2), (8, 8, 16, 32, (3, 3), (1, 1), (1, 1), 1, (1, 1, 1, 1))),
    ((2, 2), (11, 13, 10, 10, (3, 3), (1, 1), (1, 1), 1, (0, 0, 0, 0))),
    ((3, 3), (14, 9, 5, 67, (2, 2), (1, 1), (1, 1), 1, (0, 0, 1, 1))),
    ((2, 3), (9, 11, 3, 40, (5, 3), (1, 1), (1, 1), 1, (2, 1, 2, 1))),
    ((1, 2), (9, 10, 33, 130, (3, 3), (2, 1), (2, 1), 1, (1, 1, 1, 1))),
    ((2, 2), (11, 9, 24, 9, (3, 5), (1, 2), (1, 1), 1, (0, 2, 1, 1))),
    ((3, 1), (6, 5, 40, 64, (1, 1), (1, 1), (1, 1), 1, (0, 0, 0, 0))),
    ((4, 4), (6, 6, 7, 20, (3, 3), (1, 1), (1, 1), 1, (0, 0, 0, 0))),
    ((2, 2), (20, 4, 4, 6, (9, 1), (1, 1), (1, 1), 1, (0, 0, 0, 0))),
    ((2, 2), (9, 9, 2, 5, (2, 2), (3, 3), (1, 1), 1, (3, 2, 2, 2))),
    ((2, 1), (9, 8, 6, 20, (3, 2), (1, 1), (1, 3), 1, (1, 1, 1, 1))),
    ((2, 2), (5, 70, 9, 11, (3, 3), (1, 1), (1, 1), 1, (1, 1, 1, 1))),
    ((2, 2), (14, 13, 1, 40, (3, 3), (1, 1), (1, 1), 1, (0, 0, 0, 0))),
    ((1, 2), (9, 16, 1, 37, (7, 7), (1, 1), (1, 1), 1, (2, 2, 2, 2))),
    ((3, 1), (19, 12, 2, 17, (5, 3), (1, 2), (2, 2), 1, (1, 0, 2, 1))),
]
# height, width, channels, filters, window, stride, dilation, padding
DEPTHWISE_SHAPES = [
    (1, 1, 1, 1, (1, 1), (1, 1), (1, 1), (0, 0, 0, 0)),
    (8, 9, 16, 16, (3, 3), (1, 1), (1, 1), (1, 1, 1, 1)),
    (7, 7, 5, 5, (5, 5), (1, 1), (1, 1), (2, 2, 2, 2)),
    (9, 8, 19, 19, (3, 3), (2, 2), (1, 1), (0, 0, 1, 1)),
    (9, 13, 33, 33, (2, 3), (1, 3), (2, 2), (1, 2, 1, 2)),
    (7, 6, 3, 6, (3, 3), (1, 1), (1, 1), (1, 1, 1, 1)),
    (10, 20, 8, 8, (3, 3), (4, 5), (1, 1), (0, 0, 0, 0)),
    (4, 4, 40, 40, (3, 3), (1, 1), (1, 1), (1, 1, 1, 1)),
    (4, 4, 24, 24, (5, 5), (1, 1), (1, 1), (2, 2, 2, 2)),
    (8, 30, 12, 12, (5, 5), (2, 2), (1, 1), (1, 1, 2, 2)),
    (3, 40, 8, 8, (3, 3), (1, 1), (1, 1), (1, 1, 1, 1)),
    (2, 47, 9, 9, (3, 3), (1, 1), (1, 1), (1, 1, 1, 1)),
    (5, 31, 17, 17, (3, 3), (2, 2), (1, 1), (1, 1, 1, 1)),
    (1, 33, 10, 20, (1, 5), (1, 2), (1, 3), (0, 6, 0, 6)),
    (12, 1, 7, 21, (7, 1), (2, 1), (1, 1), (3, 0, 3, 0)),
    (20, 20, 3, 3, (9, 15), (1, 1), (1, 1), (4, 7, 4, 7)),
    (6, 26, 4, 4, (3, 3), (1, 1), (1, 6), (2, 30, 2, 25)),
    (9, 9, 2, 2, (2, 2), (3, 3), (1, 1), (5, 7, 4, 3)),
    (3, 29, 11, 11, (1, 1), (1, 9), (1, 1), (0, 0, 0, 0)),
]
DENSE_SHAPES = [(1, 1, 1), (16, 64, 10), (4, 300, 33), (7, 5, 64), (13, 257, 8), (2, 17, 100), (3, 9, 31), (5, 13, 1), (1, 8, 200), (5, 19, 1030),
                (8, 20, 48), (3, 150, 24), (3, 45, 16)]
TRANSPOSED_SHAPES = [(1, 1, 1), (1, 128, 64), (9, 5, 3), (4, 17, 33), (1, 10, 784)]  # window, channels, filters
ELEMENTS = [1, 63, 64, 65, 512, 1000]

HEAD = r"""
#include "kernel.h"
#include "panel.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SLACK = 64 / sizeof(real), GUARD = 16 };
static int failures;
static uint32_t state = 1;

static real random_real(void) {
    state = state * 1664525u + 1013904223u;
    return (real)((int)(state >> 16) % 1000) / 500;
}

// A tensor of `count` numbers with NaN behind it.
static real *tensor(size_t count, int random) {
    real *result = malloc((count + SLACK) * sizeof(real));
    for (size_t i = 0; i < count + SLACK; i++) result[i] = i < count && random ? random_real() : (real)NAN;
    return result;
}

static real *copy(const real *from, size_t count) {
    real *result = tensor(count, 0);
    for (size_t i = 0; i < count; i++) result[i] = from[i];
    return result;
}

// Weights [window][in][out] turned round: [last - window][out][in].
static inline real *turned_weights(const real *weights, int window, int in, int out) {
    real *result = tensor((size_t)window * (size_t)in * (size_t)out, 0);
    for (int i = 0; i < window * in * out; i++)
        result[((window - 1 - i / (in * out)) * out + i % out) * in + i / out % in] = weights[i];
    return result;
}

// Positions in windows of `area`, behind them what is none; every third of the gradients that go with them is 0.
static uint8_t *positions_new(size_t count, int area, real *gradient) {
    uint8_t *result = malloc(count + 64);
    memset(result, 0xff, count + 64);
    for (size_t i = 0; i < count; i++) {
        result[i] = (uint8_t)((int)(random_real() * 500) % area);
        if (i % 3 == 0) gradient[i] = 0;
    }
    return result;
}

#ifndef REAL_F64
// The nearest numbers of 8 bits, ties to even.
static inline real *rounded(const real *from, size_t count) {
    real *result = tensor(count, 0);
    for (size_t i = 0; i < count; i++) {
        int exponent;
        double fraction = frexp((double)from[i], &exponent);
        result[i] = (real)ldexp(rint(fraction * 256), exponent - 8);
    }
    return result;
}
#endif

static void *scratch_new(size_t bytes) {
    unsigned char *scratch = malloc(bytes + GUARD);
    memset(scratch, 0xff, bytes);
    memset(scratch + bytes, 0x5a, GUARD);
    return scratch;
}

static void check(const char *what, const real *got, const real *wanted, size_t count, const unsigned char *scratch,
                  size_t scratch_bytes, double terms) {
    double worst = 0, largest = 0;
    for (size_t i = 0; i < count; i++) {
        double error = fabs((double)(got[i] - wanted[i]));
        if (!(error <= worst)) worst = error;
        if (fabs((double)wanted[i]) > largest) largest = fabs((double)wanted[i]);
    }
    double limit = (sizeof(real) == 4 ? 1e-6 : 1e-14) * (4 + terms) * (1 + largest);
    int bad = !(worst <= limit);
    for (size_t i = count; i < count + SLACK; i++) bad |= !isnan(got[i]);
    for (int i = 0; i < GUARD; i++) bad |= scratch[scratch_bytes + (size_t)i] != 0x5a;
    if (bad) failures++, printf("FAILED: %s: error %g, at most %g, of values up to %g\n", what, worst, limit, largest);
}
"""

EPILOGUES = {
    "": "",
    "epilogue": "#define KERNEL_EPILOGUE(accumulated, element, channel) "
                "(vec_load((const real *)slots[0] + (element)) + (accumulated) * vec_load((const real *)slots[1] + (channel)))\n",
    "bias": "#define KERNEL_EPILOGUE(accumulated, element, channel) ((void)(element), (accumulated) + vec_load((const real *)slots[1] + (channel)))\n"
            "#define KERNEL_BIAS slots[1]\n",
}
# What is consumed twice is added twice.
CONSUMER = ("#define KERNEL_CONSUMER(accumulated, element) "
            "vec_store(weights_gradient + (element) - first, vec_load(weights_gradient + (element) - first) + (accumulated))\n")
SURROUNDINGS = EPILOGUES | {"consumer": CONSUMER}


def openblas():
    """The C compiler's words for OpenBLAS, if it is there."""
    libraries = subprocess.run(["tools/openblas"], capture_output=True, text=True, check=True).stdout
    return ["-DHAS_OPENBLAS=1", *shlex.split(libraries)] if libraries.strip() else []


class Variant:
    """A row of kernels.def; form: of the weights that a variant with its sizes as an argument reads, None of others."""

    def __init__(self, name, path, form):
        self.name, self.path, self.form = name, path, form
        self.rounds = bool(form and form.startswith("BF16"))


def variants():
    """family -> [Variant] from kernels.def, as far as what they need is there."""
    found = {}
    with open("kernels/kernels.def", encoding="utf-8") as file:
        for family, name, path, form in re.findall(r'^KERNEL(?:_SIZED)?\((\w+), (\w+), "([^"]+)", (?:(AS_THEY_ARE|TRANSFORMED|PACKED\w*|WINOGRAD_\w+|BF16\w*),)?',
                                                   file.read(), re.M):
            if not path.startswith("blas/") or openblas():
                found.setdefault(family, []).append(Variant(name, path, form or None))
    return found


def sizes_text(name, constants):
    fields = ", ".join(f".{key.lower()} = {value}" for key, value in constants.items() if key not in ("ELEMENTS", "POOL_HEIGHT", "POOL_WIDTH"))
    return f"static const KernelSizes {name} = {{{fields}}};\n"


def define(constants):
    return "".join(f"#define KERNEL_{name} {constants.get(name, 1)}\n" for name in CONSTANTS)


FITTING = r"""
#include <stdio.h>

typedef struct Shape { long long %(fields)s; } Shape;
typedef struct Row { const char *family, *variant; int (*fits)(const Shape *shape); } Row;

#define C(name) shape->name
#define KERNEL(family, variant, file, condition, scratch) \
    static int family##_##variant(const Shape *shape) { (void)shape; return condition; }
#include "kernels.def"
static const Row rows[] = {
#define KERNEL(family, variant, file, condition, scratch) {#family, #variant, family##_##variant},
#include "kernels.def"
};

int main(void) {
    Shape s;
    while (scanf("%(formats)s", %(places)s) == %(count)d) {
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
            if (rows[i].fits(&s)) printf("%%s.%%s ", rows[i].family, rows[i].variant);
        puts("");
    }
    return 0;
}
"""


def shape_key(constants):
    return tuple(constants.get(name, 1) for name in CONSTANTS)


def fitting(folder, shapes):
    """shape_key -> the "family.variant" whose conditions hold for it, as kernels.def says in C."""
    source, program = os.path.join(folder, "fitting.c"), os.path.join(folder, "fitting")
    with open(source, "w", encoding="utf-8") as file:
        file.write(FITTING % {"fields": ", ".join(CONSTANTS), "formats": "%lld" * len(CONSTANTS),
                              "places": ", ".join(f"&s.{name}" for name in CONSTANTS), "count": len(CONSTANTS)})
    subprocess.run(["cc", "-O0", "-Ikernels", *openblas(), source, "-o", program], check=True)
    text = "\n".join(" ".join(map(str, shape)) for shape in shapes)
    lines = subprocess.run([program], input=text, capture_output=True, text=True, check=True).stdout.splitlines()
    return dict(zip(shapes, map(str.split, lines)))


class Writer:
    """Writes the C program. `fits`: what fitting() found; without it, only the shapes are collected."""

    def __init__(self, fits=None):
        self.text = [HEAD]
        self.calls = []
        self.printed = set()
        self.count = 0
        self.families = variants()
        self.fits = fits
        self.shapes = []
        self.tested = set()

    def fitting_variants(self, family, constants):
        """The family's variants that can compute the shape."""
        self.shapes.append(shape_key(constants))
        fits = self.fits[shape_key(constants)] if self.fits else []
        found = [row for row in self.families[family] if f"{family}.{row.name}" in fits]
        self.tested.update(f"{family}.{row.name}" for row in found)
        return found

    def sized(self, family, row, epilogue):
        """The name of a kernel that takes its sizes as an argument: printed once for all shapes."""
        name = f"{family}_{row.name}_sized_{epilogue}"
        if name not in self.printed:
            self.printed.add(name)
            self.text.append(SURROUNDINGS[epilogue] + f'#define KERNEL {name}\n#include "{row.path}"\n')
        return name

    def instance(self, family, row, constants, epilogue):
        """The kernel's name, after printing it and NAME_scratch(), its bytes, and of a sized one NAME_sizes."""
        self.count += 1
        name, variant = f"{family}_{self.count}", row.name
        self.text.append(define(constants) + (
            f"static size_t {name}_scratch(void) {{\n#define C(name) KERNEL_##name\n"
            "#define KERNEL(family, variant, file, condition, scratch) family##_##variant##_reals = (scratch),\n"
            f"    enum {{\n#include \"kernels.def\"\n    }};\n#undef C\n    return {family}_{variant}_reals * sizeof(real);\n}}\n"))
        if row.form:
            self.text.append("".join(f"#undef KERNEL_{constant}\n" for constant in CONSTANTS))
            sized = self.sized(family, row, epilogue)
            self.text.append(sizes_text(f"{name}_sizes", constants) + f"#define {name} {sized}\n")
        else:
            self.text.append(SURROUNDINGS[epilogue] + f'#define KERNEL {name}\n#include "{row.path}"\n')
        return name

    def packed(self, row, constants, name):
        """C that declares `weights`: what the variant reads in place of b."""
        if row.form in (None, "AS_THEY_ARE", "TRANSFORMED", "BF16"):
            return "const real *weights = b;"
        window = constants.get("WINDOW_HEIGHT", 1) * constants.get("WINDOW_WIDTH", 1)
        inputs, outputs = constants.get("CHANNELS", constants.get("INPUTS")), constants.get("FILTERS", constants.get("OUTPUTS"))
        if row.form.startswith("WINOGRAD_"):
            return self.transformed(int(row.form[9]), row.form.endswith("FLIPPED"), window, constants, name)
        if row.rounds:
            return self.packed_in_bf16(row.form == "BF16_PACKED_TURNED", window, inputs, outputs, name)
        if row.form == "PACKED":
            rows, columns, family, sizes = window * inputs, outputs, "pack", {"INPUTS": window * inputs, "OUTPUTS": outputs}
        else:
            rows, columns, family = window * outputs, inputs, "pack_turned"
            sizes = {"WINDOW_HEIGHT": window, "WINDOW_WIDTH": 1, "CHANNELS": inputs, "FILTERS": outputs}
        self.text.append(sizes_text(f"{name}_form", sizes))
        # In two pieces, of rows or of columns.
        reference, count = self.families[family][0], rows if family == "pack" else columns
        half = count // 64 * 32
        self.tested.add(f"{family}.{reference.name}")
        pack = self.sized(family, reference, "")
        return (f"real *weights = tensor({rows} * (size_t)(({columns} + PANEL_COLUMNS - 1) / PANEL_COLUMNS * PANEL_COLUMNS), 0);"
                f" {pack}(weights, b, 0, {half}, NULL, NULL, &{name}_form);"
                f" {pack}(weights, b, {half}, {count - half}, NULL, NULL, &{name}_form);")

    def packed_in_bf16(self, turned, window, inputs, outputs, name):
        """As packed(); of an odd number of filters, from weights that were turned round."""
        turns = not turned and outputs % 2 == 1
        rows, columns = window * (outputs if turned else inputs), inputs if turned else outputs
        sizes = {"WINDOW_HEIGHT": window, "WINDOW_WIDTH": 1, "CHANNELS": outputs if turns else inputs, "FILTERS": inputs if turns else outputs}
        self.text.append(sizes_text(f"{name}_form", sizes))
        self.tested.add("pack_bf16.ref")
        pack = self.sized("pack_bf16", self.families["pack_bf16"][0], "")
        pairs, panels = (rows + 31) // 32 * 16, (columns + 31) // 32
        source = f"turned_weights(b, {window}, {inputs}, {outputs})" if turns else f"copy(b, {window * inputs * outputs})"
        pieces = "".join(f" {pack}(weights, from, {first}, {count}, {int(turned or turns)}, NULL, NULL, &{name}_form);"
                         for first, count in ((0, pairs // 2), (pairs // 2, pairs - pairs // 2)))
        return f"real *weights = tensor({pairs} * {panels * 32}, 0), *from = {source};{pieces} free(from);"

    def transformed(self, side, flipped, window, constants, name):
        """As packed(), of weights that are transformed; of several images, from weights that were turned round."""
        rows, columns = constants["CHANNELS"], constants["FILTERS"]
        turned = constants["IMAGES"] > 1
        sizes = constants | ({"CHANNELS": columns, "FILTERS": rows} if turned else {})
        self.text.append(sizes_text(f"{name}_form", sizes))
        self.tested.add("pack_winograd.ref")
        pack = self.sized("pack_winograd", self.families["pack_winograd"][0], "")
        half, source = rows // 2, f"turned_weights(b, {window}, {rows}, {columns})" if turned else f"copy(b, {window * rows * columns})"
        pieces = "".join(f" {pack}(weights, from, {first}, {count}, {side}, {int(turned)}, {int(turned != flipped)}, NULL, NULL, &{name}_form);"
                         for first, count in ((0, half), (half, rows - half)))
        return (f"real *weights = tensor({side * side * rows} * (size_t)(({columns} + PANEL_COLUMNS - 1) / PANEL_COLUMNS * PANEL_COLUMNS), 0),"
                f" *from = {source};{pieces} free(from);")

    def case(self, family, constants, sizes, accumulates, epilogue, terms, extra="", between="", positions=None):
        """Runs every variant, those that round operands against the reference of rounded ones; sizes: numbers in the output, the first and the second operand; more operands behind these two and
        between them; positions: which of the two, a or b, is a gradient that has `positions`, in windows of what area."""
        reference = next(row for row in self.families[family] if row.name == "ref")
        wanted = self.instance(family, reference, constants, epilogue)
        number = self.count
        body = [f"static void case_{number}(void) {{",
                f"    real *a = tensor({sizes[1]}, 1), *b = tensor({sizes[2]}, 1), *start = tensor({sizes[0]}, {int(accumulates)});",
                *([f"    uint8_t *positions = positions_new({sizes[1 + (positions[0] == 'b')]}, {positions[1]}, {positions[0]});"] if positions else []),
                f"    real *by_element = tensor({sizes[0]}, 1), *by_channel = tensor({sizes[0]}, 1);",
                "    const void *slots[] = {by_element, by_channel};",
                f"    real *wanted = copy(start, {sizes[0]});",
                f"    {wanted}(wanted, a{between}, b{extra}, NULL, slots);", ""]
        for row in self.fitting_variants(family, constants):
            if row is reference:
                continue
            begin = len(self.text)
            name = self.instance(family, row, constants, epilogue)
            weights = self.packed(row, constants, name)
            wanted_of, only, end = "wanted", "", ""
            if row.rounds:
                only, end, wanted_of = "#ifndef REAL_F64\n", "\n#endif", "of_rounded"
                self.text.insert(begin, only)
                self.text.append(end + "\n")
                weights += (f" real *of_rounded = copy(start, {sizes[0]}), *less_a = rounded(a, {sizes[1]}), *less_b = rounded(b, {sizes[2]});"
                            f" {wanted}(of_rounded, less_a{between}, less_b{extra}, NULL, slots); free(less_a), free(less_b);")
            last = f", &{name}_sizes" if row.form else ""
            shape = " ".join(f"{key}={value}" for key, value in constants.items())
            body.append(
                f"{only}    {{ size_t bytes = {name}_scratch(); void *scratch = scratch_new(bytes); {weights}"
                f" real *got = copy(start, {sizes[0]}); {name}(got, a{between}, weights{extra}, scratch, slots{last});"
                f' check("{family} {row.name} {epilogue}: {shape}", got, {wanted_of}, {sizes[0]},'
                f" scratch, bytes, {terms}); free(scratch); free(got);"
                f" {'free(weights);' if weights.startswith('real') else ''} {'free(of_rounded);' if row.rounds else ''} }}{end}")
        body.append("    free(a), free(b), free(start), free(by_element), free(by_channel), free(wanted);\n"
                    f"{'    free(positions);' if positions else ''}    (void){wanted}_scratch;\n}}\n")
        self.text.append("\n".join(body))
        self.calls.append(f"case_{number}();")

    def convolution(self, prefix, shape, epilogues):
        height, width, channels, filters, window, stride, dilation, groups, pad = shape
        out = [(size + pad[i] + pad[i + 2] - (window[i] - 1) * dilation[i] - 1) // stride[i] + 1
               for i, size in enumerate((height, width))]
        constants = dict(zip(CONSTANTS, (height, width, channels, *out, filters, *window, *stride, *dilation, pad[0], pad[1], groups, 1)))
        x, y = height * width * channels, out[0] * out[1] * filters
        w = window[0] * window[1] * channels // groups * filters
        terms = window[0] * window[1] * channels // groups
        for epilogue in epilogues:
            self.case(f"{prefix}_forward", constants, (y, x, w), False, epilogue, terms)
            self.case(f"{prefix}_backward_data", constants, (x, y, w), False, epilogue, terms * filters // channels)
        self.case(f"{prefix}_backward_weights", constants, (w, x, y), True, "", out[0] * out[1])
        if prefix == "conv" and w // filters * groups <= 64:
            self.patches(constants, x)
        if prefix == "depthwise" or groups > 1:
            return
        constants["IMAGES"] = 3
        for epilogue in ("epilogue", "bias"):
            self.case("conv_forward", constants, (3 * y, 3 * x, w), False, epilogue, terms)
            self.case("conv_backward_data", constants, (3 * x, 3 * y, w), False, epilogue, terms * filters // channels)
        half = (terms + 1) // 2
        for images, first, rows in ((3, terms - half, half), (2, 0, half), (2, 0, terms)):
            self.case("conv_backward_rows", constants | {"ROWS": rows}, (rows * filters, 3 * x, 3 * y), True, "",
                      3 * out[0] * out[1], f", {images}, {first}")
        # Five images, two of them together; some channels, and all.
        constants = constants | {"IMAGES": 5, "TOGETHER": 2}
        apart, taps = 2 * (x + y), window[0] * window[1]
        for images, first, rows in ((5, channels // 2, channels - channels // 2), (3, 0, channels)):
            self.case("conv_backward_channels", constants | {"ROWS": rows}, (taps * rows * filters, 3 * apart, 3 * apart), True, "",
                      5 * out[0] * out[1], f", {images}, {first}, {apart}")

    def pooled(self, pool, shape):
        """The gradients of a convolution behind which a pool of this size chooses."""
        height, width, channels, filters, window, stride, dilation, groups, pad = shape
        out = [(size + pad[i] + pad[i + 2] - (window[i] - 1) * dilation[i] - 1) // stride[i] + 1 for i, size in enumerate((height, width))]
        constants = dict(zip(CONSTANTS, (height, width, channels, *out, filters, *window, *stride, *dilation, pad[0], pad[1], groups, 1)))
        constants |= {"POOL_HEIGHT": pool[0], "POOL_WIDTH": pool[1]}
        x, windows, row = height * width * channels, (out[0] // pool[0]) * (out[1] // pool[1]), window[0] * window[1] * channels
        area = pool[0] * pool[1]
        for epilogue in ("", "epilogue"):
            self.case("pooled_backward_data", constants, (x, windows * filters, row * filters), False, epilogue, row * filters // channels,
                      between=", positions", positions=("a", area))
        self.case("pooled_backward_data", constants | {"IMAGES": 3}, (3 * x, 3 * windows * filters, row * filters), False, "epilogue",
                  row * filters // channels, between=", positions", positions=("a", area))
        for rows, images, first in ((filters, 1, 0), ((filters + 1) // 2, 3, filters // 2), ((filters + 2) // 3, 2, 0)):
            self.case("pooled_backward_weights", constants | {"ROWS": rows, "IMAGES": 3}, (row * rows, 3 * x, 3 * windows * filters), True, "",
                      3 * windows, f", positions, {images}, {first}", positions=("b", area))

    def patches(self, constants, input_size):
        """Two images of different means, one after the other."""
        patch = constants["WINDOW_HEIGHT"] * constants["WINDOW_WIDTH"] * constants["CHANNELS"]
        constants = constants | {"FILTERS": 1, "GROUPS": 1}
        pixels = constants["OUTPUT_HEIGHT"] * constants["OUTPUT_WIDTH"]
        names = [(self.instance("patch_moments", row, constants, ""), row.name)
                 for row in self.fitting_variants("patch_moments", constants)]
        number, size = self.count, (patch + 2) * patch
        shape = " ".join(f"{key}={value}" for key, value in constants.items())
        body = [f"static void case_{number}(void) {{",
                f"    real *input = tensor({input_size}, 1), *start = tensor({size}, 0), *found[{len(names)}];",
                f"    memset(start, 0, {size} * sizeof(real));"]
        for i, (name, variant) in enumerate(names):
            body.append(
                f"    size_t bytes_{i} = {name}_scratch(); void *scratch_{i} = scratch_new(bytes_{i}); found[{i}] = copy(start, {size});\n"
                f"    for (int image = 0; image < 2; image++) {{\n"
                f"        real *moved = copy(input, {input_size});\n"
                f"        for (int k = 0; k < {input_size}; k++) moved[k] += (real)(10 * image);\n"
                f"        {name}(found[{i}], moved, scratch_{i}, NULL), free(moved);\n    }}")
        last = len(names) - 1
        for i, (name, variant) in enumerate(names):
            body.append(f'    check("patch_moments {variant}: {shape}", found[{i}], found[{last}], {size}, scratch_{i}, bytes_{i}, {pixels});')
        body += [f"    free(found[{i}]), free(scratch_{i});" for i in range(len(names))]
        self.text.append("\n".join(body + ["    free(input), free(start);\n}\n"]))
        self.calls.append(f"case_{number}();")

    def dense(self, shape):
        rows, inputs, outputs = shape
        w = inputs * outputs
        for step in (outputs, outputs + 16):  # what lies between the rows of outputs stays as it is, and so is not NaN
            constants = {"ROWS": rows, "INPUTS": inputs, "OUTPUTS": outputs, "OUTPUT_STRIDE": step}
            y = (rows - 1) * step + outputs
            for epilogue in EPILOGUES:
                self.case("dense_forward", constants, (y, rows * inputs, w), step > outputs, epilogue, inputs)
            for count in {1, rows}:
                for stride in (inputs, inputs + 5):
                    self.case("dense_backward_weights", constants | {"INPUT_STRIDE": stride}, (w, rows * stride, y), True, "",
                              rows, f", {count}")
            if outputs % 16 == 0:
                self.rows_of_chunks(constants, y)

    def rows_of_chunks(self, constants, y):
        """Of two chunks and a row, with and without a consumer, the first number being the thousandth."""
        rows, inputs, outputs = constants["ROWS"], constants["INPUTS"], constants["OUTPUTS"]
        constants = constants | {"INPUT_STRIDE": inputs + 5}
        x, terms = rows * (inputs + 5), 2 * rows + 1
        step = max(x, y) + 3
        for consumer in ("", "consumer"):
            self.case("dense_backward_rows", constants, (inputs * outputs, 2 * step + x, 2 * step + y), bool(consumer), consumer,
                      terms, f", {terms}, {step}, 1000")

    def transposed(self, shape):
        """Weights turned round, in two pieces of rows."""
        window, channels, filters = shape
        self.count += 1
        rows, name = window * filters, f"case_{self.count}"
        size, half = rows * channels, rows // 3
        self.tested.add("transpose.ref")
        self.text.append(sizes_text(f"{name}_sizes", {"WINDOW_HEIGHT": 1, "WINDOW_WIDTH": window, "CHANNELS": channels, "FILTERS": filters}))
        transpose = self.sized("transpose", self.families["transpose"][0], "")
        pieces = "".join(f"    {transpose}(got, weights, {first}, {count}, NULL, NULL, &{name}_sizes);\n"
                         for first, count in ((half, rows - half), (0, half)))
        self.text.append(
            f"static void {name}(void) {{\n"
            f"    real *weights = tensor({size}, 1), *start = tensor({size}, 0), *got = copy(start, {size});\n"
            f"    real *wanted = turned_weights(weights, {window}, {channels}, {filters});\n    void *scratch = scratch_new(0);\n{pieces}"
            f'    check("transpose: {window} {channels} {filters}", got, wanted, {size}, scratch, 0, 1);\n'
            "    free(weights), free(start), free(got), free(wanted), free(scratch);\n}\n")
        self.calls.append(f"{name}();")

    def dropout(self, elements):
        constants = {"ELEMENTS": elements}
        names = [self.instance("dropout_mask", row, constants, "") for row in self.fitting_variants("dropout_mask", constants)]
        number = self.count
        self.text.append(
            f"static void case_{number}(void) {{\n    uint8_t masks[{len(names)}][{elements} + 64];\n"
            "    memset(masks, 77, sizeof masks);\n" +
            "".join(f"    {name}(masks[{i}], (real)0.3, 5, 1234567, 0x123456789abcdefull, 3);\n    (void){name}_scratch;\n"
                    for i, name in enumerate(names)) +
            f"    int kept = 0, bad = 0;\n    for (int i = 0; i < {elements}; i++) kept += masks[0][i];\n"
            f"    for (int i = 0; i < {len(names)}; i++) bad |= memcmp(masks[0], masks[i], sizeof masks[0]);\n"
            f"    for (int i = {elements}; i < {elements} + 64; i++) bad |= masks[0][i] != 77;\n"
            f"    if ({elements} >= 1000 && (kept < 650 || kept > 750)) bad = 1;\n"
            f'    if (bad) failures++, printf("FAILED: dropout_mask of {elements}, %d kept\\n", kept);\n}}\n')
        self.calls.append(f"case_{number}();")

    def program(self):
        # Without an epilogue there is less to go wrong, so a third of the shapes must do.
        for number, shape in enumerate(CONV_SHAPES):
            self.convolution("conv", shape, ("", "epilogue") if number % 3 == 0 else ("epilogue",))
        for number, (*sizes, window, stride, dilation, pad) in enumerate(DEPTHWISE_SHAPES):
            self.convolution("depthwise", (*sizes, window, stride, dilation, sizes[2], pad), ("", "epilogue") if number % 3 == 0 else ("epilogue",))
        for pool, shape in POOLED_SHAPES:
            self.pooled(pool, shape)
        for shape in DENSE_SHAPES:
            self.dense(shape)
        for shape in TRANSPOSED_SHAPES:
            self.transposed(shape)
        for elements in ELEMENTS:
            self.dropout(elements)
        main = "int main(void) {\n" + "\n".join(f"    {call}" for call in self.calls) + (
            '\n    printf("%d cases failed\\n", failures);\n    return failures != 0;\n}\n')
        return "\n".join(self.text + [main])


def main():
    compiler = shlex.split(os.environ.get("CC", "cc"))
    flags = shlex.split(os.environ.get("CFLAGS", "-O1 -march=native"))
    passed = failed = 0
    with tempfile.TemporaryDirectory() as folder:
        source = os.path.join(folder, "kernels.c")
        shapes = Writer()
        shapes.program()
        writer = Writer(fitting(folder, shapes.shapes))
        with open(source, "w", encoding="utf-8") as file:
            file.write(writer.program())
        for family, rows in writer.families.items():
            for row in rows:
                if f"{family}.{row.name}" not in writer.tested:
                    print(f"failed: no shape of this test is one for {family} {row.name}: add one")
                    failed += 1
        builds = []
        for more in ([], ["-DREAL_F64"]):
            program = os.path.join(folder, "kernels" + "".join(more))
            command = [*compiler, "-std=gnu11", "-Wall", "-Wextra", "-Werror", *flags, *more, "-Ikernels", source, "-o", program, *openblas(), "-lm"]
            builds.append((program, command, subprocess.Popen(command)))
        for program, command, build in builds:
            if build.wait() == 0 and subprocess.run([program], check=False).returncode == 0:
                passed += 1
            else:
                print("failed:", " ".join(command))
                failed += 1
    print(f"{passed} passed, {failed} failed")
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
