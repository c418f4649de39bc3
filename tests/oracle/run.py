#!/usr/bin/env python3
"""Compares built programs with PyTorch in double precision: losses, logits, gradients and training steps of the networks of
networks.py, and the optimizers alone, whose programs are built in double precision too. Also that benchmarks compare the same networks."""

import argparse
import json
import re
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import numpy
import torch
from safetensors.torch import load_file, save_file

from networks import NETWORKS, Network
from optimizers import CASES, SGD
from support import CNNC, ROOT, Checks, compile_program, run, run_json

STEPS = 10
GRADIENT_TOLERANCE = 2e-4  # of the largest gradient
LOSS_TOLERANCE = 1e-3      # after each of the steps
DOUBLE_TOLERANCE = 1e-10   # of the optimizers' weights
SHAPE = re.compile(r"size = (\d+)x(\d+)x(\d+), classes = (\d+)")
BATCH = re.compile(r"batch = (\d+)")
RATE = re.compile(r"sgd\(lr = ([\d.]+)\)")


class Case:
    """A program, the same network in PyTorch, and both with the same weights in `start`."""

    def __init__(self, source, module, folder, *options):
        text = source if isinstance(source, str) else source.read_text()
        self.folder, self.module = folder, module.double()
        *self.size, self.classes = map(int, SHAPE.search(text).groups())
        self.batch = int(BATCH.search(text).group(1))
        self.program = compile_program(source, *options, folder=folder)
        self.initial, self.start = folder / "initial.safetensors", folder / "start.safetensors"
        run([self.program, "init", "--seed", 1, "--out", self.initial])

    def begin(self, dtype):
        """Moves the initial weights a little, so that no bias is zero and no batch norm is plain, for both sides."""
        generator = torch.Generator().manual_seed(5)
        state = {}
        for name, tensor in load_file(self.initial).items():
            noise = torch.randn(tensor.shape, generator=generator)
            state[name] = (tensor + (noise.abs() if name.endswith("running_var") else noise) * 0.1).to(dtype)
        save_file(state, self.start)
        self.module.load_state_dict(state)

    def images_and_labels(self, count, seed):
        """Pixels 0 to 255 and classes, written to files for the program and returned for PyTorch."""
        random = numpy.random.default_rng(seed)
        images = (random.random((count, *self.size)) * 255).astype(numpy.float32)
        labels = random.integers(0, self.classes, count)
        numpy.save(self.folder / "x.npy", images)
        numpy.save(self.folder / "y.npy", labels)
        return torch.from_numpy(images).double(), torch.from_numpy(labels)

    def step(self, *options):
        done = run([self.program, "step", "--weights", self.start, "--images", self.folder / "x.npy", "--labels",
                    self.folder / "y.npy", "--json", *options])
        return json.loads(done.stdout)

    def loss(self, images, labels):
        output = self.module(images)
        return output, self.module.loss(output, labels) + self.module.penalty()


def check_names(checks, name, case):
    """The program's weights are the module's state_dict: names, order, shapes."""
    rows = json.loads(header(case.initial))
    rows.pop("__metadata__", None)
    actual = {key: row["shape"] for key, row in rows.items()}
    expected = {key: list(tensor.shape) for key, tensor in case.module.state_dict().items()}
    same = checks.equal(actual, expected, name, "names and shapes")
    return same and checks.equal(list(actual), list(expected), name, "order of the weights")


def header(path):
    data = path.read_bytes()
    return data[8:8 + int.from_bytes(data[:8], "little")]


def check_gradients(checks, name, case):
    """On fewer images than the batch holds. A gradient may differ by the tolerance times the largest of its tensor, or of the
    network's largest where its own are next to nothing (a bias before batch norm)."""
    images, labels = case.images_and_labels(case.batch - 2, 1)
    said = case.step("--out", case.folder / "g.safetensors")
    actual = load_file(case.folder / "g.safetensors")
    output, loss = case.loss(images, labels)
    loss.backward()
    loss, output = loss.detach(), output.detach()
    tolerance = GRADIENT_TOLERANCE * max(1.0, loss.item())
    checks.close(said["loss"], loss.item(), tolerance, name, "loss")
    checks.close(actual.pop("loss").item(), loss.item(), tolerance, name, "loss in the file")
    difference = (actual.pop("logits").double() - output).abs().max().item()
    checks.close(difference, 0, GRADIENT_TOLERANCE * output.abs().max().item(), name, "logits")
    expected = {key: parameter.grad for key, parameter in case.module.named_parameters()}
    checks.equal(list(actual), list(expected), name, "the gradients' names")
    largest = max(gradient.abs().max().item() for gradient in expected.values())
    for key in expected.keys() & actual.keys():
        allowed = GRADIENT_TOLERANCE * max(expected[key].abs().max().item(), 0.05 * largest)
        difference = (actual[key].double() - expected[key]).abs().max().item()
        checks.close(difference, 0, allowed, name, "gradient of", key)
    case.module.zero_grad()


def train(case, optimizer, images, labels):
    losses = []
    for _ in range(STEPS):
        case.module.zero_grad()
        _, loss = case.loss(images, labels)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def check_steps(checks, name, case, rate):
    """Ten steps of SGD on a full batch: each loss, and the weights and statistics after them."""
    images, labels = case.images_and_labels(case.batch, 2)
    said = case.step("--steps", STEPS, "--save", case.folder / "after.safetensors")
    losses = train(case, SGD(case.module.parameters(), rate), images, labels)
    checks.equal(len(said["losses"]), STEPS, name, "number of losses")
    for number, (actual, expected) in enumerate(zip(said["losses"], losses), 1):
        checks.close(actual, expected, LOSS_TOLERANCE * max(1.0, abs(expected)), name, "loss of step", number)
    checks.that(losses[-1] < losses[0], name, "learns in ten steps", losses)
    after = load_file(case.folder / "after.safetensors")
    for key, expected in case.module.state_dict().items():
        difference = (after[key].double() - expected).abs().max().item()
        checks.close(difference, 0, LOSS_TOLERANCE * max(1.0, expected.abs().max().item()), name, "after the steps:", key)


def check_bytes(checks, case):
    """A batch of bytes goes through the data set's loading and gives what the same numbers as floats give."""
    case.images_and_labels(case.batch, 3)
    images = numpy.load(case.folder / "x.npy").round().astype(numpy.uint8)
    losses = []
    for dtype in (numpy.uint8, numpy.float32):
        numpy.save(case.folder / "x.npy", images.astype(dtype))
        losses.append(case.step("--out", case.folder / "g.safetensors")["loss"])
    checks.equal(losses[0], losses[1], "bytes and floats")


def check_evaluation(checks, name, case):
    """`predict`: the evaluation mode's probabilities, which use the running statistics."""
    images = numpy.random.default_rng(6).integers(0, 256, (case.batch + 3, *case.size)).astype(numpy.uint8)
    numpy.save(case.folder / "p.npy", images)
    said = json.loads(run([case.program, "predict", "--weights", case.start, "--json", case.folder / "p.npy"]).stdout)
    actual = torch.tensor([row["probabilities"] for row in said["predictions"]], dtype=torch.float64)
    case.module.eval()
    with torch.no_grad():
        expected = case.module(torch.from_numpy(images).double())
    case.module.train()
    if not case.module.gives_probabilities:
        expected = torch.softmax(expected, 1)
    checks.close((actual - expected).abs().max().item(), 0, GRADIENT_TOLERANCE, name, "predicted probabilities")


def compare_network(checks, name, folder):
    source = HERE / "networks" / f"{name}.cnn"
    case = Case(source, NETWORKS[name](), folder)
    if not check_names(checks, name, case):
        return
    case.begin(torch.float32)
    check_evaluation(checks, name, case)
    check_gradients(checks, name, case)
    case.begin(torch.float32)  # the batch norms' statistics have moved
    check_steps(checks, name, case, float(RATE.search(source.read_text()).group(1)))
    if name == "plain":
        check_bytes(checks, case)


class Small(Network):
    """Enough for an optimizer: a kernel, a bias and a dense layer."""

    def __init__(self):
        super().__init__()
        self.conv = torch.nn.Conv2d(1, 3, 3)
        self.dense = torch.nn.Linear(4 * 5 * 3, 4)

    def body(self, x):
        return self.dense(torch.tanh(self.conv(x / 255)).permute(0, 2, 3, 1).flatten(1))


def check_benchmarks(checks):
    """The networks that `make bench` trains with PyTorch have as many parameters as cnnc's."""
    said = run_json([sys.executable, HERE / "benchmarks.py"])
    sys.path.append(str(ROOT / "bench"))
    from models import MODELS
    for model in MODELS:
        options = ["--variant", model.variant] if model.variant else []
        params = run_json([CNNC, "summary", ROOT / "models" / model.file, *options, "--json"])["params"]
        for theirs in said[model.name]:
            checks.equal((theirs["trainable"], theirs["trainable"] + theirs["statistics"]), (params["trainable"], params["total"]),
                         model.name, "parameters of the benchmark's network")


SMALL = """cnn 1
dataset pictures {{ source = npz("none.npz", size = 6x7x1, classes = 4) }}
model net on pictures {{ rescale(1/255) -> conv(3, 3x3) -> tanh -> flatten -> dense(classes) }}
train steps {{ loss = crossentropy; optimizer = {optimizer}; batch = 8 }}
"""


def compare_optimizer(checks, text, optimizer, settings, folder):
    case = Case(SMALL.format(optimizer=text), Small(), folder, "--real", "f64")
    case.begin(torch.float64)
    images, labels = case.images_and_labels(case.batch, 4)
    said = case.step("--steps", STEPS, "--save", case.folder / "after.safetensors")
    losses = train(case, optimizer(case.module.parameters(), **settings), images, labels)
    for number, (actual, expected) in enumerate(zip(said["losses"], losses), 1):
        checks.close(actual, expected, DOUBLE_TOLERANCE, text, "loss of step", number)
    after = load_file(case.folder / "after.safetensors")
    for key, expected in case.module.state_dict().items():
        difference = (after[key] - expected).abs().max().item()
        checks.close(difference, 0, DOUBLE_TOLERANCE, text, key)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pattern", nargs="?", default="", help="only the networks and optimizers whose name contains it")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    checks = Checks()
    cases = [(name, compare_network, (name,)) for name in NETWORKS]
    cases += [(text, compare_optimizer, (text, optimizer, settings)) for text, optimizer, settings in CASES]
    for name, compare, arguments in cases:
        if options.pattern in name:
            before = checks.failed
            with tempfile.TemporaryDirectory(prefix="cnnc-oracle-") as folder:
                try:
                    compare(checks, *arguments, Path(folder))
                except SystemExit:  # a command failed, and run() has said how
                    checks.that(False, name)
            print(f"{name}: {'as PyTorch' if checks.failed == before else 'different'}", flush=True)
    if options.pattern in "benchmarks":
        check_benchmarks(checks)
    checks.end()


if __name__ == "__main__":
    main()
