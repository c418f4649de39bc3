"""Networks that hold many layers side by side: each in a branch of its own that ends in a row of numbers, so that one
program tests dozens of layers and shapes."""

import random
import struct
import sys
from array import array
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from support import compile_program, read_safetensors, run, temporary_folder, write_npy  # noqa: E402

JOINED = 8  # branches that one join takes


def joined(join, bodies, names):
    """Branches of these bodies, joined in groups: `add(b1, ...)`, and the groups' results again."""
    if len(bodies) == 1:
        return bodies[0]
    if len(bodies) <= JOINED:
        branches = "\n".join(f"branch {name} {{ {body} }}" for name, body in zip(names, bodies))
        return f"{branches}\n{join}({', '.join(names)})"
    groups = [(bodies[i:i + JOINED], names[i:i + JOINED]) for i in range(0, len(bodies), JOINED)]
    inner = [joined(join, *group) for group in groups]
    return joined(join, inner, [f"{names[0]}_group{i + 1}" for i in range(len(inner))])


def network(shape, classes, body, loss="crossentropy", batch=11, optimizer="sgd"):
    return (f"cnn 1\nmodel test(input = {'x'.join(map(str, shape))}, classes = {classes}) {{\n{body}\n}}\n"
            f"train test_train {{ loss = {loss}; optimizer = {optimizer}; batch = {batch}; epochs = 1 }}\n")


def write_safetensors(path, tensors):
    """Doubles: {name: (shape, array)}."""
    entries, offset = [], 0
    for name, (shape, numbers) in tensors.items():
        size = 8 * len(numbers)
        entries.append(f'"{name}":{{"dtype":"F64","shape":{list(shape)},"data_offsets":[{offset},{offset + size}]}}')
        offset += size
    head = ("{" + ",".join(entries) + "}").encode()
    head += b" " * (-len(head) % 8)
    data = b"".join(array("d", numbers).tobytes() for _, numbers in tensors.values())
    Path(path).write_bytes(struct.pack("<Q", len(head)) + head + data)


class Program:
    """A program in double precision, with a batch of random images and weights."""

    def __init__(self, source, shape, classes, images, seed=1):
        self.folder = temporary_folder()
        self.program = compile_program(source, "--real", "f64", folder=self.folder)
        self.shape, self.classes = shape, classes
        self.draw(images, seed)

    def draw(self, images, seed):
        chance = random.Random(seed)
        count = images * self.shape[0] * self.shape[1] * self.shape[2]
        self.images = [struct.unpack("f", struct.pack("f", chance.gauss(0, 1)))[0] for _ in range(count)]
        self.labels = [chance.randrange(self.classes) for _ in range(images)]
        write_npy(self.folder / "x.npy", (images, *self.shape), self.images, "f")
        write_npy(self.folder / "y.npy", (images,), self.labels, "q")
        run([self.program, "init", "--seed", seed, "--out", self.folder / "start.safetensors"])
        self.weights = read_safetensors(self.folder / "start.safetensors")
        for name, (shape, numbers) in self.weights.items():
            if name.endswith((".bias", ".running_mean")):
                self.weights[name] = shape, array("d", [chance.gauss(0, 0.5) for _ in numbers])
            elif name.endswith(".running_var") or numbers[0] == 1:
                self.weights[name] = shape, array("d", [chance.uniform(0.5, 1.5) for _ in numbers])

    def step(self, weights, *more):
        """What `X step` leaves: loss, logits and gradients by name."""
        write_safetensors(self.folder / "w.safetensors", weights)
        run([self.program, "step", "--weights", self.folder / "w.safetensors", "--images", self.folder / "x.npy",
             "--labels", self.folder / "y.npy", "--out", self.folder / "g.safetensors", *more])
        return read_safetensors(self.folder / "g.safetensors")

    def loss(self, weights):
        return self.step(weights)["loss"][1][0]
