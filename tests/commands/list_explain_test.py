#!/usr/bin/env python3
"""`cnnc list` shows every kind and every name, and `cnnc explain` every message; what there isn't is answered with a suggestion."""

import os
import re
import subprocess
import sys

CNNC = os.environ["CNNC"]
passed = failed = 0


def cnnc(*arguments):
    return subprocess.run([CNNC, *arguments], capture_output=True, text=True)


def expect(what, condition, detail=""):
    global passed, failed
    passed, failed = passed + bool(condition), failed + (not condition)
    if not condition:
        print(f"FAILED {what}\n{detail}")


def check_list():
    kinds = [line.split()[0] for line in cnnc("list").stdout.splitlines()]
    expect("kinds", {"layers", "joins", "activations", "losses", "optimizers", "schedules", "initializers", "datasets", "properties"} <= set(kinds))
    for kind in kinds:
        shown = cnnc("list", kind)
        expect(f"list {kind}", shown.returncode == 0 and shown.stdout and not shown.stderr, shown.stderr)
    names = []
    for kind in ("layers", "joins", "activations", "losses", "optimizers", "schedules", "initializers", "datasets",
                 "techniques", "kernels"):
        names += re.findall(r"^([a-z]\w*)", cnnc("list", kind).stdout, re.MULTILINE)
    expect("all layers are listed", {"conv", "dwconv", "dense", "batchnorm", "add", "relu", "adam", "mnist", "cosine", "he_normal", "fuse", "conv_forward"} <= set(names))
    for name in sorted(set(names)):
        shown = cnnc("list", name)
        expect(f"list {name}", shown.returncode == 0 and shown.stdout.startswith(name), shown.stderr)
    conv = cnnc("list", "conv").stdout
    expect("attributes with types, defaults and ranges", "kernel" in conv and "must be given" in conv and "default valid" in conv, conv)
    expect("properties with defaults", "default val.loss" in cnnc("list", "properties").stdout)
    wrong = cnnc("list", "optimisers")
    expect("a misspelt kind", wrong.returncode == 2 and "did you mean `optimizers`?" in wrong.stderr, wrong.stderr)


def check_explain():
    codes = [line.split()[0] for line in cnnc("explain").stdout.splitlines()]
    expect("all codes", len(codes) > 60 and len(set(codes)) == len(codes), str(codes))
    for code in codes:
        shown = cnnc("explain", code)
        expect(f"explain {code}", shown.returncode == 0 and shown.stdout.startswith(code + ": ") and len(shown.stdout) > 60, shown.stdout)
    expect("as printed in a message", cnnc("explain", "error[e0506]:").stdout.startswith("E0506"))
    wrong = cnnc("explain", "E9999")
    expect("an unknown code", wrong.returncode == 2 and "no message `E9999`" in wrong.stderr, wrong.stderr)


check_list()
check_explain()
print(f"{passed} passed, {failed} failed")
sys.exit(failed > 0)
