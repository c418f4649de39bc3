#!/usr/bin/env python3
"""The same file and seed give the same bytes: for 1, 2, 3 and 7 threads, and when the run is killed with SIGKILL and resumed.
timeout: 300"""

import random
import signal
import subprocess
import time

from support import Checks, compile_program, run, temporary_folder

# Batch norm and dropout, because sums over the batch and random numbers are what could depend on the threads; 1300
# images in batches of 48 leave a partial batch.
SOURCE = """cnn 1
dataset digits { source = strokes; val = 10%; seed = 3 }
model net on digits {
  rescale(1/255)
  conv(8, 3x3) -> batchnorm -> relu -> maxpool(2) -> dropout(0.2)
  conv(12, 3x3) -> relu -> maxpool(2)
  flatten -> dense(classes)
}
train t {
  loss = crossentropy; optimizer = adam(lr = 2e-3); batch = 48; epochs = 4
  early_stop { monitor = val.loss; patience = 3 }
}
"""
# A layer in panels of outputs, of which three threads take unequal numbers.
PANELS = """cnn 1
dataset digits { source = strokes; val = 10%; seed = 3 }
model net on digits { rescale(1/255) -> flatten -> dense(128) -> relu -> dense(classes) }
train t { loss = crossentropy; optimizer = adam(lr = 2e-3); batch = 32; epochs = 2 }
"""
WEIGHTS = "weights/last.safetensors"
KILLS = 6


def train(program, folder, *options):
    return [program, "train", "--limit", 1300, "--seed", 5, "--out", folder, *options]


def killed(command, after):
    """Runs the command until `after` seconds; returns whether it was still running then."""
    process = subprocess.Popen([str(word) for word in command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        process.wait(after)
        return False
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.wait()
        return True


def same_on_threads(checks, program, folder):
    """What one thread leaves, and in how many seconds."""
    start = time.monotonic()
    run(train(program, folder / "one", "--threads", 1))
    seconds = time.monotonic() - start
    expected = {name: (folder / "one" / name).read_bytes() for name in (WEIGHTS, "weights/best.safetensors", "predictions.npy")}
    for threads in (2, 3, 7):
        run(train(program, folder / f"threads{threads}", "--threads", threads))
        for name, content in expected.items():
            checks.that((folder / f"threads{threads}" / name).read_bytes() == content, name, "with", threads, "threads")
    return expected, seconds


def main():
    checks, folder = Checks(), temporary_folder()
    (folder / "panels").mkdir()
    same_on_threads(checks, compile_program(PANELS, folder=folder / "panels"), folder / "panels")
    program = compile_program(SOURCE, folder=folder)
    expected, seconds = same_on_threads(checks, program, folder)
    other = run([program, "train", "--limit", 1300, "--seed", 6, "--out", folder / "other"])
    checks.that((folder / "other" / WEIGHTS).read_bytes() != expected[WEIGHTS], "another seed, other weights", other.stderr)

    random.seed(1)
    stopped = 0
    for number in range(KILLS):
        place = folder / f"killed{number}"
        while killed(train(program, place, "--threads", 2, *(["--resume"] if (place / WEIGHTS).exists() else [])),
                     random.uniform(0.05, seconds)):
            stopped += 1
            if not (place / WEIGHTS).exists():  # nothing to go on from: an empty or new folder
                subprocess.run(["rm", "-rf", str(place)], check=True)
        for name, content in expected.items():
            checks.that((place / name).read_bytes() == content, name, "after kills and resumes")
    checks.that(stopped > 0, "some runs were killed")
    checks.end()


main()
