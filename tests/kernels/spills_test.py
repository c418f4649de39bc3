"""The register blocks fit the registers: typical kernels hold their sums in them, for each kind of x86-64 processor, whatever this machine has.

timeout: 200

Compiles the kernels that have their shapes as constants, and those over panels, with GCC as `cnnc build` does, and counts the vectors that are put on the stack. Some are allowed where
the processor has sixteen registers and no multiply-add that leaves its operands alone.
"""

import os
import platform
import re
import shlex
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from kernels_test import CONSTANTS, define, variants

# height, width, channels, filters, window, stride, padding on each side
SHAPES = {
    "conv": [(26, 26, 16, 32, 3, 1, 0), (14, 14, 64, 64, 3, 1, 1), (28, 28, 1, 32, 3, 1, 0), (16, 64, 72, 40, 1, 1, 0), (1, 16, 96, 576, 1, 1, 0),
             (26, 26, 10, 10, 3, 1, 0)],
    "depthwise": [(16, 16, 96, 96, 3, 1, 1), (16, 16, 96, 96, 5, 2, 2), (4, 4, 576, 576, 5, 1, 2), (8, 8, 40, 40, 7, 1, 3)],
}
DENSE = [(16, 5408, 64), (8, 576, 1024), (3, 64, 48), (16, 64, 10)]
# With a pool of 2x2 behind them; height, width, channels, filters, window: runs of numbers that end in a part of a vector.
POOLED = [(28, 28, 1, 64, 7), (26, 26, 10, 10, 3)]
# march -> the share of the arithmetic instructions that may come with a vector put on the stack
ALLOWED = {"x86-64": 0.2, "x86-64-v3": 0.0, "x86-64-v4": 0.0}
# Kernels over panels serve any number of columns, unknown to the compiler: they have places where a part of a vector is stored, by way of the stack.
PARTS = 2
# Of what lies between the transforms of a tile's columns and of its rows, up to 36 numbers, some have no register, in each of the sizes of tile.
# The forward kernels have them twice, once with tiles as lanes (cpu/winograd_lanes.h), and a place for a part of a vector for each of eight lanes (cpu/winograd_finish.h).
BETWEEN_TRANSFORMS, WITH_LANES = 24, 28 + 8
# Beside a tile that leaves few registers, GCC 12 also stores a vector that is consumed on the stack, where nothing reads it.
CONSUMED = {"dense_backward_rows": 1}
# Without a frame, %rbp is a register like others: a vector of the stack lies below it.
STORED = re.compile(r"\tv?mov[au]p[sd]\t%[xyz]mm\d+, (?:-?\d*\(%rsp\)|-\d+\(%rbp\))")
ARITHMETIC = re.compile(r"\tv?f?n?m?(?:add|mul|madd\d*|nmadd\d*)p[sd]\t")


def between_transforms(path):
    if re.search(r"conv_forward_winograd\d\.h", path):
        return WITH_LANES
    return BETWEEN_TRANSFORMS if "winograd" in path else 0


def kernels():
    """(family, constants) of each."""
    for prefix, shapes in SHAPES.items():
        for height, width, channels, filters, window, stride, pad in shapes:
            out = [(size + 2 * pad - window) // stride + 1 for size in (height, width)]
            groups = channels if prefix == "depthwise" else 1
            constants = dict(zip(CONSTANTS, (height, width, channels, *out, filters, window, window, stride, stride, 1, 1, pad, pad, groups)))
            for direction in ("forward", "backward_data", "backward_weights"):
                yield f"{prefix}_{direction}", constants
    for height, width, channels, filters, window in POOLED:
        sizes = (height, width, channels, height - window + 1, width - window + 1, filters, window, window, 1, 1, 1, 1, 0, 0, 1, 1)
        constants = dict(zip(CONSTANTS, sizes)) | {"POOL_HEIGHT": 2, "POOL_WIDTH": 2, "ROWS": filters}
        yield "pooled_backward_data", constants
        yield "pooled_backward_weights", constants
    for rows, inputs, outputs in DENSE:
        constants = {"ROWS": rows, "INPUTS": inputs, "OUTPUTS": outputs, "OUTPUT_STRIDE": outputs, "INPUT_STRIDE": inputs}
        yield "dense_forward", constants
        yield "dense_backward_weights", constants
        if outputs % 16 == 0:
            yield "dense_backward_rows", constants


def count(compiler, march, path, constants):
    """Vectors put on the stack and arithmetic instructions in the kernel's code."""
    text = f"#define KERNEL_LINKAGE\n{define(constants) if constants else ''}#define KERNEL kernel\n#include \"{path}\"\n"
    command = [*compiler, "-std=gnu11", "-O2", f"-march={march}", "-Ikernels", "-S", "-x", "c", "-", "-o", "-"]
    code = subprocess.run(command, input=text, capture_output=True, text=True, check=True).stdout
    return len(STORED.findall(code)), len(ARITHMETIC.findall(code))


def main():
    compiler = shlex.split(os.environ.get("CC", "cc"))
    version = subprocess.run([*compiler, "--version"], capture_output=True, text=True, check=True).stdout
    if platform.machine() != "x86_64" or "Free Software Foundation" not in version:
        print("not GCC for x86-64")
        return 77
    rows = [(family, row) for family, rows in variants().items() for row in rows]
    files = {family: row.path for family, row in rows if row.name == "direct"}
    # The sums of those in bf16 are in AMX's tiles, or, in plain C for machines without, in memory.
    panels = [row.path for _, row in rows if row.form not in (None, "AS_THEY_ARE") and not row.form.startswith("BF16")]
    passed = failed = 0
    with ThreadPoolExecutor(2) as pool:
        uses = [(files[family], constants, CONSUMED.get(family, 0)) for family, constants in kernels()] + [(path, {}, PARTS + between_transforms(path)) for path in panels]
        cases = [(march, path, constants, parts, pool.submit(count, compiler, march, path, constants))
                 for march in ALLOWED for path, constants, parts in uses]
        for march, path, constants, parts, result in cases:
            stored, arithmetic = result.result()
            if arithmetic > 0 and stored <= ALLOWED[march] * arithmetic + parts:
                passed += 1
            else:
                failed += 1
                print(f"{march} {path} {constants}: {stored} vectors on the stack beside {arithmetic} arithmetic instructions")
    print(f"{passed} passed, {failed} failed")
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
