"""The benchmarked networks in PyTorch, as a user would write them: same layers, sizes and defaults as the .cnn files."""

import torch
from torch import nn

KERAS_MOMENTUM = 0.01  # PyTorch's momentum is the part taken from the batch: 1 - Keras's 0.99


class Flatten(nn.Module):
    """Flattens in height, width, channel order, as Keras does."""

    def forward(self, x):
        return x.permute(0, 2, 3, 1).flatten(1)


def mnist10_m1():
    return nn.Sequential(
        nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2), Flatten(),
        nn.Linear(5408, 64), nn.ReLU(), nn.Linear(64, 10))


def fashion22_base():
    def block(channels, filters, kernel):
        return [nn.Conv2d(channels, filters, kernel), nn.BatchNorm2d(filters, eps=1e-3, momentum=KERAS_MOMENTUM),
                nn.ReLU(), nn.MaxPool2d(2), nn.Dropout(0.2)]
    return nn.Sequential(*block(1, 64, 3), *block(64, 32, 2), Flatten(), nn.Linear(32 * 6 * 6, 10))


# name: (.cnn file, variant, network, batch, input height x width x channels, classes)
NETWORKS = {
    "mnist10 m1": ("models/studies/mnist10/mnist10.cnn", "m1", mnist10_m1, 128, (28, 28, 1), 10),
    "fashion22 m1": ("models/studies/fashion22/fashion22.cnn", "m1", fashion22_base, 32, (28, 28, 1), 10),
}


class Training:
    """Whole training steps on resident random images: forward, loss, backward, Adam."""

    def __init__(self, network, batch, size, classes, channels_last, compiled, images=4096):
        torch.manual_seed(1)
        height, width, channels = size
        self.batch, self.count, self.at = batch, images, 0
        memory = torch.channels_last if channels_last else torch.contiguous_format
        self.images = torch.rand(images, channels, height, width).contiguous(memory_format=memory)
        self.labels = torch.randint(0, classes, (images,))
        self.network = network().to(memory_format=memory).train()
        self.optimizer = torch.optim.Adam(self.network.parameters(), lr=1e-3, eps=1e-7)
        self.loss = nn.CrossEntropyLoss()
        self.forward = torch.compile(self.network) if compiled else self.network

    def step(self):
        images = self.images[self.at:self.at + self.batch]
        labels = self.labels[self.at:self.at + self.batch]
        self.at = (self.at + self.batch) % (self.count - self.batch + 1)
        self.optimizer.zero_grad(set_to_none=True)
        loss = self.loss(self.forward(images), labels)
        loss.backward()
        self.optimizer.step()
        return len(labels)
