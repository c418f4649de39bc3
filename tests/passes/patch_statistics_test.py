#!/usr/bin/env python3
"""Batch norm from the statistics of patches: the same numbers as --without patch_statistics, in double precision and in single,
for windows of all kinds; and the same bits for any number of threads.
timeout: 300"""

import os
import random
import re
import sys

from support import CNNC, ROOT, Checks, compile_program, read_safetensors, run, temporary_folder, write_npy

sys.path.insert(0, str(ROOT / "tests" / "ops"))
from branches import joined, network  # noqa: E402

# By shape of the input: layers that stand on it, whose batch norm is taken from patches. Strides, dilation, padding, windows as
# large as the image, 1x1 windows (of numbers that want a gradient too), odd numbers of channels, frozen parts, a random input.
CASES = {
    (9, 8, 1): ["conv(20, 3x3) -> batchnorm", "conv(17, 3x3, bias = false) -> batchnorm(scale = false)",
                "conv(24, 2x3, stride = 2, pad = same) -> batchnorm(center = false)", "conv(40, 3x2, dilation = 2) -> batchnorm",
                "conv(40, 4x4, pad = [2, 0], stride = 3x2) -> batchnorm(scale = false, center = false, epsilon = 0.1)",
                "conv(20, 3x3, stride = 9, bias = false) -> batchnorm", "conv(30, 3x3, pad = 4, dilation = 3) -> batchnorm",
                "conv(20, 3x3, frozen = true) -> batchnorm -> tanh -> avgpool(2)"],
    (6, 7, 3): ["conv(40, 3x3, pad = same) -> batchnorm -> sigmoid -> avgpool(2)", "conv(16, 1x1) -> batchnorm(momentum = 0.5)",
                "dropout(20%) -> conv(48, 2x2, bias = false) -> batchnorm", "rescale(0.01, -3) -> conv(40, 3x3) -> batchnorm -> gelu"],
    (1, 1, 5): ["conv(40, 1x1) -> batchnorm"],
    (7, 6, 4): ["conv(6, 3x3) -> conv(40, 1x1) -> batchnorm -> tanh", "conv(5, 2x2) -> relu -> conv(40, 1x1, bias = false) -> batchnorm(scale = false)",
                "dwconv(3x3) -> conv(33, 1x1) -> batchnorm(center = false)", "conv(17, 3x3) -> sigmoid -> conv(80, 1x1) -> batchnorm(epsilon = 0.1)"],
    (20, 21, 1): ["conv(64, 7x7) -> batchnorm -> maxpool(2) -> tanh", "conv(64, 5x7) -> batchnorm(scale = false) -> minpool(3x2)"],
}
# What the alternative would make dearer, or cannot be: few filters, an input that wants a gradient under larger windows or strides,
# groups, a patch of one number.
REFUSED = {
    (9, 8, 1): ["conv(1, 5x5) -> batchnorm", "conv(2, 2x2) -> conv(40, 2x2) -> batchnorm", "conv(20, 1x1) -> batchnorm", "conv(4, 3x3) -> conv(40, 1x1, stride = 2) -> batchnorm"],
    (9, 8, 4): ["conv(40, 3x3, groups = 2) -> batchnorm", "conv(40, 3x3) -> batchnorm(frozen = true)", "conv(20, 5x5) -> batchnorm"],
}
CLASSES, BATCH = 3, 11
TOLERANCE = {"f64": 1e-10, "f32": 5e-4}


def source_of(shape, layers):
    bodies = [f"{layer} -> flatten -> dense({CLASSES})" for layer in layers]
    return network(shape, CLASSES, joined("add", bodies, [f"case{i + 1}" for i in range(len(layers))]), batch=BATCH)


def patches_taken(source, folder):
    """How often the training step takes the alternative."""
    (folder / "net.cnn").write_text(source)
    text = run([CNNC, "build", folder / "net.cnn", "--dump=rewrite"]).stdout
    return len(re.findall(r"= patch_moments\(", text.split("function train")[1]))


def check_pool_behind(checks):
    """A pool that chooses goes before what is left of batch norm, so that the convolution's gradient comes from its positions."""
    folder = temporary_folder()
    (folder / "net.cnn").write_text(source_of((20, 21, 1), ["conv(64, 7x7) -> batchnorm -> relu -> maxpool(2)"]))
    text = run([CNNC, "build", folder / "net.cnn", "--dump=grad"]).stdout.split("function train")[1]
    checks.equal(text.count("= pooled_backward_weights("), 1, "gradients from a pool behind batch norm")


def images_of(shape, kind, count):
    draw = random.Random(3)
    size = count * shape[0] * shape[1] * shape[2]
    return {"random": [draw.gauss(0, 1) for _ in range(size)], "large": [200 + draw.gauss(0, 20) for _ in range(size)],
            "constant": [0.25] * size}[kind]


def numbers(folder, program, weights):
    """What a step leaves, and the weights after one: the running statistics among them."""
    run([program, "step", "--weights", weights, "--images", folder / "x.npy", "--labels", folder / "y.npy", "--out",
         folder / "left.safetensors", "--steps", 1, "--save", folder / "saved.safetensors"])
    found = {name: values for name, (_, values) in read_safetensors(folder / "left.safetensors").items()}
    found.update((f"{name} after a step", values) for name, (_, values) in read_safetensors(folder / "saved.safetensors").items())
    return found


def compare(checks, label, expected, actual, tolerance):
    checks.equal(sorted(actual), sorted(expected), label, "names")
    largest = max(max(abs(x) for x in values) for name, values in expected.items() if name.endswith("weight"))
    for name, values in expected.items():
        # A gradient that is 0 but for rounding, as that of a bias before batch norm, is measured by the network's largest.
        scale = max(max(abs(x) for x in values), 0.05 * largest, 0.1)
        difference = max(abs(a - b) for a, b in zip(values, actual[name]))
        checks.that(difference <= tolerance * scale, label, name, "differs by", difference, "of", scale)


def check_shape(checks, shape, layers, real):
    folder = temporary_folder()
    source = source_of(shape, layers)
    if real == "f64":
        checks.equal(patches_taken(source, folder), len(layers), shape, "patches' statistics that are taken")
    program = compile_program(source, "--real", real, folder=folder)
    (folder / "plain").mkdir()
    plain = compile_program(source, "--real", real, "--without", "patch_statistics", folder=folder / "plain")
    weights = folder / "weights.safetensors"
    run([program, "init", "--seed", 7, "--out", weights])
    for count in (BATCH, 1):
        for kind in ("random", "constant", "large"):
            if kind == "large" and real == "f32":
                continue  # batch norm of large numbers amplifies rounding in both
            write_npy(folder / "x.npy", [count, *shape], images_of(shape, kind, count), "f")
            write_npy(folder / "y.npy", [count], [i % CLASSES for i in range(count)], "q")
            compare(checks, f"{real} {shape} {count} {kind}:", numbers(folder, plain, weights), numbers(folder, program, weights),
                    TOLERANCE[real])


def check_threads(checks):
    folder = temporary_folder()
    program = compile_program("""cnn 1
dataset digits { source = strokes; val = 10% }
model net on digits {
  rescale(1/255) -> conv(24, 3x3) -> batchnorm -> relu -> maxpool(2) -> conv(8, 2x2) -> batchnorm -> relu -> flatten
  dense(classes)
}
train t { loss = crossentropy; optimizer = adam; batch = 32; epochs = 1 }
""", folder=folder)
    weights = []
    for threads in (1, 2, 3):
        run([program, "train", "--limit", 300, "--threads", threads, "--out", folder / str(threads)])
        weights.append((folder / str(threads) / "weights" / "last.safetensors").read_bytes())
    checks.that(weights[0] == weights[1] == weights[2], "the same bits for 1, 2 and 3 threads")


def main():
    checks = Checks()
    os.environ.setdefault("CFLAGS", "-O1")  # many small programs: compiling them takes longer than running them
    for shape, layers in CASES.items():
        for real in ("f64", "f32") if shape == (9, 8, 1) else ("f64",):
            check_shape(checks, shape, layers, real)
    for shape, layers in REFUSED.items():
        checks.equal(patches_taken(source_of(shape, layers), temporary_folder()), 0, shape, "patches' statistics where none fit")
    check_pool_behind(checks)
    check_threads(checks)
    checks.end()


main()
