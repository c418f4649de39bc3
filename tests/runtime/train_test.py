"""Training runs: their folder, determinism, killing and resuming, early stopping, divergence. timeout: 120"""

import csv
import json
import os
import random
import shutil
import struct
import subprocess
import threading
import time

from fake import build_fake
from support import Checks, read_safetensors, run, run_json, temporary_folder

checks = Checks()
fake = build_fake()
FILES = {"resolved.cnn", "run.json", "results.csv", "metrics.json", "classification_report.txt", "confusion_matrix.csv",
         "predictions.npy", "weights"}


def rows_of(folder):
    with open(folder / "results.csv", newline="") as file:
        return list(csv.DictReader(file))


def without_times(folder):
    return [{name: row[name] for name in row if name not in ("seconds", "images_per_second")} for row in rows_of(folder)]


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    crc ^= 0xFFFFFFFF
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def event_records(folder):
    """The events' bytes, their checksums checked."""
    file, = folder.glob("events.out.tfevents.*")
    data, records = file.read_bytes(), []
    while data:
        length, = struct.unpack_from("<Q", data)
        head, = struct.unpack_from("<I", data, 8)
        tail, = struct.unpack_from("<I", data, 12 + length)
        record = data[12:12 + length]
        checks.that(crc32c(data[:8]) == head and crc32c(record) == tail, "event checksums")
        records.append(record)
        data = data[16 + length:]
    return records


def folder_has_what_the_contract_says():
    folder = temporary_folder() / "run"
    done = run([fake, "train", "--out", folder, "--seed", "3", "--epochs", "2"])
    names = {path.name for path in folder.iterdir()}
    checks.that(FILES <= names, "files", names)
    checks.that(not [name for name in names if "part" in name], "nothing is left aside", names)
    checks.that("macro avg" in done.stdout and "Confusion matrix" in done.stdout and str(folder) in done.stdout, done.stdout)
    checks.equal(len([line for line in done.stderr.splitlines() if line.startswith("epoch ")]), 2, done.stderr)
    rows = rows_of(folder)
    checks.equal(list(rows[0]), "epoch,lr,train.loss,train.accuracy,val.loss,val.accuracy,seconds,images_per_second".split(","))
    checks.equal([row["epoch"] for row in rows], ["1", "2"])
    metrics = json.loads((folder / "metrics.json").read_text())
    checks.that({"best_epoch", "stopped", "train", "val", "test", "params", "images_per_second", "seconds",
                 "peak_rss_mb"} <= set(metrics), "metrics.json", set(metrics))
    test = metrics["test"]
    for name in ("precision", "recall", "f1"):
        checks.equal(set(test[name]), {"macro", "weighted", "per_class"})
        checks.equal(len(test[name]["per_class"]), 10)
    checks.equal(sum(map(sum, test["confusion"])), 1000)
    checks.equal(sum(test["support"]), 1000)
    checks.close(sum(test["confusion"][i][i] for i in range(10)) / 1000, test["accuracy"], 1e-12, "accuracy")
    checks.equal(metrics["params"], 7850)
    checks.equal(metrics["val"]["loss"], float(rows[metrics["best_epoch"] - 1]["val.loss"]), "val.loss")
    record = json.loads((folder / "run.json").read_text())
    checks.equal((record["seed"], record["settings"]["train.epochs"], record["kernels"]), (3, 2, {"dense": "plain"}))
    checks.equal((record["data"]["train_images"], record["data"]["val_images"]), (3600, 400))
    checks.equal(len(event_records(folder)), 3)
    checks.that(b"val.loss" in event_records(folder)[1], "events name the metrics")
    best, last = (read_safetensors(folder / "weights" / name) for name in ("best.safetensors", "last.safetensors"))
    checks.equal(set(best), {"dense.weight", "dense.bias"})
    checks.that({"optimizer.momentum.dense.weight", "optimizer.epoch", "optimizer.step"} <= set(last), set(last))
    checks.equal(last["optimizer.step"][1][0], 2 * -(-3600 // 64))
    predictions = (folder / "predictions.npy").read_bytes()
    checks.that(b"(1000, 10)" in predictions[:128] and b"<f4" in predictions[:128], predictions[:128])
    evaluated = run_json([fake, "eval", "--weights", folder / "weights/last.safetensors", "--json"])
    checks.equal((evaluated["accuracy"], evaluated["loss"]), (test["accuracy"], test["loss"]))
    again = run([fake, "train", "--out", folder, "--seed", "3", "--epochs", "2"], code=1)
    checks.that("--resume" in again.stderr, again.stderr)


def bits_do_not_depend_on_threads():
    folders = [temporary_folder() / "run" for _ in range(3)]
    for threads, folder in enumerate(folders, 1):
        run([fake, "train", "--out", folder, "--threads", threads, "--epochs", "2"])
    for name in ("weights/last.safetensors", "weights/best.safetensors", "predictions.npy", "confusion_matrix.csv"):
        checks.equal(len({(folder / name).read_bytes() for folder in folders}), 1, name)
    checks.that(without_times(folders[0]) == without_times(folders[2]), "rows")
    other = temporary_folder() / "run"
    run([fake, "train", "--out", other, "--epochs", "2", "--seed", "2"])
    checks.that((other / "weights/last.safetensors").read_bytes() != (folders[0] / "weights/last.safetensors").read_bytes(),
                "another seed, other weights")


def wait_for(condition, seconds=30):
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.01)


def killed_runs_end_with_the_same_bits():
    program = build_fake("-DON_PLATEAU", "-DEARLY_STOP")
    arguments = ["--epochs", "12", "--set", "early_stop.patience=4", "--set", "lr=0.3"]
    whole, killed = temporary_folder() / "run", temporary_folder() / "run"
    began = time.monotonic()
    run([program, "train", "--out", whole, *arguments])
    seconds = time.monotonic() - began
    chance, kills = random.Random(5), 0
    while not (killed / "metrics.json").exists() and kills < 8:
        process = subprocess.Popen([program, "train", "--out", killed, *arguments, "--resume"], stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        try:
            process.wait(timeout=seconds * chance.uniform(0.1, 0.4))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            kills += 1
    checks.that(kills > 1, "it was killed", kills)
    run([program, "train", "--out", killed, *arguments, "--resume"])
    for name in ("weights/last.safetensors", "weights/best.safetensors", "predictions.npy"):
        checks.that((whole / name).read_bytes() == (killed / name).read_bytes(), name)
    checks.equal(without_times(killed), without_times(whole))
    checks.that(len({row["lr"] for row in rows_of(whole)}) > 1, "the rate has fallen", rows_of(whole))
    checks.equal(len(event_records(killed)), len(event_records(whole)), "events")


def training_goes_on_while_an_epoch_is_written():
    """The checkpoint goes into a pipe: who writes it waits until somebody reads."""
    plain, folder = temporary_folder() / "run", temporary_folder() / "run"
    run([fake, "train", "--out", plain, "--epochs", "2"])
    (folder / "weights").mkdir(parents=True)
    last = folder / "weights/last.safetensors"
    os.mkfifo(last)
    process = subprocess.Popen([fake, "train", "--out", folder, "--epochs", "2", "--resume"], stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE, text=True)
    lines = []
    reader = threading.Thread(target=lambda: lines.extend(process.stderr))
    reader.start()
    wait_for(lambda: any("epoch 1/2" in line for line in lines))
    checks.that(any("epoch 1/2" in line for line in lines), "the first epoch ends though its checkpoint waits", lines)
    written = [last.read_bytes() for _ in range(2)]
    reader.join()
    checks.equal(process.wait(), 0)
    checks.that(written[1] == (plain / "weights/last.safetensors").read_bytes(), "the checkpoint is that of the second epoch's end")
    checks.that(written[0] != written[1], "and the first that of the first's")
    checks.equal(without_times(folder), without_times(plain))


def a_torn_run_goes_on():
    """Files newer than the checkpoint, as a kill between two renames leaves them."""
    whole, torn = temporary_folder() / "run", temporary_folder() / "run"
    run([fake, "train", "--out", whole, "--epochs", "3"])
    run([fake, "train", "--out", torn, "--epochs", "3"])
    two = temporary_folder() / "run"
    run([fake, "train", "--out", two, "--epochs", "2"])
    (torn / "metrics.json").unlink()
    (torn / "weights/last.safetensors").write_bytes((two / "weights/last.safetensors").read_bytes())
    done = run([fake, "train", "--out", torn, "--epochs", "3", "--resume"])
    checks.that("after epoch 2 of 3" in done.stderr, done.stderr)
    checks.that((whole / "weights/last.safetensors").read_bytes() == (torn / "weights/last.safetensors").read_bytes(), "last")
    checks.equal(without_times(torn), without_times(whole))


def resuming_what_differs_stops():
    folder = temporary_folder() / "run"
    run([fake, "train", "--out", folder, "--epochs", "2"])
    done = run([fake, "train", "--out", folder, "--epochs", "2", "--resume", "--threads", "1"])
    checks.that("is finished" in done.stderr, done.stderr)
    for change, word in ((["--epochs", "3"], "train.epochs"), (["--epochs", "2", "--set", "lr=0.01"], "optimizer.lr"),
                         (["--epochs", "2", "--seed", "9"], "seed"), (["--epochs", "2", "--limit", "500"], "limit")):
        failed = run([fake, "train", "--out", folder, "--resume", *change], code=1)
        checks.that(word in failed.stderr and failed.stderr.count("\n") == 1, failed.stderr)
    other = build_fake('-DHASH="fake-2"')
    failed = run([other, "train", "--out", folder, "--epochs", "2", "--resume"], code=1)
    checks.that("program" in failed.stderr, failed.stderr)
    (folder / "metrics.json").unlink()
    (folder / "results.csv").write_text("epoch\n1\n")
    failed = run([fake, "train", "--out", folder, "--epochs", "2", "--resume"], code=1)
    checks.that("results.csv: row 1" in failed.stderr, failed.stderr)
    (folder / "run.json").write_text("{")
    failed = run([fake, "train", "--out", folder, "--epochs", "2", "--resume"], code=1)
    checks.that("run.json" in failed.stderr, failed.stderr)


def early_stopping_restores_the_best():
    program = build_fake("-DEARLY_STOP")
    arguments = ["--epochs", "40", "--set", "optimizer.lr=0.5", "--set", "patience=2"]
    folder, last = temporary_folder() / "run", temporary_folder() / "run"
    done = run([program, "train", "--out", folder, *arguments])
    metrics = json.loads((folder / "metrics.json").read_text())
    losses = [float(row["val.loss"]) for row in rows_of(folder)]
    best = losses.index(min(losses)) + 1
    checks.equal((metrics["best_epoch"], metrics["stopped"]), (best, best + 2))
    checks.equal(len(losses), best + 2)
    checks.equal(metrics["val"]["loss"], min(losses), "the best weights are evaluated")
    line = next(line for line in done.stderr.splitlines() if "early stopping" in line)
    checks.that(all(word in line for word in ("val.loss", f"epoch {best}", f"epoch {best + 2}", "2 epochs", "restored")), line)
    run([program, "train", "--out", last, *arguments, "--set", "restore=none"])
    metrics = json.loads((last / "metrics.json").read_text())
    checks.equal(metrics["val"]["loss"], losses[-1], "restore = none evaluates the last weights")
    failed = run([program, "train", *arguments, "--set", "dataset.val=none", "--out", temporary_folder() / "run"], code=2)
    checks.that("val.loss" in failed.stderr, failed.stderr)
    failed = run([program, "train", *arguments, "--set", "monitor=val.los", "--out", temporary_folder() / "run"], code=2)
    checks.that("val.accuracy" in failed.stderr, failed.stderr)


def validation_by_the_test_set_or_none():
    folder = temporary_folder() / "run"
    run([fake, "train", "--out", folder, "--epochs", "1", "--set", "dataset.val=test"])
    metrics = json.loads((folder / "metrics.json").read_text())
    checks.equal(metrics["val"]["loss"], metrics["test"]["loss"])
    folder = temporary_folder() / "run"
    run([fake, "train", "--out", folder, "--epochs", "2", "--set", "val=0"])
    metrics = json.loads((folder / "metrics.json").read_text())
    checks.equal((metrics["val"], metrics["best_epoch"], rows_of(folder)[0]["val.loss"]), (None, 2, ""))
    checks.that((folder / "weights/best.safetensors").exists(), "best is the last")


def other_columns_and_options():
    program = build_fake("-DCOSINE")
    parent = temporary_folder()
    resolved = parent / "own.cnn"
    resolved.write_text("cnn 1\n# of this run\n")
    run([program, "train", "--limit", "300", "--top", "3", "--resolved", resolved], cwd=parent)
    run([program, "train", "--limit", "300", "--top", "3"], cwd=parent)
    first, second = parent / "runs/softmax", parent / "runs/softmax-2"
    checks.equal((first / "resolved.cnn").read_text(), resolved.read_text())
    checks.that("model softmax" in (second / "resolved.cnn").read_text(), "the program's own")
    rows = rows_of(second)
    checks.that(float(rows[2]["val.top3"]) > float(rows[2]["val.accuracy"]) > 0, rows[2])
    checks.that(0 <= float(rows[2]["lr"]) < 2e-3, "cosine has come down", rows[2])
    metrics = json.loads((second / "metrics.json").read_text())
    checks.equal(sum(metrics["test"]["support"]), 300)
    checks.that(metrics["test"]["top3"] > metrics["test"]["accuracy"], "top3")
    done = run([program, "train", "--limit", "300", "--top", "3", "--resume"], cwd=parent)
    checks.that("softmax-2 is finished" in done.stderr, done.stderr)
    started = temporary_folder() / "run"
    run([fake, "train", "--limit", "300", "--epochs", "1", "--out", started, "--weights",
         first / "weights/last.safetensors", "--set", "lr=0"])
    checks.equal(read_safetensors(started / "weights/last.safetensors")["dense.weight"],
                 read_safetensors(first / "weights/last.safetensors")["dense.weight"], "rate 0 keeps the weights")


def divergence_is_said():
    folder = temporary_folder() / "run"
    failed = run([fake, "train", "--out", folder, "--set", "lr=1e30"], code=1)
    checks.that("diverged" in failed.stderr and "epoch 1" in failed.stderr and failed.stderr.count("\n") == 1, failed.stderr)
    checks.that(not (folder / "metrics.json").exists(), "no metrics of a failed run")


def names_are_no_commands():
    if not shutil.which("gnuplot"):
        return
    parent = temporary_folder()
    program = build_fake("-DNAMED", "-DFIRST_NAME=\"`touch pwned` it's $(touch pwned)\"")
    run([program, "train", "--out", "run", "--epochs", "1", "--limit", "100"], cwd=parent)
    checks.that((parent / "run/confusion_matrix.png").read_bytes()[:4] == b"\x89PNG", "a picture")
    checks.that(not (parent / "pwned").exists(), "gnuplot ran a class's name")


def plots_need_gnuplot_but_runs_do_not():
    folder, nowhere = temporary_folder() / "run", temporary_folder()
    done = run([fake, "train", "--out", folder, "--epochs", "1"], env=dict(os.environ, PATH=str(nowhere)))
    checks.that("gnuplot is not installed" in done.stderr, done.stderr)
    broken = nowhere / "gnuplot"
    broken.write_text("#!/bin/sh\nexit 3\n")
    broken.chmod(0o755)
    folder = temporary_folder() / "run"
    done = run([fake, "train", "--out", folder, "--epochs", "1"], env=dict(os.environ, PATH=f"{nowhere}:/bin"))
    checks.that("gnuplot failed" in done.stderr, done.stderr)
    checks.that((folder / "metrics.json").exists() and not (folder / "curves.png").exists(), "the run is whole")


def a_terminal_sees_a_bar():
    import pty
    try:
        parent, child = pty.openpty()
    except OSError as error:
        print("not tested: a terminal's progress bar:", error)  # a bare chroot has no terminals
        return
    process = subprocess.Popen([fake, "train", "--out", temporary_folder() / "run", "--epochs", "3"], stderr=child,
                               stdout=subprocess.DEVNULL, env=dict(os.environ, TERM="xterm"))
    os.close(child)
    seen = b""
    try:
        while chunk := os.read(parent, 4096):
            seen += chunk
    except OSError:
        pass  # the other end was closed
    checks.equal(process.wait(), 0)
    lines = seen.decode().replace("\r\n", "\n").split("\n")
    checks.equal(len([line for line in lines if "train.loss" in line]), 3, "an epoch's line each")
    checks.that("images/s" in seen.decode(), "images/s")


for test in (folder_has_what_the_contract_says, bits_do_not_depend_on_threads, killed_runs_end_with_the_same_bits,
             training_goes_on_while_an_epoch_is_written, a_torn_run_goes_on, resuming_what_differs_stops,
             early_stopping_restores_the_best, validation_by_the_test_set_or_none, other_columns_and_options,
             divergence_is_said, names_are_no_commands, plots_need_gnuplot_but_runs_do_not, a_terminal_sees_a_bar):
    test()
checks.end()
