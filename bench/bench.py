#!/usr/bin/env python3
"""Whole training steps of cnnc's programs and of PyTorch, measured in turns in one run.

usage: bench.py CNNC --pytorch PYTHON [options] [MODEL ...]

Prints a Markdown table of medians, one row a model as it is measured, and what has to be said beside it: the FMA peak and the
copying rate of the same run. --history appends all of it to a file, as a line of JSON.
"""

import argparse
import datetime
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import history
import machine
import report
from models import MODELS
from worker import Failure, Worker

ROOT = Path(__file__).resolve().parent.parent
LAYOUTS = ["contiguous", "channels_last"]


def output(*command, **environment):
    words = [str(word) for word in command]
    done = subprocess.run(words, capture_output=True, text=True, env=dict(os.environ, **environment))
    if done.returncode:
        sys.exit(f"{' '.join(words)}:\n{done.stderr.strip()}")
    return done.stdout


def build(cnnc, model, folder):
    """The program, compiled from nothing, and the seconds that took."""
    program = folder / "program"
    start = time.monotonic()
    output(cnnc, "build", ROOT / "models" / model.file, *model.options, "-o", program, CNNC_CACHE=str(folder / "cache"))
    return program, time.monotonic() - start


def check_same(model, params, ready, candidate):
    """Ends everything if the networks differ: their speeds would say nothing about each other."""
    ours, theirs = (params["trainable"], params["total"]), (ready["trainable"], ready["trainable"] + ready["statistics"])
    if ours != theirs:
        sys.exit(f"{model.name}: cnnc's network has {ours[0]:,} trained parameters, {ours[1]:,} in all, and PyTorch's ({candidate}) "
                 f"{theirs[0]:,} and {theirs[1]:,}")


class Measurement:
    """One model, with its program and a process for each way of PyTorch."""

    def __init__(self, model, options, folder, elsewhere):
        self.model, self.options, self.folder, self.elsewhere = model, options, folder, elsewhere
        self.failures, self.start_seconds, self.memory, self.measured, self.version = {}, {}, {}, [], None
        self.program, self.build_seconds = build(options.cnnc, model, folder)
        self.info = json.loads(output(self.program, "info", "--json"))

    def start(self, candidate, threads):
        """A worker, or None where there is none to be had; then it is kept why."""
        try:
            worker = Worker(self.options.pytorch, self.model, candidate, threads, self.options.images,
                            self.folder / f"inductor-{threads}", self.options.start_seconds)
        except Failure as failure:
            self.failures[candidate if threads > 1 else f"{candidate}, one thread"] = str(failure)
            return None
        check_same(self.model, self.info["params"], worker.ready, candidate)
        self.version = worker.ready["version"]
        return worker

    def ours(self, threads):
        with self.elsewhere.watch():
            said = json.loads(output(self.program, "bench", "--seconds", self.options.seconds, "--threads", threads,
                                     "--images", self.options.images, "--json"))
        self.measured.append(said)
        return said

    def in_turns(self, candidates, threads):
        """Medians of ours and of each candidate. Each round begins with another of them."""
        workers, mine, theirs = {}, [], {}
        try:
            for candidate in candidates:
                worker = self.start(candidate, threads)
                if worker:
                    workers[candidate] = worker
                    self.start_seconds.setdefault(candidate, worker.ready["seconds"])
            for number in range(self.options.rounds):
                turns = [None, *workers]
                for name in turns[number % len(turns):] + turns[:number % len(turns)]:
                    if name is None:
                        mine.append(self.ours(threads))
                        continue
                    with self.elsewhere.watch(workers[name].pid):
                        said = workers[name].measure(self.options.seconds)
                    theirs.setdefault(name, []).append(said["images_per_second"])
                    self.memory[name] = max(said["peak_rss_mb"], self.memory.get(name, 0))
        finally:
            for worker in workers.values():
                worker.end()
        middle = lambda key: statistics.median(said[key] for said in mine)
        return {"ours": middle("images_per_second"),
                "spread": [min(said["spread"][0] for said in mine), max(said["spread"][1] for said in mine)],
                "share_of_peak": middle("share_of_peak"), "peak_gflops": middle("peak_gflops"),
                "copy_gb_per_second": middle("copy_gb_per_second"),
                "pytorch": {name: statistics.median(rates) for name, rates in theirs.items()}}

    def result(self):
        threads, modes = machine.threads(), ["eager"] if self.options.eager else ["eager", "compile"]
        all_threads = self.in_turns([f"{mode}, {layout}" for mode in modes for layout in LAYOUTS], threads)
        memory, first = dict(self.memory), self.measured[0]
        height, width, channels = self.model.size
        result = {"batch": self.model.batch, "mflop_an_image": 1e3 * first["gflops"] / first["images_per_second"],
                  "parameters": self.info["params"]["trainable"], "all_threads": all_threads}
        fastest = report.best(all_threads["pytorch"])
        if not self.options.all_threads_only and threads > 1 and fastest:
            result["one_thread"] = self.in_turns([fastest], 1)
        return {**result,
                "peak_rss_mb": {"ours": max(said["peak_rss_mb"] for said in self.measured), "pytorch": memory},
                "arena_bytes": first["arena_bytes"], "lower_bound_bytes": first["lower_bound_bytes"],
                "data_bytes": self.options.images * (height * width * channels + 4),
                "build_seconds": self.build_seconds, "pytorch_start_seconds": self.start_seconds, "failures": self.failures}


def revision():
    """Of the checkout, with a + where files differ from it; empty where there is none, or no git to ask."""
    if not shutil.which("git"):
        return ""
    git = lambda *words: subprocess.run(["git", "-C", str(ROOT), *words], capture_output=True, text=True).stdout.strip()
    head = git("rev-parse", "--short", "HEAD")
    return head + ("+" if head and git("status", "--porcelain", "--untracked-files=no") else "")


def chosen(names, quick):
    known = {model.name: model for model in MODELS}
    for name in names:
        if name not in known:
            sys.exit(f"there is no model '{name}'; there are {', '.join(known)}")
    return [known[name] for name in names] or [model for model in MODELS if model.quick or not quick]


def run(options):
    """Measures and prints; returns the whole document."""
    results, elsewhere, versions = {}, machine.Elsewhere(), {}
    print(report.HEAD, report.RULE, sep="\n", flush=True)
    for model in chosen(options.models, options.quick):
        with tempfile.TemporaryDirectory(prefix="cnnc-bench-") as folder:
            measurement = Measurement(model, options, Path(folder), elsewhere)
            results[model.name] = measurement.result()
            versions.update(cnnc=measurement.info["version"], compiler=measurement.info["compiler"],
                            pytorch=measurement.version or versions.get("pytorch"))
        print(report.row(model.name, results[model.name]), flush=True)
    sides = [result["all_threads"] for result in results.values()]
    return {"date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"), "revision": revision(),
            "machine": {"processor": machine.processor(), "threads": machine.threads(), "elsewhere": elsewhere.largest,
                        "peak_gflops": statistics.median(side["peak_gflops"] for side in sides),
                        "copy_gb_per_second": statistics.median(side["copy_gb_per_second"] for side in sides)},
            "versions": versions, "settings": {"rounds": options.rounds, "seconds": options.seconds, "images": options.images},
            "models": results}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cnnc")
    parser.add_argument("models", nargs="*", metavar="MODEL", help="all twelve unless given")
    parser.add_argument("--pytorch", required=True, metavar="PYTHON", help="an interpreter that has PyTorch")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=2, help="of training in each round")
    parser.add_argument("--images", type=int, default=4096, help="that lie in memory")
    parser.add_argument("--start-seconds", type=float, default=240, help="that PyTorch may take for its first step")
    parser.add_argument("--eager", action="store_true", help="without torch.compile")
    parser.add_argument("--all-threads-only", action="store_true", help="not on one thread too")
    parser.add_argument("--quick", action="store_true", help="three models, unless some are named")
    parser.add_argument("--history", metavar="FILE", help="append all figures to it")
    options = parser.parse_intermixed_args()
    for program in (options.cnnc, options.pytorch):
        if not shutil.which(program):
            sys.exit(f"there is no program {program}: `make bench` builds cnnc and installs PyTorch")
    document = run(options)
    print("", *report.summary(document), sep="\n")
    if options.history:
        history.append(options.history, document)


if __name__ == "__main__":
    main()
