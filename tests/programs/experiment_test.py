#!/usr/bin/env python3
"""`cnnc run`: an experiment's runs, their order and folders, the summary over seeds, and going on after an interruption."""

import csv
import json

from support import CNNC, Checks, run, run_json, temporary_folder

SOURCE = """cnn 1
param filters = 4
param drop = 0.1
dataset digits { source = strokes; val = 10% }
model net on digits { rescale(1/255) -> conv(filters, 3x3) -> relu -> maxpool(2) -> dropout(drop) -> flatten -> dense(classes) }
train t { loss = crossentropy; optimizer = adam(lr = 3e-3); batch = 50; epochs = 1 }
experiment steps {
  model = net; train = t; seeds = 1..2
  variant base
  variant wide { filters = 6 }
  variant quick { optimizer.lr = 0.01 }
  variant same { drop = 0.1 }     # equal to base: not run twice
}
"""
NAMES = [f"steps/{variant}/seed{seed}" for variant in ("base", "wide", "quick") for seed in (1, 2)]


def check_plan(checks, file):
    plan = run_json([CNNC, "run", file, "--dry-run", "--json"])
    checks.equal([row["name"] for row in plan["runs"]], NAMES, "names of the runs")
    checks.that(all({"name", "variant", "seed", "set", "params", "macs"} <= set(row) for row in plan["runs"]), "keys of a run")
    checks.equal(plan["programs"] if isinstance(plan["programs"], int) else len(plan["programs"]), 2,
                 "a learning rate compiles nothing")
    some = run_json([CNNC, "run", file, "--only", "wide", "--seeds", "3..4", "--dry-run", "--json"])
    checks.equal([row["name"] for row in some["runs"]], ["steps/wide/seed3", "steps/wide/seed4"], "--only and --seeds")


def main():
    checks, folder = Checks(), temporary_folder()
    file = folder / "steps.cnn"
    file.write_text(SOURCE)
    check_plan(checks, file)
    out = folder / "out"
    run([CNNC, "run", file, "--out", out])
    place = next((path.parent for path in out.rglob("summary.csv")), out)
    with open(place / "summary.csv", newline="") as table:
        rows = list(csv.DictReader(table))
    checks.equal(len(rows), len(NAMES), "rows of summary.csv", rows)
    checks.that((place / "summary.md").is_file(), "summary.md")
    results = {path.relative_to(place).parent.as_posix(): json.loads(path.read_text()) for path in place.rglob("metrics.json")}
    checks.equal(sorted(results), sorted(name.removeprefix("steps/") for name in NAMES), "folders of the runs")
    checks.that(len({json.dumps(row["test"]) for row in results.values()}) == len(NAMES), "every run is another one")
    text = (place / "wide" / "seed1" / "resolved.cnn").read_text()
    checks.that(run([CNNC, "check", place / "wide" / "seed1" / "resolved.cnn"]).returncode == 0, "resolved.cnn is a file", text)

    written = {path: path.stat().st_mtime_ns for path in place.rglob("metrics.json")}
    next(place.rglob("wide/seed2/metrics.json")).unlink()
    run([CNNC, "run", file, "--out", out, "--resume"])
    checks.that((place / "wide" / "seed2" / "metrics.json").exists(), "--resume makes what is missing")
    kept = [path for path in written if "wide/seed2" not in path.as_posix() and path.stat().st_mtime_ns == written[path]]
    checks.equal(len(kept), len(NAMES) - 1, "--resume leaves what is there")
    checks.end()


main()
