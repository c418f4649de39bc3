"""What the Python tests share: running the compiler and its programs, small files of numbers, and a count of checks."""

import json
import os
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
from array import array
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TREE = Path(os.environ.get("CNNC_TREE", ROOT / "build"))
CNNC = Path(os.environ.get("CNNC", TREE / "cnnc"))
SKIPPED = 77
# Where the tests run in a shell's background, interrupts are ignored, and so they would be by every program under test.
signal.signal(signal.SIGINT, signal.default_int_handler)


def skip(reason):
    """Ends a test that can't run here."""
    print(reason)
    sys.exit(SKIPPED)


def data_folder(name):
    """The folder of a real data set, `mnist`, `cifar10` or `fashion_mnist`, or None."""
    if name == "fashion_mnist":
        packaged = Path("/usr/share/datasets/fashion-mnist")
        return packaged if packaged.is_dir() else None
    folder = Path(os.environ.get("CNN_DATA", "/nonexistent")) / name
    return folder if folder.is_dir() else None


def temporary_folder():
    """A new folder; the runner removes it with the test's TMPDIR."""
    return Path(tempfile.mkdtemp())


def run(command, code=0, **more):
    """Runs a command and returns it completed, with text. Another exit code than `code` (None: any) ends the test."""
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, **more)
    if code is not None and done.returncode != code:
        print(f"$ {' '.join(map(str, command))}\nexit {done.returncode}, not {code}\n{done.stdout}{done.stderr}")
        sys.exit(1)
    return done


def run_json(command):
    """The JSON document that a command prints; nothing else may stand on stdout."""
    return json.loads(run(command).stdout)


def compile_program(source, *options, folder=None):
    """Builds the program of a .cnn file, given by its path or its text; returns the program's path."""
    folder = folder or temporary_folder()
    if isinstance(source, str):
        path = folder / "test.cnn"
        path.write_text(source)
        source = path
    program = folder / "program"
    run([CNNC, "build", source, *options, "-o", program])
    return program


class Checks:
    """Counts checks; `end()` prints the line the runner reads and leaves with the right code."""

    def __init__(self):
        self.passed = self.failed = 0

    def that(self, truth, *what):
        if truth:
            self.passed += 1
        else:
            self.failed += 1
            print("FAILED:", *what)
        return bool(truth)

    def equal(self, actual, expected, *what):
        return self.that(actual == expected, *what, f"\n  expected {expected!r}\n  actual   {actual!r}")

    def close(self, actual, expected, tolerance, *what):
        return self.that(abs(actual - expected) <= tolerance, *what, f"\n  expected {expected}\n  actual   {actual}")

    def end(self):
        print(f"{self.passed} passed, {self.failed} failed")
        sys.exit(1 if self.failed else 0)


NPY_TYPES = {"B": "|u1", "f": "<f4", "d": "<f8", "q": "<i8", "i": "<i4"}


def write_npy(path, shape, numbers, code):
    """An .npy file, version 1, C order; code is one of array's type codes in NPY_TYPES."""
    head = f"{{'descr': '{NPY_TYPES[code]}', 'fortran_order': False, 'shape': {tuple(shape)!r}, }}"
    head += " " * (63 - (len(head) + 10) % 64) + "\n"
    Path(path).write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head.encode() + array(code, numbers).tobytes())


SAFETENSORS_TYPES = {"F32": "f", "F64": "d", "I64": "q", "I32": "i", "U8": "B"}


def read_safetensors(path):
    """{name: (shape, array)}, in the file's order, without the metadata."""
    data = Path(path).read_bytes()
    size, = struct.unpack_from("<Q", data)
    tensors = {}
    for name, row in json.loads(data[8:8 + size]).items():
        if name != "__metadata__":
            first, last = row["data_offsets"]
            tensors[name] = row["shape"], array(SAFETENSORS_TYPES[row["dtype"]], data[8 + size + first:8 + size + last])
    return tensors


def remove(path):
    shutil.rmtree(path, ignore_errors=True)
