#!/usr/bin/env python3
"""Finds and runs the tests. tests/README.md has the conventions."""

import argparse
import difflib
import os
import re
import shlex
import signal
import subprocess
import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TESTS = ROOT / "tests"
SKIPPED = 77
APART = {"oracle", "fuzz"}  # folders with runners of their own
COUNTS = re.compile(r"(\d+) passed, (\d+) failed")
TIMEOUT = re.compile(r"timeout: (\d+)")


class Result:
    """What became of one test: its counts, and the text that says why."""

    def __init__(self, passed=0, failed=0, skipped=0, text=""):
        self.passed, self.failed, self.skipped, self.text = passed, failed, skipped, text


def seconds_allowed(path, slower):
    with open(path, encoding="utf-8", errors="replace") as file:
        head = "".join(line for line, _ in zip(file, range(10)))
    found = TIMEOUT.search(head)
    return (int(found.group(1)) if found else 60) * slower


def environment(options, folder):
    values = dict(os.environ, CNNC=str(options.cnnc), CNNC_TREE=str(options.tree), TMPDIR=folder, LC_ALL="C.UTF-8",
                  NO_COLOR="1", PYTHONPATH=str(TESTS), PYTHONDONTWRITEBYTECODE="1")
    shared = ROOT.parent / "shared" / "data"
    if "CNN_DATA" not in values and shared.is_dir():
        values["CNN_DATA"] = str(shared)
    if options.long:
        values["CNN_LONG"] = "1"
    values.pop("MAKEFLAGS", None)
    return values


def execute(command, where, seconds, options):
    """(exit code, stdout, stderr); the exit code is None when the time was up. All that it started ends with it."""
    with tempfile.TemporaryDirectory(prefix="cnnc-test-") as folder:
        process = subprocess.Popen(command, cwd=where, env=environment(options, folder), stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)
        try:
            out, err = process.communicate(timeout=seconds)
            code = process.returncode
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            out, err = process.communicate()
            code = None
        decode = lambda data: data.decode("utf-8", errors="backslashreplace")
        return code, decode(out), decode(err)


class Golden:
    """A command's output on an input file, compared with NAME.out."""

    def __init__(self, source, expected, options):
        self.source, self.expected, self.options = source, expected, options
        self.name = str(source.relative_to(TESTS))

    def command(self):
        own = self.source.with_suffix(".command")
        words = shlex.split((own if own.exists() else self.source.parent / "command").read_text())
        program = self.options.tree / "tests" / self.source.parent.relative_to(TESTS) / words[0]
        words[0] = str(self.options.cnnc if words[0] == "cnnc" else program if program.exists() else words[0])
        return [word.replace("{}", self.source.name) for word in words]

    def run(self):
        code, out, err = execute(self.command(), self.source.parent, seconds_allowed(self.source, self.options.slower),
                                 self.options)
        if code is None:
            return Result(failed=1, text="did not end in time")
        actual = out + err
        if code != 0:
            actual += ("" if actual.endswith("\n") or not actual else "\n") + f"exit {code}\n"
        expected = self.expected.read_text() if self.expected.exists() else ""
        if actual == expected:
            return Result(passed=1)
        if self.options.update:
            self.expected.write_text(actual)
            return Result(passed=1, text="written anew")
        lines = difflib.unified_diff(expected.splitlines(True), actual.splitlines(True), "expected", "printed")
        return Result(failed=1, text="".join(lines))


class Program:
    """A program or script that says by its exit code whether it passed."""

    def __init__(self, source, command, options):
        self.source, self.command, self.options = source, command, options
        self.name = str(source.relative_to(TESTS))

    def run(self):
        seconds = seconds_allowed(self.source, self.options.slower)
        code, out, err = execute(self.command, ROOT, seconds, self.options)
        said = out + err
        if code == SKIPPED:
            return Result(skipped=1, text=(said.strip().splitlines() or ["no reason given"])[-1])
        counts = COUNTS.fullmatch((out.strip().splitlines() or [""])[-1])
        passed, failed = map(int, counts.groups()) if counts else (0, 0)
        if code == 0:
            return Result(passed=passed or 1, failed=failed, text=said if failed else "")
        why = "did not end in time" if code is None else f"exit {code}"
        return Result(passed=passed, failed=failed or 1, text=f"{said}\n{why}")


def discover(options):
    tests = []
    for folder in sorted(path for path in TESTS.rglob("*") if path.is_dir()):
        if folder.relative_to(TESTS).parts[0] in APART or folder.name == "__pycache__":
            continue
        files = sorted(folder.iterdir())
        for path in files:
            stem = path.name.removesuffix(".out")
            if path.suffix == ".out":
                sources = [f for f in files if f.stem == stem and f.suffix not in (".out", ".command")]
                tests += [Golden(source, path, options) for source in sources[:1]]
                if not sources:
                    raise SystemExit(f"{path}: no input file beside it")
            elif path.suffix == ".cnn" and (folder / "command").exists() and not path.with_suffix(".out").exists():
                tests.append(Golden(path, path.with_suffix(".out"), options))  # prints nothing, or is new
            elif path.name.endswith("_test.py") and (options.long or not path.name.endswith("_long_test.py")):
                tests.append(Program(path, [sys.executable, str(path)], options))
            elif path.name.endswith("_test.c"):
                program = options.tree / path.relative_to(ROOT).with_suffix("")
                tests.append(Program(path, [str(program)], options))
    return [test for test in tests if not options.pattern or any(p in test.name for p in options.pattern)]


def indent(text, most=60):
    lines = text.rstrip().splitlines()
    if len(lines) > most:
        lines = lines[:most // 2] + [f"... {len(lines) - most} lines ..."] + lines[-most // 2:]
    return "".join(f"    {line}\n" for line in lines)


def main():
    parser = argparse.ArgumentParser(description="Runs the tests.")
    parser.add_argument("pattern", nargs="*", help="only tests whose path below tests/ contains one of these")
    parser.add_argument("--update", action="store_true", help="write what golden cases print into their .out files")
    parser.add_argument("--long", action="store_true", help="the tests that take minutes, too")
    parser.add_argument("--list", action="store_true", help="only list the tests")
    parser.add_argument("--jobs", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--tree", type=Path, default=ROOT / "build", help="the folder of the build under test")
    parser.add_argument("--slower", type=float, default=1, help="a factor for all timeouts")
    options = parser.parse_args()
    options.tree = options.tree.resolve()
    options.cnnc = options.tree / "cnnc"

    tests = discover(options)
    if options.list:
        print("\n".join(test.name for test in tests))
        return 0
    total, lock = Result(), threading.Lock()

    def one(test):
        try:
            result = test.run()
        except OSError as error:
            result = Result(failed=1, text=str(error))
        with lock:
            total.passed += result.passed
            total.failed += result.failed
            total.skipped += result.skipped
            if result.failed:
                print(f"FAILED {test.name}\n{indent(result.text)}", flush=True)
            elif result.skipped:
                print(f"skipped {test.name}: {result.text}", flush=True)
            elif result.text:
                print(f"{test.name}: {result.text}", flush=True)

    with ThreadPoolExecutor(options.jobs) as pool:
        list(pool.map(one, tests))
    print(f"{total.passed} passed, {total.failed} failed" + (f", {total.skipped} skipped" if total.skipped else ""))
    return 1 if total.failed or not total.passed else 0


if __name__ == "__main__":
    sys.exit(main())
