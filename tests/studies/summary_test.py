#!/usr/bin/env python3
"""`summary --json` of every variant of the studies: the parameter counts that their reports state, and layer tables as Keras
prints them. Counts that no report states are computed here from the variant's own description."""

from support import CNNC, ROOT, Checks, run_json

STUDIES = ROOT / "models" / "studies"

MNIST10 = {"m1": 347146, "m2": 346986, "m3": 173930, "m4": 693578, "m5": 31258, "m6": 56714, "m7": 56714, "m8": 56714,
           "m9": 56714, "m10": 56714}
THREE_NETS = {"dnn": 29898, "convnet": 93322, "resnet": 820106}

# Output and parameters of the layers that Keras lists, without the activations.
M1_LAYERS = [("conv", [26, 26, 32], 320), ("maxpool", [13, 13, 32], 0), ("flatten", [5408], 0), ("dense", [64], 346176),
             ("dense", [10], 650)]
M6_LAYERS = [("conv", [26, 26, 16], 160), ("maxpool", [13, 13, 16], 0), ("conv", [11, 11, 32], 4640),
             ("maxpool", [5, 5, 32], 0), ("flatten", [800], 0), ("dense", [64], 51264), ("dense", [10], 650)]
FASHION_LAYERS = [("conv", [26, 26, 64], 640), ("batchnorm", [26, 26, 64], 256), ("maxpool", [13, 13, 64], 0),
                  ("dropout", [13, 13, 64], 0), ("conv", [12, 12, 32], 8224), ("batchnorm", [12, 12, 32], 128),
                  ("maxpool", [6, 6, 32], 0), ("dropout", [6, 6, 32], 0), ("flatten", [1152], 0), ("dense", [10], 11530)]

# (filters, kernel, stride, pool size) of the first block, and the second block's filters.
FASHION22 = {f"m{number}": [64, 3, 1, 2, 32] for number in range(1, 23)}
for number, place, value in [(2, 0, 32), (3, 0, 128), (4, 0, 256), (5, 1, 2), (6, 1, 5), (7, 1, 7), (10, 2, 2), (11, 2, 5),
                             (16, 3, 1), (17, 3, 5), (20, 4, 16), (21, 4, 16), (22, 4, 0)]:
    FASHION22[f"m{number}"][place] = value


def fashion22_count(filters, kernel, stride, pool, filters2):
    """Valid convolutions with biases, batch norms with their running statistics, one dense layer."""
    side = ((28 - kernel) // stride + 1) // pool
    count = kernel * kernel * filters + filters + 4 * filters
    if filters2:
        count += 2 * 2 * filters * filters2 + filters2 + 4 * filters2
        side, filters = (side - 1) // 2, filters2
    return count + side * side * filters * 10 + 10


def summary(study, variant, model=()):
    return run_json([CNNC, "summary", STUDIES / study / f"{study}.cnn", *model, "--variant", variant, "--json"])


def table(document, types):
    return [(layer["type"], layer["output"], layer["params"]) for layer in document["layers"] if layer["type"] in types]


def check_keys(checks, document):
    checks.equal(sorted(document), ["classes", "input", "layers", "macs", "memory", "model", "params"], "keys")
    checks.equal(sorted(document["params"]), ["frozen", "total", "trainable"], "keys of params")
    checks.equal(sorted(document["memory"]), ["arena", "lower_bound", "unplanned"], "keys of memory")
    for layer in document["layers"]:
        checks.equal(sorted(layer), ["macs", "name", "output", "params", "type"], "keys of a layer")
    memory = document["memory"]
    checks.that(0 < memory["lower_bound"] <= memory["arena"], "the arena holds the largest live set", memory)


def main():
    checks = Checks()
    for variant, total in MNIST10.items():
        checks.equal(summary("mnist10", variant)["params"]["total"], total, "mnist10", variant)
    checks.equal(table(summary("mnist10", "m1"), {"conv", "maxpool", "flatten", "dense"}), M1_LAYERS, "mnist10 m1")
    checks.equal(table(summary("mnist10", "m6"), {"conv", "maxpool", "flatten", "dense"}), M6_LAYERS, "mnist10 m6")
    checks.equal(summary("mnist10", "m1")["input"], [28, 28, 1], "input of mnist10")

    for variant, shape in FASHION22.items():
        checks.equal(summary("fashion22", variant)["params"]["total"], fashion22_count(*shape), "fashion22", variant)
    base = summary("fashion22", "m1")
    check_keys(checks, base)
    checks.equal(base["params"], {"total": 20778, "trainable": 20778 - 192, "frozen": 192}, "fashion22 base")
    checks.equal(table(base, {name for name, _, _ in FASHION_LAYERS}), FASHION_LAYERS, "fashion22 base")

    for variant in ("baseline", "model_2", "model_3", "model_4", "model_5"):
        checks.equal(summary("mnist8", variant)["params"]["total"], 3520, "mnist8", variant)
    checks.equal(summary("mnist8", "model_6")["params"]["total"], 100 + 910 + 110, "mnist8 model_6")

    for model, total in THREE_NETS.items():
        for rate in ("0_1", "0_01", "0_001", "0_0001"):
            checks.equal(summary("three_nets", f"{model}_{rate}")["params"]["total"], total, "three_nets", model, rate)
    checks.end()


main()
