"""The gradient of every layer and loss against central differences, in double precision.
timeout: 240

Each case stands in a branch: dwconv(1x1) -> the layer -> flatten -> dense, and the branches are added. The gradient of the
dwconv's weights sees the layer's input gradient. A case's tensors are moved along a random direction; where that disagrees
(a kink between the two sides) the point is drawn again, and a wrong gradient disagrees there too."""

import os
import random
import re

from branches import Program, joined, network
from support import CNNC, Checks, run

CLASSES = 3
STEP = 1e-5  # the error of a central difference is about STEP^2 and 1e-16 / STEP
TOLERANCE = 2e-6
DRAWS = 3

# Layers by the shape that enters them. Sizes of 1, odd ones, strides beyond the window, channels that are no multiple of a
# vector.
CASES = {
    (7, 6, 5): [
        "conv(3, 3x3)", "conv(3, 3)", "conv(7, 2x3, stride = 2, pad = same)", "conv(2, 1x1, stride = 3)",
        "conv(4, 2x2, stride = 3x4)", "conv(3, 3x2, dilation = 2)", "conv(3, 3x3, pad = 1)", "conv(3, 3x3, pad = [2, 1])",
        "conv(3, 2x2, pad = 3)", "conv(10, 2x2, groups = 5)", "conv(5, 3x3, groups = 5, pad = same)",
        "conv(9, 3x3, bias = false, dilation = 2, pad = same)", "conv(17, 7x6)",
        "dwconv(3x3)", "dwconv(3x3, stride = 2, pad = same)", "dwconv(2x3, multiplier = 3)", "dwconv(2, dilation = 3)",
        "dense(4)", "flatten -> dense(5)", "dense(1, bias = false)",
        "maxpool(2)", "maxpool(3x2, stride = 1)", "maxpool(2, stride = 3)", "maxpool(3, stride = 2, pad = same)",
        "maxpool(2, pad = 1)", "minpool(2)", "minpool(3, stride = 1, pad = [1, 0])", "avgpool(2)",
        "avgpool(3, stride = 2, pad = same)", "avgpool(3x2, stride = 1)", "avgpool(2, stride = 3)", "maxpool(1)",
        "global_avgpool", "global_avgpool(keep = true)", "global_maxpool", "global_maxpool(keep = true)",
        "batchnorm", "batchnorm(scale = false)", "batchnorm(center = false, epsilon = 0.1)",
        "flatten -> batchnorm", "batchnorm(frozen = true)", "batchnorm(scale = false, center = false)",
        "dropout(20%)", "drop_path(0.5)", "relu -> dropout(20%)", "relu -> drop_path(0.5)", "flatten", "reshape(5x6x7)", "reshape(210)", "identity",
        "resize(9x4)", "resize(3x13, nearest)", "resize(14x12, bilinear)", "resize(1, nearest)", "resize(7x6)",
        "rescale(-2.5, 1)", "standardize(mean = [1, 2, 3, 4, 5], std = [1, 2, 1, 2, 0.5])", "standardize(0.5, 2)",
        "zero_pad(1)", "zero_pad([0, 3]) -> conv(2, 3x3)", "relu", "relu6", "leaky_relu", "leaky_relu(0)", "elu", "elu(0.4)",
        "gelu", "gelu(approximate = true)", "sigmoid", "hard_sigmoid", "tanh", "swish", "hard_swish", "softmax",
        "flatten -> softmax", "relu -> relu", "conv(4, 3x3) -> batchnorm -> relu -> maxpool(2)",
        "branch a { conv(5, 1x1) }\nadd(a)", "branch a { tanh }\nbranch b { relu }\nbranch c { }\nadd(a, b, c)",
        "branch a { swish }\nmul(a)", "branch a { global_avgpool(keep = true) -> sigmoid }\nmul(a)",
        "branch a { global_maxpool(keep = true) }\nbranch b { tanh }\nbranch c { }\nmul(a, b, c)",
        "branch a { conv(2, 1x1) }\nconcat(a)", "branch a { flatten -> dense(3) }\nbranch b { global_avgpool }\nconcat(a, b)",
    ],
    (1, 1, 1): [
        "conv(3, 1x1)", "conv(2, 3x3, pad = same)", "conv(1, 2, stride = 3, pad = 2)", "dwconv(1)", "dense(2)", "maxpool(1)",
        "maxpool(3, pad = same)", "avgpool(2, pad = 1)", "global_avgpool", "global_maxpool", "batchnorm", "rgb",
        "resize(3x2)", "resize(4, nearest)", "zero_pad(1)", "softmax", "swish", "rgb -> conv(2, 1x1)",
    ],
    (18, 17, 1): [
        "rgb", "rgb -> dwconv(5, stride = 6)", "conv(9, 3x3, stride = 4)", "conv(8, 5x5)", "maxpool(17)", "global_maxpool",
        "maxpool(5, stride = 7)", "avgpool(4, pad = same)",
        "normalization(frozen = true)", "conv(16, 3x3) -> relu -> maxpool(2) -> conv(12, 3x3) -> batchnorm -> gelu -> global_avgpool",
    ],
}
# Layers that stand on the input itself, which wants no gradient: batch norm is taken from the patches' statistics.
ON_INPUT = {
    (18, 17, 1): ["conv(16, 3x3) -> batchnorm -> tanh -> avgpool(2)", "conv(17, 3x2, stride = 2, bias = false) -> batchnorm(scale = false)"],
    (6, 5, 3): ["conv(50, 3x3, pad = same) -> batchnorm(center = false) -> swish", "conv(16, 1x1) -> batchnorm(scale = false, center = false)"],
}
LOSSES = ["crossentropy", "crossentropy(label_smoothing = 0.1)", "crossentropy(class_weight = [0.5, 2, 3])", "mse",
          "crossentropy(label_smoothing = 20%, class_weight = [1, 0, 4])"]


def branch(layer):
    return f"dwconv(1) -> {layer} -> flatten -> dense({CLASSES})" if "\n" not in layer else \
        f"dwconv(1)\n{layer} -> flatten -> dense({CLASSES})"


def moved(weights, directions, amount):
    """The weights, those of `directions` moved along it."""
    return {**weights, **{name: (weights[name][0], [a + amount * b for a, b in zip(weights[name][1], direction)])
                          for name, direction in directions.items()}}


def difference(program, gradients, names, chance):
    """Along a random direction of these tensors: the difference quotient and the gradient; None where they agree."""
    directions = {name: [chance.gauss(0, 1) for _ in program.weights[name][1]] for name in names}
    above = program.loss(moved(program.weights, directions, STEP))
    below = program.loss(moved(program.weights, directions, -STEP))
    expected = (above - below) / (2 * STEP)
    actual = sum(a * b for name in names for a, b in zip(gradients[name][1], directions[name]))
    return None if abs(actual - expected) <= TOLERANCE * max(1, abs(expected)) else (expected, actual)


def cases_of(gradients):
    """Tensors with a gradient by the branch they are in."""
    cases = {}
    for name in gradients:
        if name not in ("loss", "logits"):
            cases.setdefault(re.sub(r".*(case\d+)\..*", r"\1", name) if "case" in name else "", []).append(name)
    return cases


def check_program(checks, program, label, images):
    """Every case's tensors together; those that disagree are tried at other points, then tensor by tensor."""
    left = None
    for draw in range(DRAWS):
        program.draw(images, 1 + draw)
        gradients = program.step(program.weights)
        chance = random.Random(draw)
        cases = cases_of(gradients)
        wrong = [case for case in (cases if left is None else left)
                 if difference(program, gradients, cases[case], chance)]
        checks.passed += len(cases if left is None else left) - len(wrong)
        left = wrong
        if not left:
            return
    for case in left:
        for name in cases[case]:
            found = difference(program, gradients, [name], chance)
            checks.that(not found, label, name, *(found or ()))


def check_shape(checks, shape, layers):
    names = [f"case{i + 1}" for i in range(len(layers))]
    source = network(shape, CLASSES, joined("add", [branch(layer) for layer in layers], names))
    program = Program(source, shape, CLASSES, 1)
    for images in (11, 1):
        before = checks.failed
        check_program(checks, program, f"{shape}, {images} images:", images)
        if checks.failed > before:
            print("  where", "; ".join(f"{name} is {layer!r}" for name, layer in zip(names, layers)))


def check_on_input(checks, shape, layers):
    source = network(shape, CLASSES, joined("add", [f"{layer} -> flatten -> dense({CLASSES})" for layer in layers],
                                            [f"case{i + 1}" for i in range(len(layers))]))
    program = Program(source, shape, CLASSES, 1)
    taken = run([CNNC, "build", program.folder / "test.cnn", "--dump=rewrite"]).stdout.split("function train")[1]
    checks.equal(taken.count("= patch_moments("), len(layers), shape, "patches' statistics")
    for images in (11, 1):
        check_program(checks, program, f"{shape} on the input, {images} images:", images)


def check_losses(checks):
    body = "conv(3, 2x2, l2 = 0.01) -> relu -> flatten -> dense(3, l2 = 0.1)"
    for loss in LOSSES:
        program = Program(network((3, 4, 2), CLASSES, body, loss=loss), (3, 4, 2), CLASSES, 1)
        check_program(checks, program, f"{loss}:", 7)


def check_coverage(checks):
    """A layer or loss that is added to the table needs a case here."""
    text = "\n".join(layer for layers in CASES.values() for layer in layers)
    words = set("".join(c if c.isalnum() or c == "_" else " " for c in text).split())
    words |= {loss.split("(")[0] for loss in LOSSES}
    for kind in ("layers", "activations", "losses"):
        for line in run([CNNC, "list", kind]).stdout.splitlines():
            if line[:1].isalpha():
                name = line.split("(")[0].split()[0]
                checks.that(name in words, f"`{name}` has no case in tests/ops/gradient_test.py")


checks = Checks()
os.environ.setdefault("CFLAGS", "-O1")  # many small programs: compiling them takes longer than running them
check_coverage(checks)
for shape, layers in CASES.items():
    check_shape(checks, shape, layers)
for shape, layers in ON_INPUT.items():
    check_on_input(checks, shape, layers)
check_losses(checks)
checks.end()
