"""What the tests of --variant-set share: a network's step with each kernel variant forced in turn, beside the reference's."""

import random
import re

from support import CNNC, read_safetensors, run, run_json, write_npy

IMAGES = 13


def variant_names():
    """All names that a kernel variant has here; bf16 is none of speed, and cannot be forced."""
    return sorted(set(re.findall(r"^ +(\w+) +kernels/", run([CNNC, "list", "kernels"]).stdout, re.M)) - {"bf16"})


def step(folder, program, *options):
    """What a step leaves, by name."""
    out = folder / "left.safetensors"
    run([program, "step", "--weights", folder / "weights", "--images", folder / "x.npy", "--labels", folder / "y.npy", "--out", out,
         *options])
    return out.read_bytes(), {name: values for name, (_, values) in read_safetensors(out).items()}


def inputs(folder, program, seed):
    """Random images and labels, and first weights."""
    draw, info = random.Random(seed), run_json([program, "info", "--json"])
    size = info["input"][0] * info["input"][1] * info["input"][2]
    write_npy(folder / "x.npy", [IMAGES, *info["input"]], [draw.randrange(256) for _ in range(IMAGES * size)], "B")
    write_npy(folder / "y.npy", [IMAGES], [draw.randrange(info["classes"]) for _ in range(IMAGES)], "B")
    run([program, "init", "--seed", 7, "--out", folder / "weights"])


def compare(checks, folder, source, *options, tolerance=5e-4, threads=(2, 7)):
    """The network's step with every variant: the reference's numbers but for `tolerance` of a tensor's largest (what rounding
    explains), and the same bits for any number of threads. Returns the variants that the network could use."""
    seed = 4  # not 3: it has an input of a relu that rounding takes to either side of 0, and gradients with it
    folder.mkdir()
    program, used, expected, known = folder / "program", set(), None, {}
    for variant in ["ref", *(name for name in variant_names() if name != "ref"), "best"]:
        run([CNNC, "build", source, *options, "--variant-set", variant, "--records", "/dev/null", "-o", program])
        kernels = run_json([program, "info", "--json"])["kernels"]
        used.update(kernels.values())
        if variant != "best" and variant not in kernels.values():
            continue
        if expected is None:
            inputs(folder, program, seed)
        found = str(sorted(kernels.items()))
        if found in known:
            continue
        known[found] = variant
        content, left = step(folder, program, "--threads", 1)
        expected = expected or left
        for name, values in expected.items():
            scale = max(2e-2, max(abs(x) for x in values))  # a bias before a batchnorm has gradient 0, and rounding
            difference = max(abs(a - b) for a, b in zip(values, left[name], strict=True)) / scale
            checks.that(difference <= tolerance, source, variant, name, "differs by", difference)
        for count in threads:
            checks.that(step(folder, program, "--threads", count)[0] == content, source, variant, count, "threads")
    return used
