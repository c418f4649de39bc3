"""Speed of the kernel templates on shapes of the studies' networks, one thread, beside the machine's FMA peak measured
in the same run:  python3 tests/kernels/bench.py [PATTERN]   (CC and CFLAGS are honoured)

Prints the time of one call (of the fastest of several rounds: what else runs on the machine only adds), GFLOP/s, the share of the peak, and the seconds that the
C compiler took for the template.
"""

import os
import shlex
import subprocess
import sys
import tempfile
import time

from kernels_test import CONSTANTS, define, variants

# name, height, width, channels, filters, window, stride, padding on each side
CONVOLUTIONS = [
    ("28x28x1->32 3x3", 28, 28, 1, 32, 3, 1, 0),
    ("26x26x16->32 3x3", 26, 26, 16, 32, 3, 1, 0),
    ("13x13x64->32 2x2", 13, 13, 64, 32, 2, 1, 0),
    ("14x14x64->64 3x3 same", 14, 14, 64, 64, 3, 1, 1),
    ("7x7x128->128 3x3 same", 7, 7, 128, 128, 3, 1, 1),
    ("28x28x10->10 3x3", 28, 28, 10, 10, 3, 1, 0),
    ("32x32x32->64 3x3 stride 2", 32, 32, 32, 64, 3, 2, 1),
]
DEPTHWISE = [(f"{size}x{size}x{channels} {window}x{window}" + " stride 2" * (stride == 2), size, size, channels, channels, window, stride,
              window // 2)
             for size, channels in ((64, 16), (32, 72), (16, 96), (8, 240), (4, 576)) for window in (3, 5) for stride in (1, 2)]
DENSE = [(16, 5408, 64), (16, 64, 5408), (16, 64, 10), (16, 1152, 128)]

HEAD = r"""
#include "kernel.h"
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

typedef void Call(void);

// Seconds of one call in the fastest of rounds of about a millisecond.
static double seconds(Call *call) {
    double fastest = 1e9, start = now();
    int count = 0;
    do call(), count++;
    while (now() - start < 1e-3);
    for (int round = 0; round < 40; round++) {
        start = now();
        for (int i = 0; i < count; i++) call();
        double time = (now() - start) / count;
        if (time < fastest) fastest = time;
    }
    return fastest;
}

static real sink;
static void multiply_add(void) {
    vec sum[12], a = vec_all((real)0.999), b = vec_all((real)1e-3);
    for (int i = 0; i < 12; i++) sum[i] = vec_all((real)i);
    for (int k = 0; k < 20000; k++) {
        UNROLL(12)
        for (int i = 0; i < 12; i++) sum[i] = sum[i] * a + b;
    }
    for (int i = 0; i < 12; i++) sink += vec_sum(sum[i]);
}

static real *tensor(size_t count) {
    real *result = aligned_alloc(64, (count + 64) / 16 * 64 * sizeof(real) / 4 + 64);
    for (size_t i = 0; i < count + 16; i++) result[i] = (real)((i * 7919 % 1000) / 1000.0 - 0.5);
    return result;
}

static real *output, *a, *b;
static void *scratch;
"""


def cases():
    for family, shapes in (("conv", CONVOLUTIONS), ("depthwise", DEPTHWISE)):
        for name, height, width, channels, filters, window, stride, pad in shapes:
            out = [(size + 2 * pad - window) // stride + 1 for size in (height, width)]
            groups = channels if family == "depthwise" else 1
            constants = dict(zip(CONSTANTS, (height, width, channels, *out, filters, window, window, stride, stride, 1, 1,
                                             pad, pad, groups, 1)))
            x, y, w = height * width * channels, out[0] * out[1] * filters, window * window * channels * filters // groups
            flops = 2 * out[0] * out[1] * w
            for direction, sizes in (("forward", (y, x, w)), ("backward_data", (x, y, w)), ("backward_weights", (w, x, y))):
                yield f"{family}_{direction}", name, constants, sizes, flops, ""
    for rows, inputs, outputs in DENSE:
        constants = {"ROWS": rows, "INPUTS": inputs, "OUTPUTS": outputs, "OUTPUT_STRIDE": outputs}
        x, w, y, name = rows * inputs, inputs * outputs, rows * outputs, f"{rows}x{inputs}->{outputs}"
        yield "dense_forward", name, constants, (y, x, w), 2 * rows * w, ""
        yield "dense_backward_weights", name, constants | {"INPUT_STRIDE": inputs}, (w, x, y), 2 * rows * w, f", {rows}"


def program(family, name, constants, sizes, flops, extra, path):
    kernel = f"#define KERNEL kernel\n#include \"{path}\"\n" if path else ""
    call = f"static void call(void) {{ kernel(output, a, b{extra}, scratch, NULL); }}\n" if path else ""
    return (f"{HEAD}{define(constants)}{kernel}{call}int main(void) {{\n    double peak = 24 * LANES * 20000 / seconds(multiply_add);\n"
            f"    output = tensor({sizes[0]}), a = tensor({sizes[1]}), b = tensor({sizes[2]}), scratch = tensor(1 << 20);\n" +
            (f"    double time = seconds(call);\n    printf(\"%-26s %-26s %9.2f us %7.1f GFLOP/s %5.1f %%\", \"{family}\", \"{name}\","
             f" 1e6 * time, {flops} / time * 1e-9, {flops} / time / peak * 100);\n" if path else "    (void)peak;\n") + "    return 0;\n}\n")


def main():
    pattern = sys.argv[1] if len(sys.argv) > 1 else ""
    compiler = shlex.split(os.environ.get("CC", "cc"))
    flags = shlex.split(os.environ.get("CFLAGS", "-O3 -march=native"))
    files = {family: rows[0][1] for family, rows in variants().items()}
    with tempfile.TemporaryDirectory() as folder:
        source, binary = os.path.join(folder, "bench.c"), os.path.join(folder, "bench")

        def build(text):
            with open(source, "w", encoding="utf-8") as file:
                file.write(text)
            start = time.monotonic()
            subprocess.run([*compiler, "-std=gnu11", *flags, "-Ikernels", source, "-o", binary, "-lm"], check=True)
            return time.monotonic() - start

        for family, name, constants, sizes, flops, extra in cases():
            if pattern not in f"{family} {name}":
                continue
            without = build(program(family, name, constants, sizes, flops, extra, None))
            took = build(program(family, name, constants, sizes, flops, extra, files[family])) - without
            print(subprocess.run([binary], check=True, capture_output=True, text=True).stdout, f" compiled in {took:.2f} s", flush=True)


if __name__ == "__main__":
    main()
