#!/usr/bin/env python3
"""cnnc tune: records that builds use for the shapes, machine and compiler that they were made for, and for nothing else; what is
no file of records is refused.
timeout: 120"""

import json
import os
import re

from support import CNNC, ROOT, Checks, compile_program, run, run_json, temporary_folder

NETWORK = """cnn 1
dataset digits { source = strokes; val = 10% }
model net on digits { rescale(1/255) -> conv(4, 3x3, stride = 3) -> relu -> conv(8, 3x3) -> relu -> flatten -> dense(classes) }
train t { loss = crossentropy; optimizer = sgd(lr = 0.05); batch = 16; epochs = 1 }
"""
LARGE = """cnn 1
dataset digits { source = strokes; val = 10% }
model net on digits { rescale(1/255) -> conv(64, 5x5, stride = 2) -> relu -> conv(64, 1x1) -> relu -> flatten -> dense(classes) }
train t { loss = crossentropy; optimizer = sgd(lr = 0.05); batch = 16; epochs = 1 }
"""
KERNELS = (ROOT / "kernels/kernels.def").read_text()
SIZED = set(re.findall(r"^KERNEL_SIZED\((\w+), (\w+)", KERNELS, re.M))  # compiled with cnnc
SHIPPED = ROOT / "kernels/tuning.jsonl"
FAMILY = "conv_forward"
LAYER = "train.conv_2.conv_forward.2"  # the second convolution of the layer: its input's gradient
KEYS = {"family", "constants", "cpu", "real", "features", "compiler", "cnnc", "variant", "seconds", "date"}


def chosen(records, *options, **more):
    """The variant of the input gradient's convolution, and why it is not the first that fits."""
    path = temporary_folder() / "tuning.jsonl"
    path.write_text("".join(line if isinstance(line, str) else json.dumps(line) + "\n" for line in records))
    info = run_json([compile_program(NETWORK, "--records", path, *options), "info", "--json"], **more)
    return info["kernels"][LAYER], info["kernel_choices"].get(LAYER)


def check_keys(checks, record):
    """A record counts for its own key alone."""
    first = chosen([])[0]
    checks.equal(chosen([record]), ("ref", "record own:1"), "a record")
    checks.equal(chosen(["\n", record | {"family": "dense_forward"}, record]), ("ref", "record own:3"), "the third line")
    for name, value in (("real", "f64"), ("features", "avx1024"), ("compiler", "tcc 1"), ("cnnc", "0.0.0")):
        checks.equal(chosen([record | {name: value}])[0], first, "another", name)
    other = record | {"constants": record["constants"] | {"FILTERS": 5}}
    checks.equal(chosen([other])[0], first, "another shape")
    turned = record | {"constants": dict(reversed(record["constants"].items()))}
    checks.equal(chosen([turned])[0], "ref", "constants in another order")
    checks.equal(chosen([record | {"cpu": "another"}])[0], "ref", "another CPU of the same features")
    checks.equal(chosen([record | {"variant": first}, record | {"cpu": "another"}])[0], first, "the same CPU comes first")
    checks.equal(chosen([record | {"variant": first}, record])[0], "ref", "the later record")
    checks.equal(chosen([record | {"seconds": {"ref": 1}}])[0], first, "made before there was the other variant")
    checks.equal(chosen([record | {"variant": "gone", "seconds": record["seconds"] | {"gone": 1}}])[0], first, "a variant that is gone")
    checks.equal(chosen([record], "--variant-set", f"{FAMILY}={first}"), (first, "forced"), "forced over a record")
    checks.equal(chosen([record], "--march", "x86-64" if os.uname().machine == "x86_64" else "armv8-a")[0], first, "another --march")


def check_forms(checks):
    """Forms of weights follow records too, and --without records leaves them out of both."""
    path = temporary_folder() / "tuning.jsonl"
    source = path.with_name("net.cnn")
    source.write_text(LARGE)
    run([CNNC, "tune", source, "--records", path, "--seconds", "0.001"])
    for record in map(json.loads, path.read_text().splitlines()):
        checks.equal(record["variant"], best(record["family"], record["seconds"]), "the rule of tune", record)
    path.write_text(re.sub(r'"variant":"\w+"', '"variant":"ref"', path.read_text()))
    for options, variant in ((), "ref"), (("--without", "records"), "gemm"):
        info = run_json([compile_program(LARGE, "--records", path, *options), "info", "--json"])
        checks.equal(info["kernels"]["train.conv_2.conv_forward"], variant, "a form", options)
        checks.equal(bool(info["kernel_choices"]), not options, "kernel_choices", options)


def best(family, seconds):
    """What tune keeps: 5% faster than those before it, 50% if it is compiled for its shape and they are not."""
    kept = None
    for name in seconds:
        least = 1.5 if (family, kept) in SIZED and (family, name) not in SIZED else 1.05
        kept = name if kept is None or seconds[name] * least < seconds[kept] else kept
    return kept


def check_shipped(checks):
    for line in SHIPPED.read_text().splitlines():
        record = json.loads(line)
        checks.equal(record["variant"], best(record["family"], record["seconds"]), "a shipped record", line)


def check_damaged(checks, source, record):
    folder = temporary_folder()
    path = folder / "tuning.jsonl"
    whole = json.dumps(record)
    for text, said in (("{", "it is no JSON object"), (whole + "\n" + whole[:40], ":2: this is no tuning record: it is no JSON object"),
                       ("[1]", "it is no JSON object"), (json.dumps(record | {"variant": 3}), "it has no text 'variant'"),
                       (json.dumps(record | {"constants": {"HEIGHT": "x"}}), "'HEIGHT' of 'constants' is no number"),
                       (json.dumps({k: v for k, v in record.items() if k != "seconds"}), "it has no object 'seconds'")):
        path.write_text(text)
        for command in (["build", source, "-o", folder / "x"], ["tune", source, "--seconds", "0.0001"], ["bench", source]):
            done = run([CNNC, *command, "--records", path], code=1)
            checks.that(said in done.stderr and str(path) in done.stderr and done.stderr.count("\n") == 1, text, done.stderr)
        checks.equal(path.read_text(), text, "a damaged file is left alone")
    checks.that("cannot read the tuning records" in run([CNNC, "build", source, "--records", folder / "none", "-o", folder / "x"], code=1).stderr,
                "a file that is not there")


def main():
    checks = Checks()
    folder = temporary_folder()
    source, path = folder / "net.cnn", folder / "records.jsonl"
    source.write_text(NETWORK)
    said = run([CNNC, "tune", source, "--records", path, "--seconds", "0.001"]).stdout
    records = [json.loads(line) for line in path.read_text().splitlines()]
    checks.that(f"{len(records)} records in {path}" in said and "direct" in said, said)
    for record in records:
        checks.equal(set(record), KEYS, "keys")
        checks.that(record["variant"] in record["seconds"] and "threads" not in json.dumps(record), record)
    # Again: the new results take the old ones' place; those of another key stay.
    path.write_text(path.read_text() + json.dumps(records[0] | {"compiler": "tcc 1"}) + "\n")
    run([CNNC, "tune", source, "--records", path, "--seconds", "0.001"])
    again = [json.loads(line) for line in path.read_text().splitlines()]
    checks.equal((len(again), again[0]["compiler"]), (len(records) + 1, "tcc 1"), "measured again")

    record = next(r for r in records if r["family"] == FAMILY and r["constants"]["FILTERS"] == 4)
    check_keys(checks, record | {"variant": "ref"})
    check_forms(checks)
    check_shipped(checks)
    check_damaged(checks, source, record)

    # Without --records: the user's own, beside the cache.
    environment = os.environ | {"CNNC_CACHE": str(folder / "cache")}
    run([CNNC, "tune", source, "--seconds", "0.001"], env=environment)
    own = folder / "cache/tuning.jsonl"
    own.write_text(re.sub(r'"variant":"\w+"', '"variant":"ref"', own.read_text()))
    run([CNNC, "build", source, "-o", folder / "x"], env=environment)
    checks.equal(run_json([folder / "x", "info", "--json"])["kernels"][LAYER], "ref", "the user's records")
    checks.end()


if __name__ == "__main__":
    main()
