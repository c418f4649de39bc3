#!/usr/bin/env python3
"""Kernels that networks share are compiled with cnnc, for the options and the machine that they are used with.
timeout: 240"""

import os

from support import CNNC, Checks, run, temporary_folder

SOURCE = """cnn 1
dataset digits { source = strokes; val = 10% }
model net on digits { rescale(1/255) -> conv(16, 3x3) -> relu -> conv(32, 3x3) -> relu -> conv(32, 3x3, stride = 2) -> relu -> flatten -> dense(classes) }
train t { loss = crossentropy; optimizer = sgd; batch = 16; epochs = 1 }
experiment e { model = net; train = t }
"""
SHARED = "conv_forward_panels"  # of kernels/cpu/panels.h
GIVEN = os.environ.get("CFLAGS", "")  # the sanitizers', when these are tested


def compiles_shared(folder, name, **environment):
    """Whether a build with an empty cache compiles what is shared; the program has it in any case."""
    cache = folder / name
    run([CNNC, "build", folder / "test.cnn", "-o", folder / "program"], env=dict(os.environ, CNNC_CACHE=str(cache), **environment))
    defined = run(["nm", "-A", *cache.glob("*.o")]).stdout
    return any(f" T {SHARED}" in line for line in defined.splitlines()), f" T {SHARED}" in run(["nm", folder / "program"]).stdout


def main():
    checks, folder = Checks(), temporary_folder()
    (folder / "test.cnn").write_text(SOURCE)
    run([CNNC, "prepare"])
    checks.equal(compiles_shared(folder, "prepared"), (False, True), "what was prepared is not compiled again")
    checks.equal(compiles_shared(folder, "options", CFLAGS=f"{GIVEN} -DOTHER"), (True, True), "unless it is wanted with other options")
    checks.that("usage: cnnc prepare" in run([CNNC, "prepare", "x"], code=2).stderr, "it takes no file")
    checks.that("f64" in run([CNNC, "prepare", "--real", "f16"], code=2).stderr, "it says which precisions there are")
    checks.end()


main()
