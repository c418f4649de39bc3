"""The networks of networks/*.cnn once more, in PyTorch: one class a file, its modules named as the file's weights are.

`forward` takes images [n, h, w, c] as the file's first layer gets them and returns what the file's last layer returns; where
the loss owns a softmax, the numbers before it."""

import torch
from torch import nn
from torch.nn import functional as F

from keras_layers import (BatchNorm, Conv, avgpool, flatten, global_avgpool, global_maxpool, hard_sigmoid, hard_swish,
                          maxpool, minpool, on_last_axis)


def crossentropy(output, labels):
    return F.cross_entropy(output, labels)


class Network(nn.Module):
    gives_probabilities = False
    loss = staticmethod(crossentropy)

    def penalty(self):
        return 0.0

    def forward(self, images):
        return self.body(images.permute(0, 3, 1, 2))


class Plain(Network):
    def __init__(self):
        super().__init__()
        self.conv = Conv(3, 12, (3, 3), pad="same")
        self.conv_2 = Conv(12, 12, (3, 3))
        self.conv_3 = Conv(12, 20, (2, 2), pad="same")
        self.dense = nn.Linear(3 * 2 * 20, 17)
        self.dense_2 = nn.Linear(17, 7)

    def body(self, x):
        x = maxpool(F.relu(self.conv_2(F.relu(self.conv(x / 255)))), 2)
        x = maxpool(F.relu(self.conv_3(x)), 2)
        return self.dense_2(F.relu(self.dense(flatten(x))))


class Projection(nn.Module):
    def __init__(self, channels, filters, stride):
        super().__init__()
        self.conv = Conv(channels, filters, (1, 1), stride)
        self.batchnorm = BatchNorm(filters)

    def forward(self, x):
        return self.batchnorm(self.conv(x))


class Bottleneck(nn.Module):
    def __init__(self, channels, a, b, c, stride=1):
        super().__init__()
        projects = stride != 1 or channels != c
        self.skip = Projection(channels, c, stride) if projects else nn.Identity()
        self.conv = Conv(channels, a, (1, 1))
        self.batchnorm = BatchNorm(a)
        self.conv_2 = Conv(a, b, (3, 3), stride, "same")
        self.batchnorm_2 = BatchNorm(b)
        self.conv_3 = Conv(b, c, (1, 1))
        self.batchnorm_3 = BatchNorm(c)

    def forward(self, x):
        y = F.relu(self.batchnorm(self.conv(x)))
        y = F.relu(self.batchnorm_2(self.conv_2(y)))
        return F.relu(self.batchnorm_3(self.conv_3(y)) + self.skip(x))


class Residual(Network):
    def __init__(self):
        super().__init__()
        self.stem = Conv(3, 16, (3, 3), pad="same", bias=False)
        self.batchnorm = BatchNorm(16)
        self.bottleneck = Bottleneck(16, 8, 8, 24)
        self.bottleneck_2 = Bottleneck(24, 8, 8, 24)
        self.bottleneck_3 = Bottleneck(24, 12, 12, 32, 2)
        self.dense = nn.Linear(32, 10)

    def body(self, x):
        x = maxpool(F.relu(self.batchnorm(self.stem(x / 255))), 3, 2, "same")
        x = self.bottleneck_3(self.bottleneck_2(self.bottleneck(x)))
        return self.dense(global_avgpool(x))


class Narrow(nn.Module):
    def __init__(self, channels, filters):
        super().__init__()
        self.conv = Conv(channels, filters, (1, 1))


class Wide(Narrow):
    def __init__(self, channels, filters):
        super().__init__(channels, filters)
        self.conv_2 = Conv(filters, filters, (5, 5), pad="same")


class Mixed(nn.Module):
    def __init__(self, channels, a, b, c):
        super().__init__()
        self.narrow = Narrow(channels, a)
        self.wide = Wide(channels, b)
        self.pooled = Narrow(channels, c)

    def forward(self, x):
        narrow = F.elu(self.narrow.conv(x))
        wide = torch.tanh(self.wide.conv_2(F.elu(self.wide.conv(x))))
        pooled = F.leaky_relu(self.pooled.conv(avgpool(x, 3, 1, "same")), 0.1)
        return torch.cat([narrow, wide, pooled], 1)


class Inception(Network):
    def __init__(self):
        super().__init__()
        self.mixed = Mixed(4, 6, 9, 3)
        self.mixed_2 = Mixed(18, 5, 8, 7)
        self.dense = nn.Linear(3 * 2 * 20, 5)

    def body(self, x):
        x = maxpool(self.mixed(x / 255), 2)
        return self.dense(flatten(avgpool(self.mixed_2(x), 2)))


class Scale(nn.Module):
    def __init__(self, channels, squeezed):
        super().__init__()
        self.conv = Conv(channels, squeezed, (1, 1))
        self.conv_2 = Conv(squeezed, channels, (1, 1))


class SqueezeExcite(nn.Module):
    def __init__(self, channels, squeezed):
        super().__init__()
        self.scale = Scale(channels, squeezed)

    def forward(self, x):
        return x * hard_sigmoid(self.scale.conv_2(F.relu(self.scale.conv(x.mean((2, 3), keepdim=True)))))


class Inverted(nn.Module):
    def __init__(self, channels, expanded, filters, kernel, act):
        super().__init__()
        self.act = act
        self.conv = Conv(channels, expanded, (1, 1), bias=False)
        self.batchnorm = BatchNorm(expanded)
        self.dwconv = Conv(expanded, expanded, kernel, pad="same", groups=expanded, bias=False)
        self.batchnorm_2 = BatchNorm(expanded)
        self.squeeze_excite = SqueezeExcite(expanded, expanded // 4)
        self.conv_2 = Conv(expanded, filters, (1, 1), bias=False)
        self.batchnorm_3 = BatchNorm(filters)

    def forward(self, x):
        y = self.act(self.batchnorm(self.conv(x)))
        y = self.squeeze_excite(self.act(self.batchnorm_2(self.dwconv(y))))
        return x + self.batchnorm_3(self.conv_2(y))


class SqueezeExciteNet(Network):
    def __init__(self):
        super().__init__()
        self.conv = Conv(3, 16, (3, 3), 2, "same", bias=False)
        self.batchnorm = BatchNorm(16)
        self.inverted = Inverted(16, 32, 16, (3, 3), F.relu)
        self.inverted_2 = Inverted(16, 48, 16, (5, 5), hard_swish)
        self.conv_2 = Conv(16, 40, (1, 1))
        self.dense = nn.Linear(40, 10)

    def body(self, x):
        x = hard_swish(self.batchnorm(self.conv(x / 127.5 - 1)))
        x = self.inverted_2(self.inverted(x))
        return self.dense(global_avgpool(hard_swish(self.conv_2(x))))


class Mobile(Network):
    def __init__(self):
        super().__init__()
        self.conv = Conv(3, 12, (3, 3), 2, "same")
        self.dwconv = Conv(12, 12, (3, 3), 2, "same", groups=12)
        self.conv_2 = Conv(12, 18, (1, 1))
        self.dwconv_2 = Conv(18, 36, (3, 3), groups=18)
        self.conv_3 = Conv(36, 24, (3, 3), pad="same", groups=3)
        self.dense = nn.Linear(24, 6)

    def body(self, x):
        x = F.relu6(self.dwconv(F.relu6(self.conv(x / 255))))
        x = F.silu(self.dwconv_2(F.relu6(self.conv_2(x))))
        return self.dense(global_maxpool(F.relu6(self.conv_3(x))))


class Dilated(Network):
    def __init__(self):
        super().__init__()
        self.conv = Conv(2, 10, (3, 3), pad=2, dilation=2)
        self.conv_2 = Conv(10, 11, (3, 3), dilation=2)
        self.conv_3 = Conv(11, 13, (2, 2), 3, (1, 2))
        self.dense = nn.Linear(4 * 4 * 13, 4)

    def body(self, x):
        x = F.pad(torch.tanh(self.conv(x / 255)), (1, 1, 1, 1))
        x = minpool(F.leaky_relu(self.conv_2(x), 0.3), 2)
        return self.dense(flatten(F.elu(self.conv_3(x), 0.5)))


class Activations(Network):
    FUNCTIONS = [F.relu, F.relu6, lambda x: F.leaky_relu(x, 0.3), F.elu, F.gelu, torch.sigmoid, hard_sigmoid, torch.tanh,
                 F.silu, hard_swish, lambda x: torch.softmax(x, 1), lambda x: F.gelu(x, approximate="tanh")]

    def __init__(self):
        super().__init__()
        self.conv = Conv(1, 6, (3, 3), pad="same")
        for number in range(2, len(self.FUNCTIONS) + 1):
            setattr(self, f"conv_{number}", Conv(6, 6, (1, 1)))
        self.dense = nn.Linear(9 * 9 * 6, 3)

    def body(self, x):
        x = x / 255
        convolutions = [child for name, child in self.named_children() if name.startswith("conv")]
        for convolution, function in zip(convolutions, self.FUNCTIONS, strict=True):
            x = function(convolution(x))
        return self.dense(flatten(x))


class Rows(Network):
    gives_probabilities = True

    def __init__(self):
        super().__init__()
        self.dense = nn.Linear(10, 24)
        self.dense_2 = nn.Linear(24, 9, bias=False)
        self.dense_3 = nn.Linear(12 * 9, 10)

    def body(self, x):
        x = (x / 255).permute(0, 3, 2, 1)  # the 10 numbers of a row become channels
        x = F.relu(on_last_axis(self.dense, x))
        x = F.relu(on_last_axis(self.dense_2, x))
        return torch.softmax(self.dense_3(flatten(x)), 1)


class Smoothed(Network):
    CLASS_WEIGHT = [1, 2, 0.5, 0.25]

    def __init__(self):
        super().__init__()
        self.conv = Conv(3, 8, (3, 3))
        self.batchnorm = BatchNorm(8)
        self.conv_2 = Conv(8, 8, (3, 3))
        self.dense = nn.Linear(2 * 2 * 8, 12)
        self.dense_2 = nn.Linear(12, 4)

    def body(self, x):
        x = maxpool(F.relu(self.batchnorm(self.conv(x / 255))), 2)
        x = F.relu(self.conv_2(x))
        return self.dense_2(F.relu(self.dense(flatten(x))))

    def penalty(self):
        square = lambda layer: layer.weight.square().sum()
        return 0.001 * (square(self.conv) + square(self.dense_2)) + 0.01 * square(self.conv_2)

    @staticmethod
    def loss(output, labels):
        """As Keras weighs classes: each image's loss, times its class's weight, and the mean over the images."""
        each = F.cross_entropy(output, labels, label_smoothing=0.1, reduction="none")
        return (each * torch.tensor(Smoothed.CLASS_WEIGHT, dtype=each.dtype)[labels]).mean()


class Squared(Network):
    def __init__(self):
        super().__init__()
        self.conv = Conv(2, 7, (3, 2), 2)
        self.dense = nn.Linear(5 * 4 * 7, 5)

    def body(self, x):
        return torch.sigmoid(self.dense(flatten(F.silu(self.conv(x / 255)))))

    @staticmethod
    def loss(output, labels):
        return F.mse_loss(output, F.one_hot(labels, 5).to(output.dtype))


def resize(x, height, width, mode):
    align = {"align_corners": False} if mode == "bilinear" else {}
    return F.interpolate(x, (height, width), mode=mode, **align)


class Resized(Network):
    def __init__(self):
        super().__init__()
        self.conv = Conv(3, 9, (3, 3))
        self.batchnorm = BatchNorm(9, 0.9, 1e-4)
        self.conv_2 = Conv(9, 5, (3, 3), 2)
        self.batchnorm_2 = BatchNorm(5, scale=False)
        self.batchnorm_3 = BatchNorm(5, center=False)
        self.dense = nn.Linear(5 * 4 * 5, 4)

    def body(self, x):
        column = lambda numbers: torch.tensor(numbers, dtype=x.dtype)[None, :, None, None]
        x = resize(x, 15, 9, "bilinear").repeat(1, 3, 1, 1) / 255
        x = (x - column([0.485, 0.456, 0.406])) / column([0.229, 0.224, 0.225])
        x = resize(F.relu(self.batchnorm(self.conv(x))), 20, 20, "nearest-exact")
        x = self.batchnorm_3(F.relu(self.batchnorm_2(self.conv_2(x))))
        return self.dense(flatten(resize(x, 5, 4, "bilinear")))


class Pools(Network):
    def __init__(self):
        super().__init__()
        self.conv = Conv(3, 8, (3, 3))
        self.conv_2 = Conv(8, 8, (3, 3), pad="same")
        self.conv_3 = Conv(8, 10, (1, 1))
        self.dense = nn.Linear(20, 6)

    def body(self, x):
        x = maxpool(F.silu(self.conv(x / 255)), 3, 2)
        x = avgpool(F.silu(self.conv_2(x)), 3, 2, "same")
        x = minpool(F.silu(self.conv_3(x)), 3, 1, "same")
        return self.dense(torch.cat([global_maxpool(x), global_avgpool(x)], 1))


class Chosen(Network):
    def __init__(self):
        super().__init__()
        self.conv = Conv(3, 9, (2, 2))
        self.conv_2 = Conv(9, 70, (3, 3), pad="same")
        self.conv_3 = Conv(70, 11, (3, 2))
        self.dense = nn.Linear(11, 5)

    def body(self, x):
        x = maxpool(F.relu(self.conv_2(F.relu(self.conv(x / 255)))), 3)
        return self.dense(flatten(minpool(torch.tanh(self.conv_3(x)), 2)))


class Unit(nn.Module):
    def __init__(self, channels, filters):
        super().__init__()
        self.conv = Conv(channels, filters, (3, 3), pad="same")

    def forward(self, x):
        return self.conv(x)


class UnitHolder(nn.Module):
    def __init__(self, channels, filters, last=False):
        super().__init__()
        self.unit = Unit(channels, filters)
        if last:
            self.last = Conv(filters, filters, (1, 1))


class Pair(nn.Module):
    def __init__(self, filters):
        super().__init__()
        self.left = UnitHolder(filters, filters)
        self.right = UnitHolder(filters, filters, last=True)

    def forward(self, x):
        return F.relu(self.left.unit(x)) + self.right.last(torch.sigmoid(self.right.unit(x))) + x


class Nested(Network):
    def __init__(self):
        super().__init__()
        self.first = Conv(3, 6, (1, 1))
        self.pair = Pair(6)
        self.pair_2 = Pair(6)
        self.unit = Unit(6, 6)
        self.unit_2 = Unit(6, 12)
        self.gate = UnitHolder(12, 12)
        self.dense = nn.Linear(8 * 8 * 12, 5)

    def body(self, x):
        x = self.pair_2(self.pair(self.first(x / 255)))
        x = F.relu(self.unit_2(F.relu(self.unit(x))))
        return self.dense(flatten(x * torch.sigmoid(self.gate.unit(x))))


NETWORKS = {"plain": Plain, "residual": Residual, "inception": Inception, "squeeze_excite": SqueezeExciteNet,
            "mobile": Mobile, "dilated": Dilated, "activations": Activations, "rows": Rows, "smoothed": Smoothed,
            "squared": Squared, "resized": Resized, "pools": Pools, "nested": Nested,
            "chosen": Chosen}
