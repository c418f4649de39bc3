#!/usr/bin/env python3
"""Residual networks of thousands of layers: they are checked within a second, and planned; where there are too many
layers, or variants, it is said."""

import resource

from support import CNNC, TREE, Checks, run, run_json, temporary_folder

SOURCE = """cnn 1
dataset digits { source = strokes; val = 10% }
block unit(c) {
  branch skip { }
  conv(c, 3x3, pad = same) -> batchnorm -> relu -> conv(c, 3x3, pad = same) -> batchnorm
  add(skip) -> relu
}
model net on digits {
  rescale(1/255) -> conv(8, 3x3, pad = same)
  repeat UNITS { unit(8) }
  global_avgpool -> dense(classes)
}
train t { loss = crossentropy; optimizer = sgd(lr = 0.1); batch = 32; epochs = 1 }
"""
ONE_UNIT, OTHERS = 7, 4
CONV, NORM = 8 * 8 * 9 + 8, 4 * 8


def write(folder, units):
    file = folder / f"residual{units}.cnn"
    file.write_text(SOURCE.replace("UNITS", str(units)))
    return file


def processor_seconds():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main():
    checks, folder = Checks(), temporary_folder()
    units = 400
    before = processor_seconds()
    run([CNNC, "check", write(folder, 1427)])
    took = processor_seconds() - before
    if TREE.name == "build":  # sanitizers slow it down
        checks.that(took < 1, "9,993 layers are checked within a second, not", took)
    summary = run_json([CNNC, "summary", write(folder, units), "--json"])
    checks.equal(len(summary["layers"]), units * ONE_UNIT + OTHERS, "layers")
    checks.equal(summary["params"]["total"], units * 2 * (CONV + NORM) + 80 + 90, "params")
    checks.that(summary["memory"]["lower_bound"] <= summary["memory"]["arena"] < summary["memory"]["unplanned"], summary["memory"])
    said = run([CNNC, "check", write(folder, 1430)], code=1).stderr
    checks.that("over 10000 layers" in said and "`repeat`" in said and said.count("error[") == 1, said)
    variants = "".join(f"  variant v{i} from v{i // 2} {{ batch = {i + 1} }}\n" for i in range(1, 20000))
    many = folder / "many.cnn"
    many.write_text(SOURCE.replace("UNITS", "1") + f"experiment many {{ model = net; train = t\n  variant v0\n{variants}}}\n")
    before = processor_seconds()
    said = run([CNNC, "check", many], code=1).stderr
    took = processor_seconds() - before
    checks.that("experiment many has over 1000 variants" in said, said[-200:])
    if TREE.name == "build":
        checks.that(took < 2, "20,000 variants took", took)
    checks.end()


main()
