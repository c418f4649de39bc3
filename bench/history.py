#!/usr/bin/env python3
"""The history of benchmarks: a JSON line a run, and its plot.

usage: history.py HISTORY PLOT.svg

Plots the ratios to PyTorch over the runs of the machine that the last one was made on.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

import report

MEAN = "geometric mean"
COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"]  # Okabe and Ito's, which the colour-blind can tell apart
MARKS = [7, 5, 9]  # gnuplot's circle, square, triangle
TICKS = 8          # runs that are named below the plot, at most


def rounded(value):
    """Numbers with four digits: more would only say that machines are noisy."""
    if isinstance(value, float):
        return float(f"{value:.4g}")
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [rounded(item) for item in value]
    return value


def append(path, document):
    with open(path, "a", encoding="utf-8") as file:
        file.write(json.dumps(rounded(document), separators=(",", ":")) + "\n")


def load(path):
    text = Path(path).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines() if line.strip()]


def same_machine(runs):
    """The runs whose ratios may be compared with the last one's."""
    machine = lambda run: (run["machine"]["processor"], run["machine"]["threads"])
    return [run for run in runs if machine(run) == machine(runs[-1])]


def series(runs):
    """{model: [(number of the run, ratio)]}, with the geometric mean last, in the order of the last run."""
    lines = {name: [] for name in [*runs[-1]["models"], MEAN]}
    for number, run in enumerate(runs, 1):
        for name, result in run["models"].items():
            value = report.ratio(result["all_threads"])
            if name in lines and value is not None:
                lines[name].append((number, value))
        values = report.ratios(run["models"], "all_threads")
        if values:
            lines[MEAN].append((number, report.geometric_mean(values)))
    return {name: points for name, points in lines.items() if points}


def plot_script(runs):
    """What gnuplot is to do; it draws into its standard output."""
    lines, machine = series(runs), runs[-1]["machine"]
    named = list(enumerate(runs, 1))[::-1][::-(-len(runs) // TICKS)]
    ticks = ", ".join(f'"{run["date"][:10]}\\n{run["revision"]}" {number}' for number, run in named)
    text = ['set terminal svg size 900,460 dynamic font "sans-serif,12" background "white"',
            f'set title "Whole training steps: images a second, PyTorch\'s best = 1 ({machine["processor"]}, '
            f'{machine["threads"]} threads)" noenhanced',
            "set logscale y 2", "set yrange [0.5:*]", "set grid ytics", "set key outside right noenhanced", "set bmargin 4",
            f"set xrange [0.5:{len(runs) + 0.5}]", f"set xtics ({ticks})"]
    plots = []
    for number, (name, points) in enumerate(lines.items()):
        text += [f"$line{number} << END", *(f"{x} {y:.4g}" for x, y in points), "END"]
        mark, colour = divmod(number, len(COLOURS))
        look = f"lw 1 lc rgb '{COLOURS[colour]}' pt {MARKS[mark % len(MARKS)]} ps 0.6"
        look = "lw 3 lc rgb 'black' pt 7" if name == MEAN else look
        plots.append(f'$line{number} with linespoints {look} title "{name}"')
    return "\n".join([*text, "plot " + ", ".join(plots)]) + "\n"


def plot(history, image):
    drawn = subprocess.run(["gnuplot"], input=plot_script(same_machine(load(history))), capture_output=True, text=True)
    if drawn.returncode:
        sys.exit(f"gnuplot: {drawn.stderr.strip()}")
    Path(image).write_text(drawn.stdout, encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("history")
    parser.add_argument("image", metavar="PLOT.svg")
    options = parser.parse_args()
    plot(options.history, options.image)


if __name__ == "__main__":
    main()
