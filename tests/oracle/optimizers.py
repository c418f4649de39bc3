"""The optimizers as Keras 3 defines them, in double precision; every difference from PyTorch's is in what is written here.

Order of one update: clip the whole gradient's norm, decay the weights (decoupled, by lr * weight_decay, every trained
parameter), then the optimizer's own rule."""

import torch


class Optimizer:
    """Holds the parameters and a state for each; `rule(weight, gradient, state)` is the subclass's."""

    def __init__(self, parameters, lr, weight_decay=0.0, clip=0.0, **settings):
        self.parameters = list(parameters)
        self.lr, self.weight_decay, self.clip, self.count = lr, weight_decay, clip, 0
        self.settings = dict(self.DEFAULTS, **settings)
        self.states = [{name: torch.zeros_like(p) for name in self.STATE} for p in self.parameters]

    @torch.no_grad()
    def step(self):
        self.count += 1
        gradients = [p.grad.clone() for p in self.parameters]
        if self.clip:
            norm = torch.sqrt(sum(g.square().sum() for g in gradients))
            gradients = [g * self.clip / max(norm, self.clip) for g in gradients]
        for parameter, gradient, state in zip(self.parameters, gradients, self.states):
            parameter -= parameter * self.weight_decay * self.lr
            self.rule(parameter, gradient, state, **self.settings)


class SGD(Optimizer):
    """The rate is inside the momentum, so a changed rate does not rescale what was gathered."""

    DEFAULTS = {"momentum": 0.0, "nesterov": False}
    STATE = ["velocity"]

    def rule(self, weight, gradient, state, momentum, nesterov):
        velocity = state["velocity"]
        velocity.mul_(momentum).sub_(self.lr * gradient)
        weight += momentum * velocity - self.lr * gradient if nesterov else velocity


class Adam(Optimizer):
    """Epsilon stands outside the root and outside the bias correction."""

    DEFAULTS = {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-7}
    STATE = ["m", "v"]

    def rule(self, weight, gradient, state, beta1, beta2, epsilon):
        m, v = state["m"], state["v"]
        m += (gradient - m) * (1 - beta1)
        v += (gradient.square() - v) * (1 - beta2)
        rate = self.lr * (1 - beta2**self.count) ** 0.5 / (1 - beta1**self.count)
        weight -= rate * m / (v.sqrt() + epsilon)


class RMSprop(Optimizer):
    """Epsilon stands inside the root."""

    DEFAULTS = {"rho": 0.9, "momentum": 0.0, "epsilon": 1e-7, "centered": False}
    STATE = ["square", "mean", "velocity"]

    def rule(self, weight, gradient, state, rho, momentum, epsilon, centered):
        square, mean, velocity = state["square"], state["mean"], state["velocity"]
        square.mul_(rho).add_((1 - rho) * gradient.square())
        under_root = square + epsilon
        if centered:
            mean.mul_(rho).add_((1 - rho) * gradient)
            under_root = under_root - mean.square()
        velocity.mul_(momentum).add_(self.lr * gradient / under_root.sqrt())
        weight -= velocity


# What stands in the file, and the same here.
CASES = [
    ("sgd(lr = 0.1)", SGD, {"lr": 0.1}),
    ("sgd(lr = 0.1, momentum = 0.9)", SGD, {"lr": 0.1, "momentum": 0.9}),
    ("sgd(lr = 0.1, momentum = 0.8, nesterov = true)", SGD, {"lr": 0.1, "momentum": 0.8, "nesterov": True}),
    ("sgd(lr = 0.2, weight_decay = 0.01)", SGD, {"lr": 0.2, "weight_decay": 0.01}),
    ("sgd(lr = 0.2, clip = 0.05)", SGD, {"lr": 0.2, "clip": 0.05}),
    ("adam(lr = 0.01)", Adam, {"lr": 0.01}),
    ("adam(lr = 0.01, beta1 = 0.8, beta2 = 0.95, epsilon = 1e-3)", Adam,
     {"lr": 0.01, "beta1": 0.8, "beta2": 0.95, "epsilon": 1e-3}),
    ("adam(lr = 0.01, weight_decay = 0.1, clip = 0.1)", Adam, {"lr": 0.01, "weight_decay": 0.1, "clip": 0.1}),
    ("adamw(lr = 0.01)", Adam, {"lr": 0.01, "weight_decay": 0.004}),
    ("rmsprop(lr = 0.01)", RMSprop, {"lr": 0.01}),
    ("rmsprop(lr = 0.01, rho = 0.8, momentum = 0.5, epsilon = 1e-4)", RMSprop,
     {"lr": 0.01, "rho": 0.8, "momentum": 0.5, "epsilon": 1e-4}),
    ("rmsprop(lr = 0.01, centered = true, weight_decay = 0.02)", RMSprop,
     {"lr": 0.01, "centered": True, "weight_decay": 0.02}),
]
