#!/usr/bin/env python3
"""Hostile use of a built program: devices and pipes for files, closed streams, limits on files, folders that are taken,
signals. What was there stays as it was, and each ends in one clear line."""
# timeout: 120

import os
import resource
import signal
import subprocess
import time

from support import CNNC, Checks, compile_program, run, temporary_folder

SOURCE = """cnn 1
dataset digits { source = strokes; val = 10% }
model net on digits { rescale(1/255) -> conv(4, 3x3) -> relu -> maxpool(2) -> flatten -> dense(classes) }
train t { loss = crossentropy; optimizer = sgd(lr = 0.1); batch = 32; epochs = 1 }
"""


def refused(checks, what, command, *words, code=1, **more):
    """Ends with the code and one line that has all the words."""
    done = run(command, code=None, timeout=30, **more)
    checks.equal(done.returncode, code, what, done.stderr)
    checks.that(done.stderr.count("\n") == 1 and all(word in done.stderr for word in words), what, words, done.stderr)


def what_is_no_file(checks, folder, program, weights):
    refused(checks, "a device as an image", [program, "predict", "--weights", weights, "/dev/zero"], "/dev/zero", "device")
    refused(checks, "a device as weights", [program, "eval", "--weights", "/dev/zero"], "/dev/zero", "device")
    refused(checks, "a folder for weights", [program, "init", "--out", folder], "folder")
    pipe, link = folder / "pipe", folder / "link"
    os.mkfifo(pipe)
    reader = subprocess.Popen(["cat", pipe], stdout=subprocess.PIPE)
    run([program, "init", "--seed", 1, "--out", pipe])
    checks.equal(reader.communicate()[0], weights.read_bytes(), "a pipe gets the bytes")
    checks.that(pipe.is_fifo(), "and stays a pipe")
    refused(checks, "a program for a pipe", [CNNC, "build", folder / "test.cnn", "-o", pipe], str(pipe))
    refused(checks, "a program for a folder", [CNNC, "build", folder / "test.cnn", "-o", folder], "folder")
    checks.that(pipe.is_fifo() and not list(folder.glob("*.part")), "nothing was put in their places")
    target = folder / "target.safetensors"
    target.write_text("old")
    link.symlink_to(target)
    run([program, "init", "--seed", 1, "--out", link])
    checks.that(link.is_symlink() and target.read_bytes() == weights.read_bytes(), "a link stays one")
    piped = run(["sh", "-c", f"cat {weights} | {program} eval --weights /dev/stdin"])
    checks.that("accuracy" in piped.stdout, "a pipe of weights is read")


def formatting_keeps_the_file(checks, folder):
    file, link = folder / "wide.cnn", folder / "formatted.cnn"
    file.write_text(SOURCE.replace("; ", " ;  "))
    file.chmod(0o640)
    link.symlink_to(file)
    run([CNNC, "fmt", link])
    checks.that(link.is_symlink() and " ;  " not in file.read_text(), "the file behind a link is formatted")
    checks.equal(file.stat().st_mode & 0o777, 0o640, "its permissions stay")


def limits_and_closed_streams(checks, folder, program):
    few = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
    refused(checks, "a limit on files", [program, "init", "--out", folder / "few"], "few", "too large", preexec_fn=few)
    refused(checks, "a limit on a run's files", [program, "train", "--limit", 100, "--out", folder / "few_run"], "resolved.cnn",
            preexec_fn=few)
    checks.that(not list(folder.glob("few*")) or not list((folder / "few_run").glob("*.cnn*")), "nothing half-written stays")
    out = folder / "closed"
    run(["sh", "-c", f"exec {program} train --limit 100 --out {out} <&- >&- 2>&-"], code=None)
    checks.that((out / "results.csv").read_text().startswith("epoch,lr") and (out / "run.json").read_text().startswith("{") and
                (out / "metrics.json").exists(), "closed streams end up in no file")


def taken_folders(checks, folder, program):
    (folder / "plain").write_text("")
    refused(checks, "a file for a folder", [program, "train", "--out", folder / "plain"], "plain", "not a folder")
    out = folder / "taken"
    first = start(program, out)
    refused(checks, "a folder where a program is at work", [program, "train", "--out", out], "taken", "another program")
    refused(checks, "the same to resume", [program, "train", "--out", out, "--resume"], "taken", "another program")
    first.kill()
    first.communicate()
    refused(checks, "a folder with a run", [program, "train", "--out", out], "taken", "--resume")


def start(program, out, *more):
    """A run of many epochs, which has ended its first."""
    process = subprocess.Popen([program, "train", "--epochs", "400", "--out", out, *more], stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True)
    while process.poll() is None and not (out / "results.csv").exists():
        time.sleep(0.02)
    return process


def signals_say_how_to_go_on(checks, folder, program):
    for number in (signal.SIGINT, signal.SIGTERM):
        out = folder / number.name
        process = start(program, out)
        process.send_signal(number)
        said = process.communicate()[1].splitlines()[-1]
        checks.equal(process.returncode, -number, "the shell sees the signal")
        checks.that("interrupted" in said and f"--resume --out {out}" in said, said)


def main():
    checks, folder = Checks(), temporary_folder()
    program, weights = compile_program(SOURCE, folder=folder), folder / "w.safetensors"
    run([program, "init", "--seed", 1, "--out", weights])
    what_is_no_file(checks, folder, program, weights)
    formatting_keeps_the_file(checks, folder)
    limits_and_closed_streams(checks, folder, program)
    taken_folders(checks, folder, program)
    signals_say_how_to_go_on(checks, folder, program)
    checks.end()


main()
