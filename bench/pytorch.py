"""Trains one network with PyTorch in a process of its own, and measures when it is told to.

usage: pytorch.py MODEL eager|compile contiguous|channels_last --threads N [--images N]

Writes a JSON line when it is ready: {"trainable", "statistics", "seconds", "version"}, where the seconds are the first step's, or
{"error"}. After that, each line read is a number of seconds to train for, and is answered with {"images_per_second", "spread",
"peak_rss_mb"}, measured as a program's `bench` does: the median of nine windows.
"""

import argparse
import json
import os
import statistics
import sys
import time

import torch
from torch import nn

from models import MODELS
from networks import NETWORKS

WINDOWS, WARM_UP_STEPS = 9, 3


class Training:
    """Whole training steps on random images that lie in memory: forward, loss, backward, Adam."""

    def __init__(self, model, channels_last, compiled, images):
        torch.manual_seed(1)
        height, width, channels = model.size
        layout = torch.channels_last if channels_last else torch.contiguous_format
        self.batch, self.next = model.batch, 0
        self.images = torch.empty(images, channels, height, width, memory_format=layout).uniform_()
        self.labels = torch.randint(0, model.classes, (images,))
        self.network = NETWORKS[model.name]().to(memory_format=layout).train()
        self.optimizer = torch.optim.Adam(self.network.parameters(), lr=1e-3, eps=1e-7)
        self.loss = nn.CrossEntropyLoss()
        self.forward = torch.compile(self.network) if compiled else self.network

    def step(self):
        if self.next + self.batch > len(self.labels):
            self.next = 0
        part = slice(self.next, self.next + self.batch)
        self.next += self.batch
        self.optimizer.zero_grad(set_to_none=True)
        self.loss(self.forward(self.images[part]), self.labels[part]).backward()
        self.optimizer.step()

    def rate(self, seconds):
        """Images a second over at least that long, and at least one step."""
        start, steps, now = time.perf_counter(), 0, 0
        while now < seconds:
            self.step()
            steps += 1
            now = time.perf_counter() - start
        return steps * self.batch / now

    def measure(self, seconds):
        for _ in range(WARM_UP_STEPS):
            self.step()
        self.rate(seconds / WINDOWS)
        rates = [self.rate(seconds / WINDOWS) for _ in range(WINDOWS)]
        return {"images_per_second": statistics.median(rates), "spread": [min(rates), max(rates)], "peak_rss_mb": peak_rss_mb()}


def peak_rss_mb():
    """Not getrusage's ru_maxrss: that begins with what the process that started this one had."""
    with open("/proc/self/status", encoding="ascii") as status:
        return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM:"))


def begin(options):
    model = next(model for model in MODELS if model.name == options.model)
    training = Training(model, options.layout == "channels_last", options.mode == "compile", options.images)
    start = time.perf_counter()
    training.step()
    seconds = time.perf_counter() - start
    return training, {
        "trainable": sum(weights.numel() for weights in training.network.parameters()),
        "statistics": sum(numbers.numel() for name, numbers in training.network.named_buffers() if "running" in name),
        "seconds": seconds, "version": torch.__version__}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("mode", choices=["eager", "compile"])
    parser.add_argument("layout", choices=["contiguous", "channels_last"])
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--images", type=int, default=4096)
    options = parser.parse_args()
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever the compilers print is no answer

    def answer(document):
        print(json.dumps(document), file=answers, flush=True)

    torch.set_num_threads(options.threads)
    try:
        training, ready = begin(options)
    except Exception as error:  # torch.compile fails in many ways, and none of them is to end the benchmark
        answer({"error": f"{type(error).__name__}: {error}"})
        return
    answer(ready)
    for line in sys.stdin:
        answer(training.measure(float(line)))


if __name__ == "__main__":
    main()
