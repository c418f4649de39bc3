#!/usr/bin/env python3
"""The compiler's command line: exit codes, what goes to stdout, JSON documents, and that no two messages share a name."""

import json
import os
import re

from support import CNNC, ROOT, Checks, run, run_json, temporary_folder

GOOD = """cnn 1
dataset digits { source = strokes; val = 10% }
model net on digits { rescale(1/255) -> conv(4, 3x3) -> relu -> flatten -> dense(classes) }
train t { loss = crossentropy; optimizer = sgd(lr = 0.1); batch = 32; epochs = 1 }
"""
BAD = GOOD.replace("relu", "rleu").replace("strokes", "stroke")


def check_usage(checks, folder):
    for command in ([], ["chekc"], ["check"], ["check", "--jsno", "x.cnn"], ["build"], ["explain", "E"]):
        done = run([CNNC, *command], code=None)
        checks.equal((done.returncode, done.stdout), (2, ""), "usage:", command)
        checks.that(done.stderr.startswith(("cnnc", "usage")), "says what is wrong:", done.stderr)
    checks.that("check" in run([CNNC, "chekc"], code=2).stderr, "a misspelt command gets a suggestion")
    for command in ("check", "resolve", "summary", "build", "run", "fmt", "explain", "list"):
        checks.that(f"cnnc {command}" in run([CNNC, "help"]).stdout, "help lists", command)
        checks.that(run([CNNC, command, "--help"]).stdout != "", command, "--help")
    for command in ("build", "run"):
        said = run([CNNC, command, folder / "absent.cnn", "--without", "fuse,fuze"], code=2).stderr
        checks.that("--without fuze" in said and "recompute" in said, command, "lists the techniques:", said)
    for command in (["check"], ["resolve"], ["summary"], ["fmt"], ["build", "-o", folder / "x"], ["run"]):
        done = run([CNNC, *command, folder / "absent.cnn"], code=1)
        checks.that("absent.cnn" in done.stderr, command, "names the absent file:", done.stderr)
        checks.equal(done.stdout, "", command, "prints nothing on stdout")


def check_many_mistakes(checks, folder):
    many = folder / "many.cnn"
    many.write_text("cnn 1\n" + "@" * 50000)
    lines = run([CNNC, "check", many], code=1).stderr.splitlines()
    checks.equal(lines[-1], "50000 errors; the first 200 are shown", "the count of too many mistakes")
    checks.equal(sum(line.startswith("error") for line in lines), 200, "mistakes shown")
    said = json.loads(run([CNNC, "check", many, "--json"], code=1).stdout)
    checks.equal((len(said["diagnostics"]), said["errors"]), (200, 50000), "too many mistakes as JSON")


def check_messages(checks, folder):
    good, bad = folder / "good.cnn", folder / "bad.cnn"
    good.write_text(GOOD)
    bad.write_text(BAD)
    run([CNNC, "check", good])
    done = run([CNNC, "check", bad], code=1)
    checks.that("`relu`" in done.stderr and "`strokes`" in done.stderr, "both mistakes, with suggestions:", done.stderr)
    checks.equal(run_json([CNNC, "check", good, "--json"]), {"diagnostics": [], "errors": 0, "warnings": 0}, "JSON of a good file")
    said = json.loads(run([CNNC, "check", bad, "--json"], code=1).stdout)
    checks.equal(said["errors"], 2, "errors in JSON")
    for row in said["diagnostics"]:
        code = row["code"]
        checks.that(len(run([CNNC, "explain", code]).stdout) > 80, "explain", code)
    checks.equal(run([CNNC, "build", bad, "-o", folder / "x"], code=1).stdout, "", "build prints messages on stderr")
    checks.that(not (folder / "x").exists(), "no program of a wrong file")


def check_format(checks, folder):
    file = folder / "format.cnn"
    file.write_text(GOOD.replace("; ", " ;  "))
    checks.that("format.cnn" in run([CNNC, "fmt", "--check", file], code=1).stdout, "fmt --check names the file")
    run([CNNC, "fmt", file])
    run([CNNC, "fmt", "--check", file])
    formatted = file.read_text()
    run([CNNC, "fmt", file])
    checks.equal(file.read_text(), formatted, "formatting twice changes nothing")


def check_tables(checks):
    for table in ("layers", "activations", "losses", "optimizers", "schedules", "initializers", "datasets"):
        lines = run([CNNC, "list", table]).stdout.splitlines()
        checks.that(len(lines) >= 2, "list", table, lines)
    layers = "".join(run([CNNC, "list", table]).stdout for table in ("layers", "joins", "activations"))
    for name in ("conv", "dwconv", "dense", "maxpool", "avgpool", "minpool", "global_avgpool", "global_maxpool", "batchnorm", "dropout",
                 "drop_path", "flatten", "reshape", "identity", "resize", "rescale", "standardize", "normalization", "zero_pad",
                 "rgb", "add", "mul", "concat", "softmax"):
        checks.that(re.search(rf"^\s*{name}\b", layers, re.MULTILINE), "a list has", name)


def check_stages(checks, folder):
    """Every stage can be seen."""
    good = folder / "good.cnn"
    for stage in ("ast", "ir", "plan", "loops", "c"):
        checks.that(run([CNNC, "build", good, "--emit", stage]).stdout.strip(), "--emit", stage)
    text = run([CNNC, "build", good, "--emit", "c"]).stdout
    checks.that("train" in text and "#include" in text, "the C is there")
    for header in re.findall(r'#include "([^"]+)"', text):
        checks.that((ROOT / "runtime" / header).exists() or (ROOT / "kernels" / header).exists(),
                    "generated code includes nothing of the compiler's:", header)


def check_cuda(checks, folder):
    """A target that is not built yet is refused in one line, whatever else is on the command line."""
    for words in (["--target", "cuda", "-o", folder / "x"], ["--target=cuda", "--emit", "ptx"], ["--emit", "cuda"]):
        done = run([CNNC, "build", folder / "good.cnn", *words], code=1)
        checks.equal(done.stdout, "", *words, "prints nothing on stdout")
        checks.that("CUDA cannot be built yet" in done.stderr and done.stderr.count("\n") == 1, *words, done.stderr)
    checks.that(not (folder / "x").exists(), "no program")
    checks.that("CUDA cannot be built yet" in run([CNNC, "build", "--help"]).stdout, "--help says so too")
    for words in (["--target", "gpu"], ["--emit", "ptx"]):
        done = run([CNNC, "build", folder / "good.cnn", *words, "-o", folder / "x"], code=2)
        checks.that("cuda" not in done.stderr, "what may be written does not list it:", done.stderr)


def check_output(checks, folder):
    """Where no program can be put, that is said before anything is compiled."""
    environment = dict(os.environ, CNNC_CACHE=str(folder / "empty"))
    for place, word in ((folder / "none/x", "No such file"), (folder / "good.cnn/x", "Not a directory"), (folder, "it is a folder"),
                        ("/dev/null", "it is no file")):
        done = run([CNNC, "build", folder / "good.cnn", "-o", place], code=1, env=environment)
        checks.equal(done.stderr, f"cnnc build: cannot write the program to {place}: {done.stderr.rsplit(': ')[-1]}", "one line")
        checks.that(word in done.stderr, place, done.stderr)
    checks.that(not (folder / "empty").exists(), "nothing was compiled")


def main():
    checks, folder = Checks(), temporary_folder()
    check_usage(checks, folder)
    check_many_mistakes(checks, folder)
    check_messages(checks, folder)
    check_format(checks, folder)
    check_tables(checks)
    check_stages(checks, folder)
    check_cuda(checks, folder)
    check_output(checks, folder)
    checks.end()


main()
