"""PyTorch modules and functions with Keras's meaning, which is the language's: padding, batch norm, pools."""

import torch
from torch import nn
from torch.nn import functional as F


def total_padding(size, kernel, stride):
    """TensorFlow's `same`: as many zeros as give ceil(size / stride) outputs."""
    return max((-(-size // stride) - 1) * stride + kernel - size, 0)


def padded(x, kernel, stride, pad, dilation=1, value=0.0):
    """x [n, c, h, w] with its padding around it: "valid", "same" (the smaller half first), a number, or (before, after)."""
    sides = []
    for axis in (3, 2):
        if pad == "same":
            total = total_padding(x.shape[axis], (kernel[axis - 2] - 1) * dilation + 1, stride)
            sides += [total // 2, total - total // 2]
        else:
            sides += {"valid": (0, 0)}.get(pad, pad) if not isinstance(pad, int) else (pad, pad)
    return F.pad(x, sides, value=value)


class Conv(nn.Conv2d):
    def __init__(self, channels, filters, kernel, stride=1, pad="valid", dilation=1, groups=1, bias=True):
        super().__init__(channels, filters, kernel, stride, 0, dilation, groups, bias)
        self.keras_pad = pad

    def forward(self, x):
        return super().forward(padded(x, self.kernel_size, self.stride[0], self.keras_pad, self.dilation[0]))


class BatchNorm(nn.Module):
    """`momentum` is the part kept, and the running variance is the biased one."""

    def __init__(self, channels, momentum=0.99, epsilon=1e-3, scale=True, center=True):
        super().__init__()
        self.momentum, self.epsilon = momentum, epsilon
        self.register_parameter("weight", nn.Parameter(torch.ones(channels)) if scale else None)
        self.register_parameter("bias", nn.Parameter(torch.zeros(channels)) if center else None)
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_var", torch.ones(channels))

    def forward(self, x):
        mean, variance = self.running_mean, self.running_var
        if self.training:
            mean, variance = x.mean((0, 2, 3)), x.var((0, 2, 3), unbiased=False)
            with torch.no_grad():
                self.running_mean.lerp_(mean, 1 - self.momentum)
                self.running_var.lerp_(variance, 1 - self.momentum)
        column = lambda vector: vector[None, :, None, None]
        y = (x - column(mean)) / torch.sqrt(column(variance) + self.epsilon)
        y = y if self.weight is None else y * column(self.weight)
        return y if self.bias is None else y + column(self.bias)


def maxpool(x, size, stride=None, pad="valid"):
    stride = stride or size
    return F.max_pool2d(padded(x, (size, size), stride, pad, value=-torch.inf), size, stride)


def minpool(x, size, stride=None, pad="valid"):
    return -maxpool(-x, size, stride, pad)


def avgpool(x, size, stride=None, pad="valid"):
    """The mean of what lies inside the image."""
    stride = stride or size
    windows = lambda image: F.avg_pool2d(padded(image, (size, size), stride, pad), size, stride)
    return windows(x) / windows(torch.ones_like(x))


def flatten(x):
    """Rows, columns, channels: the order of an [h, w, c] image."""
    return x.permute(0, 2, 3, 1).flatten(1)


def on_last_axis(layer, x):
    """A dense layer on an image's channels."""
    return layer(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


def hard_sigmoid(x):
    return F.relu6(x + 3) / 6


def hard_swish(x):
    return x * hard_sigmoid(x)


def global_avgpool(x):
    return x.mean((2, 3))


def global_maxpool(x):
    return x.amax((2, 3))
