"""Corrupt, truncated, mislabelled and missing data files, and damaged and foreign weights files: a built program ends
each in one clear line that names the file, and with exit code 1."""
# timeout: 240

import gzip
import json
import os
import struct
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from support import CNNC, Checks, compile_program, data_folder, read_safetensors, run, skip, temporary_folder

TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS = NAMES = ("train-x", "train-y", "test-x", "test-y")

MODEL = """
model net on digits { rescale(1/255); flatten -> dense(HIDDEN) -> relu -> dense(classes) }
train short { loss = crossentropy; optimizer = sgd(lr = 0.1, momentum = 0.9); batch = 32; epochs = 1 }
"""
OWN = 'cnn 1\ndataset digits { source = idx("train-x", "train-y", "test-x", "test-y", size = 28x28x1, classes = 10) }'


def model(source, hidden=8):
    return source + MODEL.replace("HIDDEN", str(hidden))


def idx(shape, values):
    return struct.pack(f">HBB{len(shape)}I", 0, 8, len(shape), *shape) + bytes(values)


def images(count):
    state, values = 1, bytearray()
    for _ in range(count * 784):
        state = (state * 1103515245 + 12345) % 2**31
        values.append(state >> 23)
    return idx((count, 28, 28), values)


def labels(count):
    return idx((count,), (i % 10 for i in range(count)))


GOOD = {TRAIN_IMAGES: images(60), TRAIN_LABELS: labels(60), TEST_IMAGES: images(20), TEST_LABELS: labels(20)}


class Corruption(Checks):
    def __init__(self, folder):
        super().__init__()
        self.folder = folder
        self.data = folder / "data"
        self.data.mkdir()
        self.runs = 0

    def refused(self, command, *texts):
        """The command ends with exit code 1 and one line, which has all the texts in it."""
        done = run(command, code=None, timeout=60)
        lines = done.stderr.splitlines()
        errors = [line for line in lines if "error: " in line]
        self.that(done.returncode == 1 and len(errors) == 1 and lines[-1] == errors[0] and
                  all(text in errors[0] for text in texts), *command[1:], texts, "exit", done.returncode, done.stderr)

    def write(self, changed):
        """The good data files but for `changed` {name: bytes, or None for no such file}."""
        for name in NAMES:
            for ending in ("", ".gz"):
                (self.data / (name + ending)).unlink(missing_ok=True)
        for name, content in {**GOOD, **changed}.items():
            if content is not None:
                (self.data / name).write_bytes(content)

    def train(self, program):
        self.runs += 1
        return [program, "train", "--data", self.data, "--out", self.folder / f"run{self.runs}"]

    def data_refused(self, program, changed, *texts):
        self.write(changed)
        self.refused(self.train(program), *texts)


def corrupt_data(checks, program):
    checks.write({})
    run(checks.train(program))
    for name, content in GOOD.items():
        checks.data_refused(program, {name: None}, name, "not found")
        head = 16 if name.endswith("x") else 8
        for size in sorted({0, 1, 3, 4, 7, head - 1, head, head + 1, len(content) // 2, len(content) - 1}):
            checks.data_refused(program, {name: content[:size]}, name)
        checks.data_refused(program, {name: content + b"\0"}, name, "more bytes follow")
        for place in range(head):
            checks.data_refused(program, {name: content[:place] + bytes([content[place] ^ 0x41]) + content[place + 1:]})
        checks.data_refused(program, {name: b"<!DOCTYPE html>" + content}, name, "not an IDX file")
    checks.data_refused(program, {TRAIN_LABELS: idx((60,), [10] * 60)}, TRAIN_LABELS, "label 10", "0 to 9")
    checks.data_refused(program, {TRAIN_LABELS: labels(59)}, TRAIN_LABELS, "59 labels", "60 images")
    checks.data_refused(program, {TRAIN_IMAGES: GOOD[TRAIN_LABELS], TRAIN_LABELS: GOOD[TRAIN_IMAGES]}, TRAIN_IMAGES,
                        "holds labels")
    checks.data_refused(program, {TRAIN_IMAGES: idx((60, 14, 56), GOOD[TRAIN_IMAGES][16:])}, TRAIN_IMAGES, "14x56x1",
                        "28x28x1")
    checks.data_refused(program, {TEST_IMAGES: idx((0, 28, 28), b""), TEST_LABELS: labels(0)}, TEST_IMAGES, "no images")


def corrupt_gzip(checks, program):
    packed = gzip.compress(GOOD[TEST_IMAGES], mtime=0)
    name = TEST_IMAGES + ".gz"
    checks.write({TEST_IMAGES: None, name: packed})
    run(checks.train(program))
    for size in (0, 5, 10, 11, len(packed) // 2, len(packed) - 8, len(packed) - 1):
        checks.data_refused(program, {TEST_IMAGES: None, name: packed[:size]}, name)
    for place in (10, len(packed) // 2, len(packed) - 6, len(packed) - 2):
        damaged = packed[:place] + bytes([packed[place] ^ 0x55]) + packed[place + 1:]
        checks.data_refused(program, {TEST_IMAGES: None, name: damaged}, name)


def built_in_sets(checks, folder):
    program = compile_program(model("cnn 1\ndataset digits { source = fashion_mnist }"), folder=folder)
    empty = folder / "empty"
    empty.mkdir()
    if data_folder("fashion_mnist") is None:
        checks.refused([program, "train", "--data", empty], "dataset-fashion-mnist", str(empty))
    mnist = data_folder("mnist")
    if mnist is not None:
        checks.refused([program, "train", "--data", mnist], "mislabelled", "of MNIST", "of Fashion-MNIST")
    checks.refused([program, "train", "--data", folder / "nowhere"], "nowhere", "no such folder")
    (empty / "t10k-images-idx3-ubyte").write_bytes(images(1))
    checks.refused([program, "train", "--data", empty], "train-images-idx3-ubyte", "missing")
    (empty / "train-images-idx3-ubyte").write_bytes(images(1))
    (empty / "train-labels-idx1-ubyte").write_bytes(labels(1))
    checks.refused([program, "train", "--data", empty], "train-images-idx3-ubyte", "not the original file")


def tensors_file(tensors):
    """safetensors bytes of {name: (shape, floats)}."""
    header, data = {}, b""
    for name, (shape, values) in tensors.items():
        packed = struct.pack(f"<{len(values)}f", *values)
        header[name] = {"dtype": "F32", "shape": list(shape), "data_offsets": [len(data), len(data) + len(packed)]}
        data += packed
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def corrupt_weights(checks, program, foreign):
    folder = checks.folder
    checks.write({})
    good, bad = folder / "good.safetensors", folder / "bad.safetensors"
    run([program, "init", "--seed", "1", "--out", good])
    command = [program, "eval", "--weights", bad, "--data", checks.data]
    content = good.read_bytes()
    bad.write_bytes(content)
    run(command)
    start = 8 + struct.unpack_from("<Q", content)[0]
    for size in sorted({0, 1, 7, 8, 9, start // 2, start - 1, start, start + 1, len(content) // 2, len(content) - 1}):
        bad.write_bytes(content[:size])
        checks.refused(command, bad.name)
    bad.write_bytes(content + b"\0\0\0\0")
    checks.refused(command, bad.name, "4 bytes follow the last tensor")
    for place in range(0, 8):
        bad.write_bytes(content[:place] + bytes([content[place] ^ 0x11]) + content[place + 1:])
        checks.refused(command, bad.name)
    # A changed header may still be a header; whatever it is, the program does not crash.
    for place in range(8, start, 3):
        bad.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1:])
        checks.that(run(command, code=None).returncode in (0, 1), "header byte", place)

    tensors = {name: (shape, list(values)) for name, (shape, values) in read_safetensors(good).items()}
    first = next(iter(tensors))
    shape, values = tensors[first]

    def refused(changed, *texts):
        bad.write_bytes(tensors_file(changed))
        checks.refused(command, bad.name, *texts)

    refused({name: tensor for name, tensor in tensors.items() if name != first}, first, "missing")
    refused({first + "s" if name == first else name: tensor for name, tensor in tensors.items()}, first, "missing")
    refused({**tensors, "more.weight": ([1], [0])}, "more.weight")
    refused({**tensors, first: ([len(values)], values)}, first, "x".join(map(str, shape)))
    refused({**tensors, first: (shape, [float("nan"), *values[1:]])}, first, "not finite")
    refused({"layer1.0.conv": ([1], [0])}, "another network")
    refused({}, "no tensors")
    run([foreign, "init", "--seed", "1", "--out", bad])
    checks.refused(command, bad.name, " needs ")
    bad.unlink()
    checks.refused(command, bad.name, "No such file")


def main():
    if not os.access(CNNC, os.X_OK):
        skip("the compiler is not built")
    folder = temporary_folder()
    checks = Corruption(folder)
    for name in ("own", "foreign", "built_in"):
        (folder / name).mkdir()
    program = compile_program(model(OWN), folder=folder / "own")
    foreign = compile_program(model(OWN, hidden=9), folder=folder / "foreign")
    corrupt_data(checks, program)
    corrupt_gzip(checks, program)
    corrupt_weights(checks, program, foreign)
    built_in_sets(checks, folder / "built_in")
    checks.end()


main()
