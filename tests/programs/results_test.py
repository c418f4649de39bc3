#!/usr/bin/env python3
"""The folder that a run leaves and the JSON documents of a built program: the names in them are a contract."""

import csv
import json
import math

from support import TREE, Checks, compile_program, read_safetensors, run, run_json, temporary_folder

SOURCE = """cnn 1
dataset digits { source = strokes; val = 20%; seed = 3 }
model net(l2 = 1e-4) on digits {
  rescale(1/255)
  conv(8, 3x3) -> batchnorm -> relu -> maxpool(2) -> dropout(0.2)
  flatten -> dense(classes)
}
train t { loss = crossentropy; optimizer = adam(lr = 3e-3); batch = 32; epochs = 2 }
"""
FILES = ["resolved.cnn", "run.json", "results.csv", "metrics.json", "classification_report.txt", "confusion_matrix.csv",
         "confusion_matrix.png", "curves.png", "predictions.npy", "weights/best.safetensors", "weights/last.safetensors"]
COLUMNS = ["epoch", "lr", "train.loss", "train.accuracy", "val.loss", "val.accuracy", "seconds", "images_per_second"]
METRICS = {"best_epoch", "stopped", "train", "val", "test", "params", "images_per_second", "seconds", "peak_rss_mb"}
TEST = {"loss", "accuracy", "precision", "recall", "f1", "support", "confusion"}
BENCH = {"model", "target", "threads", "batch", "params", "images_per_second", "spread", "gflops", "peak_gflops",
         "share_of_peak", "copy_gb_per_second", "peak_rss_mb", "arena_bytes", "lower_bound_bytes"}
PARAMS = 80 + 32 + 13 * 13 * 8 * 10 + 10
LIMIT = 1000


def check_metrics(checks, folder):
    metrics = json.loads((folder / "metrics.json").read_text())
    checks.that(METRICS <= set(metrics), "keys of metrics.json", METRICS - set(metrics))
    checks.that({"loss", "accuracy"} <= set(metrics["train"]) & set(metrics["val"]), "train and val")
    test = metrics["test"]
    checks.that(TEST <= set(test), "keys of test", TEST - set(test))
    checks.equal(metrics["params"], PARAMS, "params")
    confusion = test["confusion"]
    checks.equal([sum(row) for row in confusion], test["support"], "rows of the confusion matrix are the true classes")
    right, total = sum(confusion[i][i] for i in range(10)), sum(test["support"])
    checks.close(test["accuracy"], right / total, 1e-12, "accuracy")
    for i in range(10):
        row, column = sum(confusion[i]), sum(line[i] for line in confusion)
        recall, precision = confusion[i][i] / row if row else 0, confusion[i][i] / column if column else 0
        checks.close(test["recall"]["per_class"][i], recall, 1e-12, "recall", i)
        checks.close(test["precision"]["per_class"][i], precision, 1e-12, "precision", i)
        f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0
        checks.close(test["f1"]["per_class"][i], f1, 1e-12, "f1", i)
    for name in ("precision", "recall", "f1"):
        each = test[name]["per_class"]
        checks.close(test[name]["macro"], sum(each) / 10, 1e-12, name, "macro")
        weighted = sum(value * count for value, count in zip(each, test["support"])) / total
        checks.close(test[name]["weighted"], weighted, 1e-12, name, "weighted")
    return metrics


def check_folder(checks, folder):
    for name in FILES:
        checks.that((folder / name).is_file() and (folder / name).stat().st_size > 0, "the run's folder has", name)
    checks.that(list(folder.glob("events.out.tfevents.*")), "the run's folder has events")
    checks.that(not [path for path in folder.rglob("*") if "tmp" in path.name or "~" in path.name], "nothing half-written stays")
    with open(folder / "results.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    checks.equal(list(rows[0]), COLUMNS, "columns of results.csv")
    checks.equal([row["epoch"] for row in rows], ["1", "2"], "epochs")
    checks.that(all(math.isfinite(float(row[name])) for row in rows for name in COLUMNS), "numbers in results.csv")
    with open(folder / "confusion_matrix.csv", newline="") as file:
        lines = list(csv.reader(file))
    checks.that(len(lines) >= 10, "confusion_matrix.csv has a row a class")
    report = (folder / "classification_report.txt").read_text()
    for word in ("precision", "recall", "f1-score", "support", "accuracy", "macro avg", "weighted avg"):
        checks.that(word in report, "classification_report.txt has", word)


def check_evaluation(checks, program, folder, metrics):
    """What metrics.json says of the test set, `eval` says of the saved weights."""
    said = run_json([program, "eval", "--weights", folder / "weights" / "last.safetensors", "--limit", LIMIT, "--json"])
    checks.close(said["accuracy"], metrics["test"]["accuracy"], 0, "eval repeats the accuracy")
    checks.close(said["loss"], metrics["test"]["loss"], 1e-9, "eval repeats the loss")
    names = list(read_safetensors(folder / "weights" / "best.safetensors"))
    weights = [name for name in names if not name.startswith("optimizer.")]
    checks.equal(weights, ["conv.weight", "conv.bias", "batchnorm.weight", "batchnorm.bias", "batchnorm.running_mean",
                           "batchnorm.running_var", "dense.weight", "dense.bias"], "names of the weights, in order")


def main():
    checks, folder = Checks(), temporary_folder()
    program = compile_program(SOURCE, folder=folder)
    done = run([program, "train", "--limit", LIMIT, "--out", folder / "run"])
    checks.that("precision" in done.stdout and str(folder / "run") in done.stdout + done.stderr, "the report ends the run", done.stdout)
    checks.that("\r" not in done.stderr and "\x1b" not in done.stdout + done.stderr, "no progress bar and no colour off a terminal")
    check_folder(checks, folder / "run")
    check_evaluation(checks, program, folder / "run", check_metrics(checks, folder / "run"))

    bench = run_json([program, "bench", "--seconds", "0.2", "--threads", 1, "--images", 64, "--json"])
    checks.that(BENCH <= set(bench), "keys of bench", BENCH - set(bench))
    checks.equal((bench["threads"], bench["batch"], bench["params"]), (1, 32, PARAMS), "bench")
    checks.that(0 < bench["share_of_peak"] < 1.2, "share of peak", bench["share_of_peak"])
    if "sanitize" not in str(TREE):  # which needs memory of its own
        checks.that(bench["peak_rss_mb"] < 48, "the peak of memory is the training's, not the copying's", bench["peak_rss_mb"])
    info = run_json([program, "info", "--json"])
    checks.equal(info["model"], "net", "info")
    done = run([program, "train", "--limit", LIMIT, "--out", folder / "run", "--resume"])
    checks.that(done.returncode == 0, "resuming a finished run is fine")
    checks.end()


main()
