#!/usr/bin/env python3
"""What a user can do wrong with a built program ends in one clear line on stderr, nothing on stdout, and the right exit code:
1 for data and weights, 2 for the command line."""

import json

from support import Checks, compile_program, run, temporary_folder, write_npy

STROKES = """cnn 1
dataset digits { source = strokes; val = 10% }
model net on digits { rescale(1/255) -> conv(4, 3x3) -> relu -> maxpool(2) -> flatten -> dense(classes) }
train t { loss = crossentropy; optimizer = sgd(lr = 0.1); batch = 32; epochs = 1 }
"""
OTHER = STROKES.replace("conv(4, 3x3)", "conv(5, 3x3)")
DEEPER = STROKES.replace("-> flatten", "-> conv(4, 2x2) -> relu -> flatten")
MNIST = STROKES.replace("strokes", "mnist")


def refused(checks, what, command, code, *words, environment=None):
    """The command ends with `code` and one line that holds all the words."""
    done = run(command, code=None, **({"env": environment} if environment else {}))
    lines = done.stderr.strip().splitlines()
    checks.equal(done.returncode, code, what, done.stderr)
    checks.equal(done.stdout, "", what, "prints nothing on stdout")
    checks.that(lines and (code == 2 or len(lines) == 1), what, "says it in one line:", done.stderr)
    for word in words:
        checks.that(word in done.stderr, what, f"mentions {word!r}:", done.stderr)


def damaged(path, change):
    data = bytearray(path.read_bytes())
    change(data)
    copy = path.with_name("damaged.safetensors")
    copy.write_bytes(data)
    return copy


def check_weights(checks, folder, program):
    weights = folder / "w.safetensors"
    run([program, "init", "--seed", 1, "--out", weights])
    use = lambda path: [program, "eval", "--weights", path]
    run(use(weights))
    names = {}
    for name, source in (("other", OTHER), ("deeper", DEEPER)):
        (folder / name).mkdir()
        names[name] = folder / name / "w.safetensors"
        run([compile_program(source, folder=folder / name), "init", "--seed", 1, "--out", names[name]])
    refused(checks, "weights of another shape", use(names["other"]), 1, "conv.weight")
    refused(checks, "weights with a layer too many", use(names["deeper"]), 1, "dense.weight")
    refused(checks, "weights that are absent", use(folder / "none.safetensors"), 1, "none.safetensors")
    refused(checks, "a folder as weights", use(folder), 1)
    refused(checks, "weights of another kind of file", use(folder / "test.cnn"), 1, "test.cnn")

    def cut(length):
        return lambda data: data.__delitem__(slice(length, None))

    size = weights.stat().st_size
    for length in (0, 4, 8, 20, size - 1):
        refused(checks, f"weights cut to {length} bytes", use(damaged(weights, cut(length))), 1, "damaged.safetensors")
    refused(checks, "weights with a byte more", use(damaged(weights, lambda data: data.append(0))), 1)
    refused(checks, "a header as long as memory", use(damaged(weights, lambda data: data.__setitem__(slice(0, 8), b"\xff" * 8))), 1)
    refused(checks, "a header that is no JSON", use(damaged(weights, lambda data: data.__setitem__(8, 0x21))), 1)


def check_command_line(checks, folder, program):
    refused(checks, "no command", [program], 2)
    refused(checks, "an unknown command", [program, "trian"], 2, "train")
    refused(checks, "an unknown option", [program, "train", "--epoch", 3], 2, "--epoch")
    refused(checks, "a missing value", [program, "train", "--epochs"], 2, "--epochs")
    refused(checks, "a number that is none", [program, "train", "--threads", "many"], 2, "many")
    refused(checks, "a setting that there is not", [program, "train", "--set", "optimizer.lrr=1", "--out", folder / "a"], 2, "lr")
    done = run([program, "train", "--set", "batch=64", "--out", folder / "b"], code=None)
    checks.that(done.returncode in (1, 2) and "build" in done.stderr, "a structural setting names the build:", done.stderr)
    checks.that("train" in run([program, "--help"]).stdout, "--help prints the commands")
    checks.that("--epochs" in run([program, "train", "--help"]).stdout, "train --help prints its options")


def check_images(checks, folder, program):
    weights = folder / "w.safetensors"
    predict = lambda path: [program, "predict", "--weights", weights, path]
    write_npy(folder / "small.npy", (3, 3), [0] * 9, "B")
    refused(checks, "an image of another size", predict(folder / "small.npy"), 1, "28x28x1")
    (folder / "no.png").write_bytes(b"\x89PNG\r\n\x1a\nnothing")
    refused(checks, "a broken image", predict(folder / "no.png"), 1, "no.png")
    write_npy(folder / "one.npy", (28, 28), [7] * 784, "B")
    done = json.loads(run([program, "predict", "--json", "--weights", weights, folder / "one.npy"]).stdout)
    checks.close(sum(done["predictions"][0]["probabilities"]), 1, 1e-5, "probabilities")


def check_data(checks, folder):
    place = folder / "mnist"
    place.mkdir()
    program = compile_program(MNIST, folder=place)
    (folder / "empty").mkdir()
    nothing = {"PATH": "/usr/bin:/bin", "HOME": str(folder)}
    refused(checks, "data that is absent", [program, "train", "--data", folder / "empty", "--out", folder / "c"], 1, "mnist",
            environment=nothing)
    (place / "train-images-idx3-ubyte").write_bytes(b"\0\0\x08\x03" + b"\0\0\xea\x60" + b"\0\0\0\x1c" * 2 + bytes(1000))
    refused(checks, "data cut short", [program, "train", "--data", place, "--out", folder / "d"], 1, "train-images-idx3-ubyte",
            environment=nothing)


def check_divergence(checks, folder):
    """Without an activation that dies, a rate that is far too high makes numbers that are none within a few steps."""
    folder.mkdir()
    program = compile_program(STROKES.replace("relu", "conv(4, 3x3)"), folder=folder)
    done = run([program, "train", "--limit", 640, "--set", "optimizer.lr=1e6", "--out", folder / "run"], code=1)
    checks.that("loss" in done.stderr.splitlines()[-1], "a loss that is no number ends the run:", done.stderr)


def main():
    checks, folder = Checks(), temporary_folder()
    program = compile_program(STROKES, folder=folder)
    check_weights(checks, folder, program)
    check_command_line(checks, folder, program)
    check_images(checks, folder, program)
    check_data(checks, folder)
    check_divergence(checks, folder / "linear")
    checks.end()


main()
