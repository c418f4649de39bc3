#!/usr/bin/env python3
"""PyTorch eager's training throughput on networks of the studies, to set beside `X bench`: whole steps with Adam on images in
memory, in PyTorch's own layout and with its own layers, as its users would write them."""

import argparse
import json
import time

import torch
from torch import nn


def mnist10(filters):
    return nn.Sequential(nn.Conv2d(1, filters, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
                         nn.Linear(13 * 13 * filters, 64), nn.ReLU(), nn.Linear(64, 10))


def mnist10_two(first, second):
    return nn.Sequential(nn.Conv2d(1, first, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(first, second, 3), nn.ReLU(),
                         nn.MaxPool2d(2), nn.Flatten(), nn.Linear(25 * second, 64), nn.ReLU(), nn.Linear(64, 10))


def fashion22():
    return nn.Sequential(nn.Conv2d(1, 64, 3), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(2), nn.Dropout(0.2),
                         nn.Conv2d(64, 32, 2), nn.BatchNorm2d(32), nn.ReLU(), nn.MaxPool2d(2), nn.Dropout(0.2),
                         nn.Flatten(), nn.Linear(1152, 10))


def convnet():
    return nn.Sequential(nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2),
                         nn.Conv2d(64, 64, 3), nn.ReLU(), nn.Flatten(), nn.Linear(576, 64), nn.ReLU(), nn.Linear(64, 10))


MODELS = {"mnist10 m1": (lambda: mnist10(32), 128), "mnist10 m4": (lambda: mnist10(64), 128),
          "mnist10 m6": (lambda: mnist10_two(16, 32), 128), "fashion22 m1": (fashion22, 32), "three_nets convnet": (convnet, 32)}


def measure(model, batch, seconds, images=4096):
    """Images a second: the median over rounds of at least a tenth of the time each."""
    x, y = torch.rand(images, 1, 28, 28), torch.randint(0, 10, (images,))
    optimizer, loss = torch.optim.Adam(model.parameters()), nn.CrossEntropyLoss()
    model.train()

    def step(place):
        optimizer.zero_grad()
        loss(model(x[place:place + batch]), y[place:place + batch]).backward()
        optimizer.step()

    for _ in range(5):
        step(0)
    rates, place, end = [], 0, time.perf_counter() + seconds
    while time.perf_counter() < end or not rates:
        start, steps = time.perf_counter(), 0
        while time.perf_counter() - start < seconds / 10:
            step(place)
            place = (place + batch) % (images - batch)
            steps += 1
        rates.append(steps * batch / (time.perf_counter() - start))
    return sorted(rates)[len(rates) // 2]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(1)
    rates = {name: measure(build(), batch, options.seconds) for name, (build, batch) in MODELS.items()}
    if options.json:
        print(json.dumps({"threads": options.threads, "torch": torch.__version__, "images_per_second": rates}))
    else:
        for name, rate in rates.items():
            print(f"{name}\t{rate:,.0f} images/s")


if __name__ == "__main__":
    main()
