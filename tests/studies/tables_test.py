#!/usr/bin/env python3
"""tools/tables.py makes its table from the runs' metrics and what was reported, and says so when there are no runs."""

import json
import sys

from support import ROOT, Checks, run, temporary_folder


def write_run(folder, variant, seed, accuracy):
    place = folder / variant / f"seed{seed}"
    place.mkdir(parents=True)
    (place / "metrics.json").write_text(json.dumps({
        "params": 12345, "epochs": 10, "seconds": 90, "test": {"accuracy": accuracy, "loss": 0.5, "f1": {"macro": accuracy}}}))


def main():
    checks, folder = Checks(), temporary_folder()
    tool = [sys.executable, ROOT / "tools" / "tables.py", folder]
    run(tool, code=1)
    for variant, accuracies in {"m1": (0.985, 0.987), "m9": (0.975, 0.977), "mine": (0.5,)}.items():
        for seed, accuracy in enumerate(accuracies, 1):
            write_run(folder, variant, seed, accuracy)
    lines = run([*tool, "--reported", ROOT / "tests" / "studies" / "reported" / "mnist10.csv"]).stdout.splitlines()
    checks.equal(len(lines), 5, "lines")
    checks.that(lines[2].startswith("| m1 | 12,345 | 2 | 0.9860 ± 0.0014 | ") and lines[2].endswith("| 0.9845–0.9857 | above |"), lines[2])
    checks.that(lines[3].endswith("| 0.9788 | below |"), lines[3])
    checks.that(lines[4].startswith("| mine | 12,345 | 1 | 0.5000 |") and lines[4].endswith("|  |  |"), lines[4])
    checks.end()


main()
