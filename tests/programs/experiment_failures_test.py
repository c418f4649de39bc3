#!/usr/bin/env python3
"""`cnnc run` when something goes wrong: variants that fail, folders that are taken, options that are none, and an experiment
that is stopped and goes on, which ends with the bytes of one that was not."""
# timeout: 180

import csv
import signal
import subprocess
import time

from support import CNNC, Checks, run, temporary_folder

# Without an activation, a rate that is far too high makes numbers that are none.
SOURCE = """cnn 1
param filters = 4
dataset digits { source = strokes; val = 10% }
model net on digits { rescale(1/255) -> conv(filters, 3x3) -> conv(4, 3x3) -> maxpool(2) -> flatten -> dense(classes) }
train t { loss = crossentropy; optimizer = sgd(lr = 0.05); batch = 50; epochs = 1 }
experiment e {
  model = net; train = t; seeds = 1..2
  variant base
  variant wide { filters = 5 }
  variant bad { optimizer.lr = 1e6 }
}
"""
KEPT = ("resolved.cnn", "predictions.npy", "confusion_matrix.csv", "classification_report.txt", "weights/best.safetensors",
        "weights/last.safetensors")


def refused(checks, code, word, *arguments):
    done = run([CNNC, "run", *arguments], code=None)
    checks.equal(done.returncode, code, *arguments, done.stderr)
    checks.that(word in done.stderr and done.stderr.count("\n") == 1 and not done.stdout, *arguments, done.stderr)


def options_that_are_none(checks, file, folder):
    for option, value, word in (("--only", "", "m1,m3"), ("--only", ",", "m1,m3"), ("--seeds", "3..1", "1..3"),
                                ("--seeds", "99999999999999999999", "1..3"), ("--jobs", "0", "1 to 256"),
                                ("--jobs", "1e3", "1 to 256"), ("--threads", "257", "1 to 256"), ("--out", "", "folder"),
                                ("--set", "filters", "NAME=VALUE")):
        refused(checks, 2, word, file, option, value)
    (folder / "plain").write_text("")
    for out in ("plain", "plain/below"):
        refused(checks, 1, out, file, "--out", folder / out)


def one_variant_fails(checks, file, out):
    done = run([CNNC, "run", file, "--out", out, "--jobs", 2], code=4)
    last = done.stderr.splitlines()[-2:]
    checks.that(all(f"e/bad/seed{i + 1} failed" in line and "log.txt" in line for i, line in enumerate(last)), "who failed", last)
    checks.that("diverged" in (out / "bad/seed1/log.txt").read_text(), "the log says why")
    with open(out / "summary.csv", newline="") as table:
        codes = {row["run"]: row["exit_code"] for row in csv.DictReader(table)}
    checks.equal(codes, {f"e/{name}/seed{seed}": "1" if name == "bad" else "0" for name in ("base", "wide", "bad") for seed in (1, 2)},
                 "exit codes in summary.csv")
    refused(checks, 1, "--resume", file, "--out", out)
    run([CNNC, "run", file, "--out", out, "--resume"], code=4)
    said = run([CNNC, "run", file, "--out", out.with_name("only"), "--only", "bad"], code=1).stderr
    checks.that("cnnc run: error: the loss is no longer a number" in said, "programs speak as the command that ran them", said)


def stopped(checks, file, out, number):
    """An experiment whose second half has not begun when the signal comes."""
    command = [CNNC, "run", file, "--out", out, "--only", "base,wide", "--set", "train.epochs=12"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    while process.poll() is None and not (out / "base/seed2/results.csv").exists():
        time.sleep(0.02)
    process.send_signal(number)
    said = process.communicate(timeout=60)[1]
    checks.equal(process.returncode, 128 + number, number.name, said)
    checks.that(f"--out {out} --resume goes on" in said.splitlines()[-1], number.name, said)
    checks.that(not (out / "wide/seed2/run.json").exists(), number.name, "no further run is started")
    run([*command, "--resume"])


def main():
    checks, folder = Checks(), temporary_folder()
    file, whole = folder / "e.cnn", folder / "whole"
    file.write_text(SOURCE)
    options_that_are_none(checks, file, folder)
    one_variant_fails(checks, file, folder / "fails")
    run([CNNC, "run", file, "--out", whole, "--only", "base,wide", "--set", "train.epochs=12", "--jobs", 2])
    for number in (signal.SIGINT, signal.SIGTERM):
        out = folder / number.name
        stopped(checks, file, out, number)
        for place in (f"{name}/seed{seed}/{kept}" for name in ("base", "wide") for seed in (1, 2) for kept in KEPT):
            checks.that((out / place).read_bytes() == (whole / place).read_bytes(), number.name, "the same bytes:", place)
    checks.end()


main()
