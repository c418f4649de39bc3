"""The benchmarked networks in PyTorch, as a user would write them: the same layers, sizes and defaults as the .cnn files. The
images they get are floats, so what a file does to its bytes before the first layer with weights is left out here."""

import torch
from torch import nn

EPSILON, MOMENTUM = 1e-3, 0.01  # Keras's batch norm; PyTorch's momentum is the part that is taken from the batch


class Flatten(nn.Module):
    """Flattens without a copy: in the order in which the images lie in memory."""

    def forward(self, x):
        if x.is_contiguous(memory_format=torch.channels_last):
            x = x.permute(0, 2, 3, 1)
        return x.flatten(1)


class Residual(nn.Module):
    """The sum of what two branches make of the same tensor."""

    def __init__(self, body, skip=None):
        super().__init__()
        self.body, self.skip = body, skip or nn.Identity()

    def forward(self, x):
        return self.body(x) + self.skip(x)


def batchnorm(channels):
    return nn.BatchNorm2d(channels, EPSILON, MOMENTUM)


def mnist10(*filters):
    layers, channels, side = [], 1, 28
    for count in filters:
        layers += [nn.Conv2d(channels, count, 3), nn.ReLU(), nn.MaxPool2d(2)]
        channels, side = count, (side - 2) // 2
    return nn.Sequential(*layers, Flatten(), nn.Linear(side * side * channels, 64), nn.ReLU(), nn.Linear(64, 10))


def tinyvgg():
    def pair(channels):
        return [nn.Conv2d(channels, 10, 3), nn.ReLU(), nn.Conv2d(10, 10, 3), nn.ReLU(), nn.MaxPool2d(2)]
    return nn.Sequential(*pair(1), *pair(10), Flatten(), nn.Linear(4 * 4 * 10, 10))


def mlp():
    return nn.Sequential(Flatten(), nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, 10))


def convnet():
    return nn.Sequential(
        nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(64, 64, 3), nn.ReLU(), Flatten(), nn.Linear(576, 64), nn.ReLU(), nn.Linear(64, 10), nn.Softmax(1))


def bottleneck(channels, a, b, c, stride=1):
    projects = stride != 1 or channels != c
    skip = nn.Sequential(nn.Conv2d(channels, c, 1, stride), batchnorm(c)) if projects else None
    body = nn.Sequential(nn.Conv2d(channels, a, 1, stride), batchnorm(a), nn.ReLU(),
                         nn.Conv2d(a, b, 3, padding=1), batchnorm(b), nn.ReLU(), nn.Conv2d(b, c, 1), batchnorm(c))
    return nn.Sequential(Residual(body, skip), nn.ReLU())


def resnet():
    return nn.Sequential(
        nn.Conv2d(1, 64, 3), batchnorm(64), nn.ReLU(), nn.MaxPool2d(3, 2),
        bottleneck(64, 64, 64, 256), bottleneck(256, 64, 64, 256),
        bottleneck(256, 128, 128, 512, 2), bottleneck(512, 128, 128, 512),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, 10), nn.Softmax(1))


def fashion22(filters, kernel):
    def stage(channels, filters, kernel):
        return [nn.Conv2d(channels, filters, kernel), batchnorm(filters), nn.ReLU(), nn.MaxPool2d(2), nn.Dropout(0.2)]
    side = ((28 - kernel + 1) // 2 - 1) // 2
    return nn.Sequential(*stage(1, filters, kernel), *stage(filters, 32, 2), Flatten(), nn.Linear(side * side * 32, 10))


def vgg3():
    layers, channels = [], 3
    for filters in (32, 64, 128):
        layers += [nn.Conv2d(channels, filters, 3, padding=1), nn.ReLU(),
                   nn.Conv2d(filters, filters, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
        channels = filters
    return nn.Sequential(*layers, Flatten(), nn.Linear(2048, 64), nn.ReLU(), nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))


class SqueezeExcite(nn.Module):
    def __init__(self, channels, squeezed):
        super().__init__()
        self.scale = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(channels, squeezed, 1), nn.ReLU(),
                                   nn.Conv2d(squeezed, channels, 1), nn.Hardsigmoid())

    def forward(self, x):
        return x * self.scale(x)


def normalised(channels, filters, kernel, stride=1, groups=1, act=nn.Hardswish):
    """Padded alike on both sides: as many outputs and as much work as TensorFlow's `same`."""
    layers = [nn.Conv2d(channels, filters, kernel, stride, kernel // 2, groups=groups, bias=False), batchnorm(filters)]
    return layers + ([act()] if act else [])


def inverted_bottleneck(channels, kernel, expanded, filters, squeeze, act, stride=1):
    layers = [] if channels == expanded else normalised(channels, expanded, 1, act=act)
    layers += normalised(expanded, expanded, kernel, stride, expanded, act)
    if squeeze:
        layers.append(SqueezeExcite(expanded, max(8, int(expanded / 4 + 4) // 8 * 8)))
    body = nn.Sequential(*layers, *normalised(expanded, filters, 1, act=None))
    return Residual(body) if stride == 1 and channels == filters else body


def mobilenetv3_small():
    # kernel, expanded, filters, squeeze-and-excite, activation, stride: the paper's table 2
    rows = [(3, 16, 16, True, nn.ReLU, 2), (3, 72, 24, False, nn.ReLU, 2), (3, 88, 24, False, nn.ReLU, 1),
            (5, 96, 40, True, nn.Hardswish, 2), (5, 240, 40, True, nn.Hardswish, 1), (5, 240, 40, True, nn.Hardswish, 1),
            (5, 120, 48, True, nn.Hardswish, 1), (5, 144, 48, True, nn.Hardswish, 1), (5, 288, 96, True, nn.Hardswish, 2),
            (5, 576, 96, True, nn.Hardswish, 1), (5, 576, 96, True, nn.Hardswish, 1)]
    layers, channels = normalised(3, 16, 3, 2), 16
    for row in rows:
        layers.append(inverted_bottleneck(channels, *row))
        channels = row[2]
    return nn.Sequential(*layers, *normalised(channels, 576, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
                         nn.Linear(576, 1024), nn.Hardswish(), nn.Dropout(0.2), nn.Linear(1024, 10))


NETWORKS = {
    "mnist10 m1": lambda: mnist10(32),
    "mnist10 m4": lambda: mnist10(64),
    "mnist10 m6": lambda: mnist10(16, 32),
    "tinyvgg": tinyvgg,
    "mlp": mlp,
    "three_nets convnet": convnet,
    "three_nets resnet": resnet,
    "fashion22 m1": lambda: fashion22(64, 3),
    "fashion22 m4": lambda: fashion22(256, 3),
    "fashion22 m7": lambda: fashion22(64, 7),
    "vgg3": vgg3,
    "mobilenetv3_small": mobilenetv3_small,
}
