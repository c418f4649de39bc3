#!/usr/bin/env python3
"""usage: techniques.py CNNC [--rounds N] [--seconds S] [--threads N] [MODEL...]

What each technique gives (`cnnc list techniques`): the benchmarked models (bench/models.py; those whose name contains one of the words, or else
all) with and without it, one after the other, N times (default 9). Prints a table of rates without it, as shares of the rate with it: medians of
the pairs' shares. A dash: the program is the same. `make bench-techniques` does so for all; nothing else should run meanwhile.
"""

import argparse
import json
import re
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from models import MODELS


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"techniques.py: {' '.join(map(str, command))} failed:\n{done.stderr}")
    return done.stdout


def build(compiler, model, program, *options):
    """Builds the program; what it is in C, but for the command that wrote it."""
    command = [compiler, "build", f"models/{model.file}", *model.options, *options]
    run(*command, "-o", program)
    return re.sub(r"^// Written by .*|^ +\.command = .*", "", run(*command, "--emit", "c"), flags=re.M)


def rate(program, arguments):
    said = run(program, "bench", "--threads", str(arguments.threads), "--seconds", str(arguments.seconds), "--images", "512", "--json")
    return json.loads(said)["images_per_second"]


def share(whole, without, arguments):
    """The rate without a technique, as a share of that with it; which of the two comes first takes turns."""
    shares = []
    for number in range(arguments.rounds):
        rates = {program: rate(program, arguments) for program in ((whole, without) if number % 2 else (without, whole))}
        shares.append(rates[without] / rates[whole])
    return statistics.median(shares)


def cells(model, techniques, arguments, folder):
    whole, without = folder / "whole", folder / "without"
    text = build(arguments.compiler, model, whole)
    for technique in techniques:
        same = build(arguments.compiler, model, without, "--without", technique) == text
        yield "–" if same else f"{share(whole, without, arguments):.2f}"


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("\n")[0].removeprefix("usage: "))
    parser.add_argument("compiler")
    parser.add_argument("words", nargs="*")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=0.25)
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_intermixed_args()
    techniques = re.findall(r"^\w+", run(arguments.compiler, "list", "techniques"), re.M)
    print("| | " + " | ".join(techniques) + " |")
    print("|---" * (len(techniques) + 1) + "|", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        for model in MODELS:
            if not arguments.words or any(word in model.name for word in arguments.words):
                print(f"| {model.name} | " + " | ".join(cells(model, techniques, arguments, Path(folder))) + " |", flush=True)


if __name__ == "__main__":
    main()
