#!/usr/bin/env python3
"""What `cnnc resolve` prints is a valid file: formatted, resolved to itself, and, for every variant of the studies and examples, the same
network with the same names. Also what settings on the command line and equal variants come to.
timeout: 240"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

CNNC = os.environ["CNNC"]
ROOT = Path(__file__).resolve().parent.parent.parent
FILES = sorted(ROOT.glob("models/studies/*/*.cnn")) + sorted(ROOT.glob("examples/*.cnn"))
passed = failed = 0


def cnnc(*arguments):
    return subprocess.run([CNNC, *map(str, arguments)], capture_output=True, text=True)


def expect(what, condition, detail=""):
    global passed, failed
    if condition:
        passed += 1
    else:
        failed += 1
        print(f"FAILED {what}\n{detail}")


def written(folder, text):
    path = Path(folder) / "resolved.cnn"
    path.write_text(text)
    return path


def runs_of(path, *options):
    result = cnnc("run", path, "--dry-run", "--json", *options)
    return json.loads(result.stdout)["runs"] if result.returncode == 0 else None


def network(path, *options):
    """The layers, parameters and memory of a model; without what names the file's variant."""
    result = cnnc("summary", path, "--json", *options)
    return json.loads(result.stdout) if result.returncode == 0 else result.stderr


def check_fixpoint(folder, name, path, *options):
    first = cnnc("resolve", path, *options)
    expect(f"{name}: resolves", first.returncode == 0 and first.stdout, first.stderr)
    file = written(folder, first.stdout)
    second = cnnc("resolve", file, *(["--set", "batch=" + batch_of(first.stdout)] if options else []))
    expect(f"{name}: resolves to itself", second.stdout == first.stdout, first.stdout + "---\n" + second.stdout + second.stderr)
    formatted = cnnc("fmt", "--check", file)
    expect(f"{name}: is formatted", formatted.returncode == 0, formatted.stdout + formatted.stderr)
    return file


def batch_of(text):
    """The batch of a resolved file: given again as a setting, it asks for the one configuration rather than the whole file."""
    return next(line.split("=")[1].strip() for line in text.splitlines() if line.strip().startswith("batch ="))


def check_file(folder, path):
    name = path.name
    check_fixpoint(folder, name, path)
    variants = sorted({run["variant"] for run in runs_of(path) or []} - {"base"})
    for variant in variants:
        file = check_fixpoint(folder, f"{name} {variant}", path, "--variant", variant)
        expect(f"{name} {variant}: is the same network", network(path, "--variant", variant) == network(file), file.read_text())


def check_settings(folder):
    study = ROOT / "models/studies/mnist10/mnist10.cnn"
    resolved = cnnc("resolve", study, "--variant", "m6", "--set", "optimizer.lr=1e-2", "--set", "act=leaky_relu(0.1)", "--set",
                    "dataset.val=20%", "--set", "early_stop.patience=3").stdout
    for line in ["param filters = 16", "param filters2 = 32", "param act = leaky_relu(0.1)", "  val = 0.2", "lr = 0.01,", "    patience = 3"]:
        expect(f"--set: {line.strip()}", line in resolved, resolved)
    for setting, message in [("optimizer.lrr=1", "no argument `lrr`"), ("batch=0", "at least 1"), ("filterz=1", "did you mean `filters`?"),
                             ("batch", "NAME=VALUE"), ("batch=}", "--set"), ("lr=0.1", "optimizer.lr"), ("batch=64; epochs = 3", "--set")]:
        result = cnnc("resolve", study, "--set", setting)
        expect(f"--set {setting}: says {message}", result.returncode in (1, 2) and message in result.stderr, result.stderr)


def check_runs(folder):
    text = """param filters = 8
dataset digits { source = strokes; val = 10% }
model net on digits { rescale(1/255) -> conv(filters, 3x3) -> relu -> flatten -> dense(classes) }
train quick { epochs = 2 }
experiment widths {
  seeds = [3, 5]
  variant plain
  variant same { filters = 2 * 4 }
  variant wide { filters = 16 }
}
"""
    runs = runs_of(written(folder, text))
    names = [run["name"] for run in runs or []]
    expect("equal variants are run once", names == [f"widths/{v}/seed{s}" for v in ("plain", "wide") for s in (3, 5)], str(names))
    runs = runs_of(written(folder, text), "--only", "wide", "--seeds", "1..3")
    names = [run["name"] for run in runs or []]
    expect("--only and --seeds", names == [f"widths/wide/seed{s}" for s in (1, 2, 3)], str(names))
    result = cnnc("run", written(folder, text), "--dry-run", "--only", "wyde")
    expect("--only of no variant", result.returncode == 1 and "did you mean `wide`?" in result.stderr, result.stderr)
    result = cnnc("summary", written(folder, text), "--variant", "widths/wide", "--json")
    expect("a variant by its experiment's name", result.returncode == 0, result.stderr)
    alone = text[: text.index("experiment")]
    names = [run["name"] for run in runs_of(written(folder, alone)) or []]
    expect("a file without experiments has one run", names == ["net/base/seed1"], str(names))


def main():
    with tempfile.TemporaryDirectory() as folder:
        for path in FILES:
            check_file(folder, path)
        check_settings(folder)
        check_runs(folder)
    print(f"{passed} passed, {failed} failed")
    sys.exit(failed > 0)


main()
