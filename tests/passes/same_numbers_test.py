#!/usr/bin/env python3
"""However the compiler cuts and groups a network, and whichever kernels it takes, a step gives the same numbers: fused and
--without fuse, the best kernels and --variant-set ref, in double precision and in single.
timeout: 700"""

import random

from support import Checks, compile_program, read_safetensors, run, temporary_folder, write_npy

# Everything that fuses, cuts or has several kernels: sums over the batch, a value with two readers, pools, dropout, penalties,
# clipping, a depthwise and a strided convolution, and 13 images in batches of 16: short chunks.
PLAIN = """cnn 1
dataset digits { source = strokes; val = 10% }
model net(l2 = 1e-3) on digits {
  rescale(1/255)
  conv(8, 3x3, pad = same, stride = 2) -> batchnorm -> relu
  branch skip {}
  dwconv(3x3, pad = same) -> batchnorm -> tanh
  add(skip)
  maxpool(2) -> dropout(0.2)
  conv(16, 3x3) -> gelu -> global_avgpool
  dense(24) -> relu -> dense(classes)
}
train t { loss = crossentropy; optimizer = sgd(lr = 0.05, momentum = 0.9, clip = 1); batch = 16; epochs = 1 }
"""
# Nests over windows: odd sizes, whose edges no window reaches, two pools of one activation, all kinds of pools, windows that
# are the image, activations that are computed again in the backward pass and such that are kept.
WINDOWS = """cnn 1
dataset digits { source = strokes; val = 10% }
model net on digits {
  rescale(1/255)
  conv(6, 4x4, bias = false) -> batchnorm -> relu
  branch mean { avgpool(2) }
  maxpool(2) -> add(mean) -> dropout(0.2)
  conv(7, 2x2, bias = false) -> batchnorm(scale = false) -> leaky_relu -> avgpool(2x3) -> dropout(0.1)
  conv(9, 2x2, bias = false) -> batchnorm -> gelu -> minpool(2)
  conv(12, 1x1, bias = false) -> batchnorm -> relu6
  branch gate { global_avgpool(keep = true) -> dense(12) -> sigmoid }
  mul(gate) -> global_maxpool -> dense(classes)
}
train t { loss = crossentropy; optimizer = sgd(lr = 0.05); batch = 16; epochs = 1 }
"""
# A matrix of weights whose gradient is computed in blocks for the whole batch, with a penalty and clipping.
BLOCKS = """cnn 1
dataset digits { source = strokes; val = 10% }
model net(l2 = 1e-3) on digits {
  rescale(1/255) -> conv(8, 3x3) -> relu -> maxpool(2) -> flatten -> dropout(0.1)
  dense(40) -> relu -> dense(classes)
}
train t { loss = crossentropy; optimizer = sgd(lr = 0.05, momentum = 0.9, clip = 1); batch = 16; epochs = 1 }
"""
# Convolutions of few products in nests: three channels, one, four; strides, dilation, padding on some sides, pools that leave an
# edge and none; one whose input wants a gradient too. Pools move before biases and activations.
NARROW = """cnn 1
dataset digits { source = strokes; val = 10% }
model net on digits {
  rescale(1/255) -> rgb -> conv(1, 2x2, stride = 2x1) -> tanh
  conv(9, 3x3, pad = same, dilation = 2) -> leaky_relu(0.1) -> maxpool(3) -> dropout(0.1)
  conv(4, 1x1) -> batchnorm -> relu
  conv(8, 3x1, pad = same) -> elu -> minpool(2)
  flatten -> dense(classes)
}
train t { loss = crossentropy; optimizer = sgd(lr = 0.05); batch = 16; epochs = 1 }
"""
# Convolutions before pools that choose, with more than a few channels: windows that leave an edge and such that leave none, of
# one column, minima, a window with strides, and a matrix of weights whose gradient is computed in blocks of filters.
POOLED = """cnn 1
dataset digits { source = strokes; val = 10% }
model net(l2 = 1e-3) on digits {
  rescale(1/255) -> conv(6, 3x3, stride = 2x1) -> relu -> conv(11, 2x3) -> relu -> maxpool(2)
  conv(64, 3x2, pad = same) -> leaky_relu(0.1) -> maxpool(2x1) -> dropout(0.2)
  conv(60, 3x3, pad = same) -> minpool(2x3) -> relu
  flatten -> dense(classes)
}
train t { loss = crossentropy; optimizer = sgd(lr = 0.05, momentum = 0.9); batch = 16; epochs = 1 }
"""
# Convolutions whose window is the image: of one pixel, as squeeze-and-excitation has them, and of several; wide enough for packed
# weights, and with few outputs.
WHOLE = """cnn 1
dataset digits { source = strokes; val = 10% }
model net(l2 = 1e-3) on digits {
  rescale(1/255) -> conv(16, 3x3, stride = 2) -> batchnorm -> relu
  branch gate { global_avgpool(keep = true) -> conv(48, 1x1) -> relu -> conv(16, 1x1, bias = false) -> hard_sigmoid }
  mul(gate) -> avgpool(3) -> conv(40, 4x4) -> tanh -> conv(5, 1x1) -> flatten -> dense(classes)
}
train t { loss = crossentropy; optimizer = sgd(lr = 0.05, momentum = 0.9, clip = 1); batch = 16; epochs = 1 }
"""
# A dense layer of which a batch reads and makes less than its weights are: it is computed in panels of outputs.
PANELS = """cnn 1
dataset digits { source = strokes; val = 10% }
model net on digits { rescale(1/255) -> flatten -> dense(96) -> batchnorm -> tanh -> dense(classes) }
train t { loss = crossentropy; optimizer = sgd(lr = 0.05, momentum = 0.9); batch = 24; epochs = 1 }
"""
FUSE, KERNELS = ["--without", "fuse"], ["--variant-set", "ref"]
OTHERS = [["--without", "recompute"], ["--without", "windows", "--without", "blocks"],
          ["--without", "narrow"], ["--without", "reorder"], ["--without", "pooled"], ["--without", "dense"],
          ["--without", "panels"]]
WAYS = {"f64": [FUSE, FUSE + KERNELS, *OTHERS], "f32": [KERNELS, FUSE + KERNELS]}
TOLERANCE = {"f64": 1e-10, "f32": 5e-4}
IMAGES = 13


def numbers(folder, source, *options):
    """What `step` leaves (by name), and the weights after three steps with updates."""
    folder.mkdir()
    program = compile_program(source, *options, folder=folder)
    weights = folder.parent / "weights.safetensors"
    if not weights.exists():
        run([program, "init", "--seed", 7, "--out", weights])
    left, saved = folder / "left.safetensors", folder / "saved.safetensors"
    run([program, "step", "--weights", weights, "--images", folder.parent / "x.npy", "--labels", folder.parent / "y.npy", "--out",
         left, "--steps", 3, "--save", saved])
    found = {name: values for name, (_, values) in read_safetensors(left).items()}
    found.update((f"{name} after 3 steps", values) for name, (_, values) in read_safetensors(saved).items())
    return found


def largest(values):
    return max(abs(x) for x in values)


def largest_difference(name, found, other):
    """Relative to the tensor's largest number: what is near zero by cancellation has no better. Nor has the gradient of a bias before
    batch norm, which is 0 but for rounding: it sums the numbers that its layer's weights' gradient sums, so that is its scale."""
    layers_weights = found.get(name.removesuffix(".bias") + ".weight", [0]) if name.endswith(".bias") else [0]
    scale = max(1e-3, largest(found[name]), largest(layers_weights))
    return max(abs(x - y) for x, y in zip(found[name], other[name])) / scale


def compare_ways(checks, folder, source, real, ways):
    best = numbers(folder / f"{real} best", source, "--real", real)
    checks.that(len(best) > 12, "gradients and weights are there", sorted(best))
    for way in ways:
        other = numbers(folder / f"{real} {' '.join(way)}", source, "--real", real, *way)
        checks.equal(sorted(other), sorted(best), real, way, "names")
        for name, values in best.items():
            checks.equal(len(other[name]), len(values), real, way, name)
            difference = largest_difference(name, best, other)
            checks.that(difference <= TOLERANCE[real], real, way, name, "differs by", difference)


def main():
    checks, folder = Checks(), temporary_folder()
    draw = random.Random(3)
    write_npy(folder / "x.npy", [IMAGES, 28, 28, 1], [draw.randrange(256) for _ in range(IMAGES * 784)], "B")
    write_npy(folder / "y.npy", [IMAGES], [draw.randrange(10) for _ in range(IMAGES)], "B")
    for network, source in (("plain", PLAIN), ("windows", WINDOWS), ("blocks", BLOCKS), ("narrow", NARROW), ("whole", WHOLE),
                            ("pooled", POOLED), ("panels", PANELS)):
        (folder / network).mkdir()
        for file in ("x.npy", "y.npy"):
            (folder / network / file).symlink_to(folder / file)
        for real, ways in WAYS.items():
            compare_ways(checks, folder / network, source, real, ways)
    checks.end()


main()
