"""Builds tests/runtime/fake_program.c, a program as cnnc would write it, with the runtime of the tree under test."""

import os
import shlex
import subprocess
from pathlib import Path

from support import ROOT, TREE, run, temporary_folder

LIBRARIES = ["zlib", "libpng", "libjpeg", "libzip", "libcjson", "libprotobuf-c"]


def build_fake(*options, real="f32"):
    """The path of the program; options are -D ones."""
    program = temporary_folder() / "fake"
    library = TREE / "lib" / ("libcnnrt_f64.a" if real == "f64" else "libcnnrt.a")
    flags = shlex.split(os.environ.get("CFLAGS", "-O2"))
    double = ["-DREAL_F64"] if real == "f64" else []
    linked = subprocess.run(["pkg-config", "--libs", *LIBRARIES], capture_output=True, text=True, check=True).stdout
    run([*shlex.split(os.environ.get("CC", "cc")), "-std=c11", "-Wall", "-Wextra", "-Werror", *flags, *double, *options,
         f"-I{ROOT / 'runtime'}", f"-I{ROOT / 'kernels'}", ROOT / "tests/runtime/fake_program.c", library,
         *linked.split(), "-lm", "-pthread", "-o", program])
    return program


def step_arrays(folder, count, seed=1):
    """Images and labels of a batch, drawn from a small generator: the paths of x.npy and y.npy."""
    from support import write_npy
    state, numbers = seed, []
    for _ in range(count * 784):
        state = (state * 1103515245 + 12345) % 2**31
        numbers.append((state >> 16) % 256)
    x, y = Path(folder) / "x.npy", Path(folder) / "y.npy"
    write_npy(x, (count, 28, 28, 1), numbers, "f")
    write_npy(y, (count,), [i % 10 for i in range(count)], "q")
    return x, y
