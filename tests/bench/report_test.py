#!/usr/bin/env python3
"""What benchmarks print and keep: ratios and means, the table's rows, the sentences below it, the history and its plot."""

import json
import math
import platform
import sys

from support import ROOT, Checks, run, temporary_folder

sys.path.insert(0, str(ROOT / "bench"))
import history
import machine
import report


def result(ours, eager, compiled, single=None):
    """A model's figures; a speed of None is missing."""
    rates = {"eager, contiguous": eager, "compile, channels_last": compiled}
    made = {"batch": 32, "mflop_an_image": 4.5678, "parameters": 10,
            "all_threads": {"ours": ours, "share_of_peak": 0.4567, "pytorch": {key: rate for key, rate in rates.items() if rate}},
            "peak_rss_mb": {"ours": 12.4, "pytorch": {"eager, contiguous": 700.0, "compile, channels_last": 900.0}},
            "lower_bound_bytes": 2**20, "data_bytes": 3 * 2**20, "build_seconds": 1.26,
            "failures": {} if compiled else {"compile, channels_last": "it said no"}}
    if single:
        made["one_thread"] = {"ours": single, "share_of_peak": 0.5, "pytorch": {"eager, contiguous": 100.0}}
    return made


def document(models, date="2026-01-02T03:04:05+00:00", processor="A processor", elsewhere=0.0):
    return {"date": date, "revision": "abc1234",
            "machine": {"processor": processor, "threads": 2, "elsewhere": elsewhere, "peak_gflops": 123.4, "copy_gb_per_second": 21.04},
            "versions": {"cnnc": "0.1.0", "compiler": "cc 12", "pytorch": "2.13.0"},
            "settings": {"rounds": 3, "seconds": 3.0, "images": 4096}, "models": models}


def check_numbers(checks):
    checks.close(report.geometric_mean([2, 8]), 4, 1e-12, "geometric mean")
    checks.that(math.isnan(report.geometric_mean([])), "geometric mean of nothing")
    models = {"a": result(8000, 1000, 500), "b": result(300, None, None), "c": result(400, 100, 200, single=50.0)}
    checks.equal(report.ratios(models, "all_threads"), [8.0, 2.0], "ratios to the best")
    checks.equal(report.ratios(models, "one_thread"), [0.5], "ratios on one thread")


def check_table(checks):
    columns = report.HEAD.count("|")
    checks.equal(report.RULE.count("|"), columns, "columns of the rule")
    full, without = report.row("net", result(12345.6, 1000, 2000, single=250)), report.row("net", result(300, None, None))
    checks.equal(full, "| net (32) | 4.57 | 12,346 | 2,000 (compile, channels_last) | 6.2 | 46% | 250 | 100 | 2.5 | 12 | 900 | 4 | 1.3 |",
                 "a row")
    checks.equal(without, "| net (32) | 4.57 | 300 | – | – | 46% | – | – | – | 12 | – | 4 | 1.3 |", "a row without PyTorch")
    checks.equal({full.count("|"), without.count("|")}, {columns}, "columns of the rows")


def check_sentences(checks):
    said = report.summary(document({"a": result(8000, 1000, 500, single=200), "b": result(200, 100, None, single=800)}))
    checks.equal(said[0], "Geometric mean of the 2 ratios: 4.0; on one thread 4.0.", "means")
    checks.that("123 GFLOP/s, copying 21.0 GB/s" in said[1], "limits", said[1])
    checks.that("(abc1234)" in said[2] and "3 rounds of 3 seconds" in said[2], "versions", said[2])
    checks.equal(said[3:], ["b: PyTorch (compile, channels_last) could not be measured: it said no"], "failures")
    busy = report.summary(document({"a": result(8000, 1000, 500)}, elsewhere=0.31))
    checks.that("31%" in busy[-1], "others were at work", busy)


def check_history(checks, folder):
    path, image = folder / "history.jsonl", folder / "speed.svg"
    runs = [document({"a": result(100.123456, 10, 20)}, processor="Another"),
            document({"a": result(400, 100, 50)}, date="2026-02-03T00:00:00+00:00"),
            document({"a": result(1600, 100, 50), "b": result(100, 100, None)}, date="2026-03-04T00:00:00+00:00")]
    for entry in runs:
        history.append(path, entry)
    lines = path.read_text().splitlines()
    checks.equal(len(lines), 3, "a line a run")
    checks.equal(json.loads(lines[0])["models"]["a"]["all_threads"]["ours"], 100.1, "four digits")
    kept = history.same_machine(history.load(path))
    checks.equal([run["date"][:10] for run in kept], ["2026-02-03", "2026-03-04"], "runs of the same machine")
    checks.equal(history.series(kept), {"a": [(1, 4.0), (2, 16.0)], "b": [(2, 1.0)], "geometric mean": [(1, 4.0), (2, 4.0)]}, "series")
    run([sys.executable, ROOT / "bench" / "history.py", path, image])
    drawn = image.read_text()
    checks.that(drawn.startswith("<?xml") and all(text in drawn for text in ("geometric mean", "2026-03-04", "A processor")), "the plot")


def check_machine(checks, folder):
    """Two generations that are called the same are two machines."""
    file = folder / "cpuinfo"
    file.write_text("processor\t: 0\ncpu family\t: 25\nmodel\t\t: 17\nmodel name\t: AMD EPYC\n\nprocessor\t: 1\nmodel\t\t: 18\n")
    checks.equal(machine.processor(file), "AMD EPYC (family 25, model 17)", "family and model")
    file.write_text("model name\t: Another: one\n")
    checks.equal(machine.processor(file), "Another: one", "where there are none")
    checks.equal(machine.processor(folder / "missing"), platform.machine(), "where nothing is known")


def main():
    checks = Checks()
    check_numbers(checks)
    check_table(checks)
    check_sentences(checks)
    folder = temporary_folder()
    check_history(checks, folder)
    check_machine(checks, folder)
    checks.end()


main()
