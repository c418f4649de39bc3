#!/usr/bin/env python3
"""`precision = bf16`: which contractions are rounded, what comes out beside float32, the same bits for any number of threads, and what
is said where it does not fit.
timeout: 300"""

import json
import math
import os
import platform
import random
import re
import shlex
import subprocess

from support import CNNC, Checks, read_safetensors, run, run_json, temporary_folder, write_npy

# Smooth activations, as a rounded number may pass the corner of another. Contractions of all families in bf16, and such that stay in float: one channel, three classes, a group, 5 channels.
SOURCE = """cnn 1
dataset digits { source = strokes; val = 10%; seed = 3 }
model net on digits {
  rescale(1/255)
  conv(16, 3x3, stride = 2) -> tanh
  conv(32, 3x3, stride = 2, pad = same) -> batchnorm -> tanh
  conv(48, 3x3, pad = same) -> tanh
  conv(48, 3x3, pad = same, groups = 4) -> tanh
  conv(72, 3x3, stride = 2) -> tanh
  flatten -> dense(40) -> tanh -> dense(classes)
}
train t { loss = crossentropy; optimizer = adam(lr = 2e-3); batch = 32; epochs = 2; precision = bf16 }
experiment e {
  model = net; train = t
  variant rounded
  variant plain { precision = f32 }
}
"""
BF16 = {"conv_2.conv_forward", "conv_2.conv_backward_weights", "conv_3.conv_forward", "conv_3.conv_forward.2",
        "conv_3.conv_backward_weights", "conv_5.conv_forward", "dense.dense_forward", "dense.dense_forward.2", "dense.dense_backward_weights"}
ERROR = 2**-8  # of a rounded product, at most


def build(folder, variant, *options):
    """The program and what was said while building it."""
    program = folder / "_".join(("program", variant, *options))
    done = run([CNNC, "build", folder / "net.cnn", "--variant", variant, *options, "-o", program])
    return program, done.stderr


def step(folder, program, *options):
    out = folder / "left.safetensors"
    run([program, "step", "--weights", folder / "weights", "--images", folder / "x.npy", "--labels", folder / "y.npy", "--out", out, *options])
    return out.read_bytes(), {name: values for name, (_, values) in read_safetensors(out).items()}


def length(values):
    return math.sqrt(sum(x * x for x in values))


def has_amx():
    words = [*shlex.split(os.environ.get("CC", "cc")), "-march=native", "-dM", "-E", "-x", "c", "/dev/null"]
    return "AMX" in "".join(re.findall(r"__AMX_?BF16__", run(words).stdout))


def check_kernels(checks, program, plain):
    kernels = run_json([program, "info", "--json"])["kernels"]
    rounded = {name.removeprefix("train.") for name, variant in kernels.items() if variant == "bf16" and name.startswith("train.")}
    checks.that(rounded >= BF16, "in bf16 are", sorted(rounded), "and not", sorted(BF16 - rounded))
    checks.that(not any(name.startswith(("conv.", "conv_4.", "dense_2.")) for name in rounded), "in bf16 are", sorted(rounded))
    checks.that("bf16" not in run_json([plain, "info", "--json"])["kernels"].values(), "bf16 in a program in float32")
    evaluate = {name for name, variant in kernels.items() if variant == "bf16" and name.startswith("evaluate.")}
    checks.that("evaluate.conv_2.conv_forward" in evaluate, "evaluation has", evaluate)


def check_step(checks, folder, program, plain):
    """A step's tensors beside those in float32: rounded, but by no more than some products' errors."""
    draw = random.Random(5)
    write_npy(folder / "x.npy", [32, 28, 28, 1], [draw.randrange(256) for _ in range(32 * 784)], "B")
    write_npy(folder / "y.npy", [32], [draw.randrange(10) for _ in range(32)], "B")
    run([plain, "init", "--seed", 7, "--out", folder / "weights"])
    content, left = step(folder, program, "--threads", 1)
    expected = step(folder, plain, "--threads", 1)[1]
    checks.that(left.keys() == expected.keys(), "names of tensors")
    largest = max(length(values) for values in expected.values())
    for name, values in expected.items():
        error = length([a - b for a, b in zip(values, left[name], strict=True)]) / (length(values) + 1e-4 * largest)
        checks.that(error <= 8 * ERROR, name, "differs by", error)
    changed = [name for name, values in expected.items() if values != left[name]]
    checks.that(len(changed) > 8, "rounding changes only", changed)
    for threads in (2, 3):
        checks.that(step(folder, program, "--threads", threads)[0] == content, "not the same bits with", threads, "threads")


def check_training(checks, folder, program, plain):
    """Nearly the same accuracy; and checkpoints of the other precision are another program's."""
    accuracy = {}
    for name, used in (("rounded", program), ("plain", plain)):
        run([used, "train", "--limit", 2000, "--seed", 5, "--threads", 2, "--out", folder / name])
        accuracy[name] = json.loads((folder / name / "metrics.json").read_text())["test"]["accuracy"]
    checks.that(accuracy["plain"] > 0.6 and abs(accuracy["rounded"] - accuracy["plain"]) < 0.04, "accuracies", accuracy)
    failed = run([program, "train", "--limit", 2000, "--seed", 5, "--out", folder / "plain", "--resume", "--set", "epochs=3"], code=1)
    checks.that("program" in failed.stderr, "resuming:", failed.stderr)


def check_messages(checks, folder, said):
    line = "cnnc build: warning: precision = bf16 is only rounding here, not speed: the processor (-march=native) has no AMX\n"
    checks.that(said == ("" if has_amx() else line), "warned:", said)
    if platform.machine() == "x86_64":
        checks.that("(-march=x86-64)" in build(folder, "rounded", "--march", "x86-64")[1], "no warning for x86-64")
        compiler = shlex.split(os.environ.get("CC", "cc"))
        if subprocess.run([*compiler, "-march=sapphirerapids", "-E", "-x", "c", "/dev/null"], capture_output=True, check=False).returncode == 0:
            checks.that(build(folder, "rounded", "--march", "sapphirerapids")[1] == "", "warned for a processor with AMX")
    checks.that(build(folder, "plain")[1] == "", "warned in float32")
    done = run([CNNC, "build", folder / "net.cnn", "--variant", "plain", "--variant-set", "bf16", "-o", folder / "x"], code=2)
    checks.that("bf16 changes results: write `precision = bf16`" in done.stderr, done.stderr)
    dry = run([CNNC, "run", folder / "net.cnn", "--dry-run", "--json"])
    checks.that(json.loads(dry.stdout)["programs"] == 2, dry.stdout)
    checks.that(has_amx() or dry.stderr == line.replace("build", "run"), "run warned:", dry.stderr)


def check_bench(checks, folder):
    """bench shows bf16 beside the others, and right; tune keeps no record of it."""
    (folder / "small.cnn").write_text("""cnn 1
model small(input = 6x6x16, classes = 10) { conv(32, 3x3, pad = same) -> relu -> conv(32, 3x3) -> flatten -> dense(10) }
train t { batch = 4; precision = bf16 }
""")
    shown = run_json([CNNC, "bench", folder / "small.cnn", "--json", "--seconds", "0.001"])
    uses = [use for use in shown["contractions"] if any(variant["variant"] == "bf16" for variant in use["variants"])]
    checks.that(len(uses) >= 3, "bench shows", shown)
    for use in uses:
        by_name = {variant["variant"]: variant for variant in use["variants"]}
        checks.that("direct" in by_name and by_name["bf16"]["right"], use)
    tuned = run([CNNC, "tune", folder / "small.cnn", "--seconds", "0.001", "--records", folder / "records.jsonl"]).stdout
    checks.that("bf16" not in tuned and "records in" in tuned, tuned)


def main():
    checks, folder = Checks(), temporary_folder()
    (folder / "net.cnn").write_text(SOURCE)
    program, said = build(folder, "rounded")
    plain = build(folder, "plain")[0]
    check_messages(checks, folder, said)
    check_kernels(checks, program, plain)
    check_step(checks, folder, program, plain)
    check_training(checks, folder, program, plain)
    check_bench(checks, folder)
    checks.end()


if __name__ == "__main__":
    main()
