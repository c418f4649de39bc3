#!/usr/bin/env python3
"""Prints a Markdown table of an experiment's runs: for every variant the parameters, the test accuracy and loss over its seeds, and
how long it trained; with --reported FILE also what a report had measured, and whether ours reaches it.

  tools/tables.py runs/mnist10 --reported tests/studies/reported/mnist10.csv"""

import argparse
import csv
import json
import statistics
import sys
from pathlib import Path

SLACK = 0.002  # how much less than the lowest reported accuracy still counts as the same


def load_runs(folder):
    """{variant: {seed: metrics}} of all runs below the folder, which lie at VARIANT/.../seedN."""
    runs = {}
    for path in sorted(folder.rglob("metrics.json")):
        parts = path.parent.relative_to(folder).parts
        if len(parts) >= 2 and parts[-1].startswith("seed"):
            runs.setdefault("/".join(parts[:-1]), {})[int(parts[-1][4:])] = json.loads(path.read_text())
    return runs


def load_reported(path):
    """{variant: (lowest, highest)} of a CSV file with the columns variant, lowest, highest, in the report's order."""
    with open(path, newline="") as file:
        return {row["variant"]: (float(row["lowest"]), float(row["highest"])) for row in csv.DictReader(file)}


def spread(values, digits=4):
    """The mean, and the deviation if there are several."""
    mean = f"{statistics.fmean(values):.{digits}f}"
    return mean + (f" ± {statistics.stdev(values):.{digits}f}" if len(values) > 1 else "")


def verdict(accuracy, reported):
    lowest, highest = reported
    if accuracy > highest:
        return "above"
    return "within" if accuracy >= lowest - SLACK else "below"


def table(runs, reported):
    names = [name for name in reported if name in runs] + sorted(set(runs) - set(reported))
    heads = ["variant", "params", "seeds", "test accuracy", "macro F1", "test loss", "epochs", "minutes"]
    lines = []
    for name in names:
        all_metrics = list(runs[name].values())
        accuracies = [metrics["test"]["accuracy"] for metrics in all_metrics]
        cells = [name, f"{all_metrics[0]['params']:,}", str(len(all_metrics)), spread(accuracies),
                 spread([metrics["test"]["f1"]["macro"] for metrics in all_metrics]),
                 spread([metrics["test"]["loss"] for metrics in all_metrics]),
                 spread([metrics["epochs"] for metrics in all_metrics], 0),
                 spread([metrics["seconds"] / 60 for metrics in all_metrics], 1)]
        if reported:
            cells += ["", ""]
            if name in reported:
                lowest, highest = reported[name]
                cells[-2] = f"{lowest:.4f}" + (f"–{highest:.4f}" if highest != lowest else "")
                cells[-1] = verdict(statistics.fmean(accuracies), reported[name])
        lines.append(cells)
    heads += ["reported", "ours is"] if reported else []
    rows = [heads, ["---"] * len(heads), *lines]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="an experiment's folder")
    parser.add_argument("--reported", type=Path, help="a CSV file: variant,lowest,highest")
    options = parser.parse_args()
    runs = load_runs(options.folder)
    if not runs:
        sys.exit(f"{options.folder}: no runs below it (VARIANT/seedN/metrics.json)")
    print(table(runs, load_reported(options.reported) if options.reported else {}), end="")


if __name__ == "__main__":
    main()
