"""Rounding of the convolutions by Winograd's transforms: at most a few times that of the sums over packed panels.

timeout: 120

Both in float against the reference in double, on the same numbers: activations after a relu, weights as they are drawn at first.
The limits are of the root mean square errors; the transforms over 4x4 numbers have about 0.7 (windows of 3) and 1.1 (of 2) times the error
of the plain sums, those over 5x5 numbers 1.6 (2.6), transposed 2.5 (3.7), those over 6x6 numbers three times, and up to 4.5 for gradients of few tiles.
"""

import itertools
import os
import shlex
import struct
import subprocess
import sys
import tempfile

from kernels_test import CONSTANTS, define, sizes_text, variants

# height, width, channels, filters, window, padding on each side
SHAPES = [(16, 16, 64, 32, 3, 1), (13, 13, 32, 64, 3, 0), (8, 8, 128, 48, 3, 1), (14, 14, 64, 32, 2, 0)]
LIMITS = {"winograd4": 1.5, "winograd5": 3.0, "winograd6": 5.0, "winograd4_transposed": 1.5, "winograd5_transposed": 3.0}  # times the error of gemm
LIMITS_OF_2 = LIMITS | {"winograd5_transposed": 4.5}  # of windows of 2

HEAD = r"""
#include "kernel.h"
#include "packed.h"
#include <math.h>
#include <stdio.h>

static uint32_t state = 1;

// From -1 to 1, as a float has it.
static real random_real(void) {
    state = state * 1664525u + 1013904223u;
    return (real)((float)(int32_t)state / 2147483648.0f);
}

static real *tensor(size_t count, int positive, real largest) {
    real *result = calloc(count + 64, sizeof(real));
    for (size_t i = 0; i < count; i++) {
        real number = random_real();
        result[i] = positive && number < 0 ? 0 : (real)(float)(number * largest);
    }
    return result;
}

// A line of numbers for each variant.
static void print_all(const real *output, size_t count) {
    for (size_t i = 0; i < count; i++) {
        double number = output[i];
        fwrite(&number, sizeof number, 1, stdout);
    }
}
"""


def constants_of(shape):
    height, width, channels, filters, window, pad = shape
    out = [size + 2 * pad - window + 1 for size in (height, width)]
    return dict(zip(CONSTANTS, (height, width, channels, *out, filters, window, window, 1, 1, 1, 1, pad, pad, 1, 1)))


def weights_of(form):
    """The weights `b` in the form, as C."""
    if form.startswith("WINOGRAD"):
        return f"transformed_weights(b, &sizes, {form[9]}, {int(form.endswith('FLIPPED'))})"
    return "packed_weights(b, &sizes, 0)" if form == "PACKED" else "b"


def source(family, shape, row):
    """A program that prints what a variant computes; the reference has no form."""
    constants = constants_of(shape)
    x, y, window = (constants[a] * constants[b] * constants[c] for a, b, c in (
        ("HEIGHT", "WIDTH", "CHANNELS"), ("OUTPUT_HEIGHT", "OUTPUT_WIDTH", "FILTERS"), ("WINDOW_HEIGHT", "WINDOW_WIDTH", "CHANNELS")))
    w = window * constants["FILTERS"]
    second, result = (w, y) if family == "conv_forward" else (y, w)
    text = HEAD + ("" if row.form else define(constants)) + f'#define KERNEL kernel\n#include "{row.path}"\n' + sizes_text("sizes", constants)
    return text + f"""
int main(void) {{
    real *a = tensor({x}, 1, 1), *b = tensor({second}, 0, (real)sqrt(6.0 / {window})), *result = tensor({result}, 0, 0);
    void *scratch = calloc(1 << 22, sizeof(real));
    (void)sizes, (void)packed_weights, (void)transformed_weights;
    kernel(result, a, {weights_of(row.form or "")}, scratch, NULL{", &sizes" if row.form else ""});
    print_all(result, {result});
    return 0;
}}
"""


def outputs(folder, family, shape, row, flags):
    compiler = shlex.split(os.environ.get("CC", "cc"))
    path, program = os.path.join(folder, "rounding.c"), os.path.join(folder, "rounding")
    with open(path, "w", encoding="utf-8") as file:
        file.write(source(family, shape, row))
    subprocess.run([*compiler, "-std=gnu11", "-O1", "-march=native", *flags, "-Ikernels", path, "-o", program, "-lm"], check=True)
    data = subprocess.run([program], capture_output=True, check=True).stdout
    return struct.unpack(f"{len(data) // 8}d", data)


def rms_error(found, right):
    return (sum((a - b) ** 2 for a, b in zip(found, right, strict=True)) / len(right)) ** 0.5


def main():
    passed = failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for family, shape in itertools.product(("conv_forward", "conv_backward_weights"), SHAPES):
            rows = {row.name: row for row in variants()[family]}
            right = outputs(folder, family, shape, rows["ref"], ["-DREAL_F64"])
            plain = rms_error(outputs(folder, family, shape, rows["gemm"], []), right)
            for name, limit in (LIMITS if shape[4] == 3 else LIMITS_OF_2).items():
                if name not in rows or (shape[4] != 3 and name == "winograd6"):
                    continue
                times = rms_error(outputs(folder, family, shape, rows[name], []), right) / plain
                print(f"{family} {name} {shape}: {times:.2f} times the error of gemm, {plain:.2g}")
                if times <= limit:
                    passed += 1
                else:
                    failed += 1
                    print(f"failed: more than {limit}")
    print(f"{passed} passed, {failed} failed")
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
