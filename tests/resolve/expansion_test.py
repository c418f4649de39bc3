#!/usr/bin/env python3
"""What bodies expand to: the layers of a model, their weights' names and their shapes, for every construct of the language.
Each model ends as written; `cnnc summary --json` shows its layers."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

CNNC = os.environ["CNNC"]
passed = failed = 0
folder = Path(tempfile.mkdtemp())


def summary(text):
    path = folder / "net.cnn"
    path.write_text("cnn 1\n" + text)
    result = subprocess.run([CNNC, "summary", str(path), "--json"], capture_output=True, text=True)
    return json.loads(result.stdout) if result.returncode == 0 else result.stderr


def expect(what, wanted, found):
    global passed, failed
    if wanted == found:
        passed += 1
        return
    failed += 1
    print(f"FAILED {what}\n  wanted {wanted}\n  found  {found}")


def layers(what, text, wanted):
    """wanted: "name OUTPUT" of each layer, e.g. "stage.conv 26x26x8"."""
    found = summary(text)
    if isinstance(found, dict):
        found = [f"{row['name']} {'x'.join(map(str, row['output']))}" for row in found["layers"]]
    expect(what, wanted.split(", "), found)


def body(text, before="", size="8x8x3"):
    return f"{before}\nmodel net(input = {size}, classes = 4) {{\n{text}\n}}\n"


def first_filters(what, expression, wanted, before=""):
    layers(what, body(f"conv({expression}, 1x1)", before), f"conv 8x8x{wanted}")


# Names of weights
layers("layers are numbered", body("relu -> relu -> conv(2, 1x1) -> relu"), "relu 8x8x3, relu_2 8x8x3, conv 8x8x2, relu_3 8x8x2")
layers("a label names the element to its right", body("relu -> c1 = conv(2, 1x1) -> conv(2, 1x1)"), "relu 8x8x3, c1 8x8x2, conv 8x8x2")
layers("a label in a repeat is numbered", body("repeat 2 { c = relu }"), "c 8x8x3, c_2 8x8x3")
layers("a number that a label has is passed over", body("relu_2 = relu -> relu -> relu"), "relu_2 8x8x3, relu 8x8x3, relu_3 8x8x3")
layers("both ways of an if may label alike", body("if channels == 3 { c = relu } else { c = tanh }"), "c 8x8x3")
layers("blocks are parents", body("a() -> a() -> x = a()", "block a() { relu -> relu }"),
       "a.relu 8x8x3, a.relu_2 8x8x3, a_2.relu 8x8x3, a_2.relu_2 8x8x3, x.relu 8x8x3, x.relu_2 8x8x3")
layers("blocks in blocks", body("b()", "block a() { relu }\nblock b() { a() -> a() }"), "b.a.relu 8x8x3, b.a_2.relu 8x8x3")
layers("branches are parents", body("branch s { relu }\nconv(3, 1x1)\nadd(s)"), "s.relu 8x8x3, conv 8x8x3, add 8x8x3")

# Blocks
layers("layer-valued parameters", body("a() -> a(tanh, avgpool(3, stride = 1))", "block a(act = leaky_relu(0.1), pool = maxpool) { act -> pool }"),
       "a.leaky_relu 8x8x3, a.maxpool 4x4x3, a_2.tanh 4x4x3, a_2.avgpool 2x2x3")
layers("a called parameter adds its arguments", body("a()", "block a(pool = maxpool(2)) { pool(stride = 1) }"), "a.maxpool 7x7x3")
layers("a block as a parameter", body("a(b)", "block b(n = 5) { conv(n, 1x1) }\nblock a(part) { part -> part(6) }"), "a.b.conv 8x8x5, a.b_2.conv 8x8x6")
layers("a bare block", body("b", "block b(n = 5) { conv(n, 1x1) }"), "b.conv 8x8x5")
layers("defaults see parameters before them and what enters", body("a(5)", "block a(n, m = n + channels) { conv(m, 1x1) }"), "a.conv 8x8x8")
layers("a block sees params of its file", body("a()", "param n = 7\nblock a() { conv(n, 1x1) }"), "a.conv 8x8x7")
layers("parameters come before params", body("a(2)", "param n = 7\nblock a(n) { conv(n, 1x1) }"), "a.conv 8x8x2")

# What enters
layers("channels of a branch and a block", body("conv(4, 1x1)\nbranch s { conv(channels*2, 1x1) -> conv(channels, 1x1) }\nconv(channels, 1x1) -> a()\nadd(s)",
       "block a() { conv(channels + 1, 3x3, pad = same) -> conv(height/2, 1x1) }"),
       "conv 8x8x4, s.conv 8x8x8, s.conv_2 8x8x4, conv_2 8x8x3, a.conv 8x8x4, a.conv_2 8x8x4, add 8x8x4")
layers("if and repeat open no scope", body("conv(5, 1x1)\nif true { conv(channels, 1x1) }\nrepeat 1 { conv(classes, 1x1) }"), "conv 8x8x5, conv_2 8x8x3, conv_3 8x8x4")
layers("a vector has channels", body("flatten -> a()", "block a() { dense(channels/2) }"), "flatten 192, a.dense 96")

# repeat and if
layers("repeat over a range", body("repeat i in 2..3 { conv(i, 1x1) }"), "conv 8x8x2, conv_2 8x8x3")
layers("an empty range", body("relu\nrepeat i in 1..0 { tanh }"), "relu 8x8x3")
layers("repeat over a list", body("repeat n in [5, 2] { conv(n, 1x1) }"), "conv 8x8x5, conv_2 8x8x2")
layers("else", body("if width < 8 or not (height == 8) { relu } else { tanh }"), "tanh 8x8x3")
layers("the left side guards the right", body("if channels == 1 and 1/0 == 1 { relu } else { tanh }"), "tanh 8x8x3")

# Branches and joins
layers("an empty branch is the identity", body("branch s { }\nrelu\nadd(s)"), "relu 8x8x3, add 8x8x3")
layers("a join of one takes the current tensor first", body("branch s { conv(1, 1x1) }\nrelu\nconcat(s)"), "s.conv 8x8x1, relu 8x8x3, concat 8x8x4")
layers("a join of several takes exactly these", body("branch a { conv(1, 1x1) }\nbranch b { conv(2, 1x1) }\nconcat(b, a)"),
       "a.conv 8x8x1, b.conv 8x8x2, concat 8x8x3")
layers("layers between branches are part of the later one", body("branch a { }\nrelu\nbranch b { tanh }\nadd(a, b)"),
       "relu 8x8x3, b.tanh 8x8x3, add 8x8x3")
layers("a name can be used again after its join", body("repeat 2 { branch s { }\nrelu\nadd(s) }\nbranch s { relu }\nadd(s)\nbranch s { tanh }\nadd(s)"),
       "relu 8x8x3, add 8x8x3, relu_2 8x8x3, add_2 8x8x3, s_3.relu 8x8x3, add_3 8x8x3, s_4.tanh 8x8x3, add_4 8x8x3")
layers("mul broadcasts", body("branch s { global_avgpool(keep = true) }\nmul(s)"), "s.global_avgpool 1x1x3, mul 8x8x3")

# Arithmetic
first_filters("exact decimals", "0.29*100", 29)
first_filters("exact fractions", "10/3*3", 10)
first_filters("percentages", "20*25%", 5)
first_filters("rounding down", "floor(7/2)", 3)
first_filters("rounding up", "ceil(7/3)", 3)
first_filters("halves are rounded up", "round(5/2)", 3)
first_filters("a negative half", "5 + round(-5/2)", 2)
first_filters("precedence", "2 + 3*4 - (6 - 2)/2", 12)
first_filters("smallest and largest", "max(2, min(7, 5), 3)", 5)
first_filters("params follow each other", "b", 12, "param b = a*2\nparam a = 6")

# Properties
found = summary(body("conv(5, 1x1) -> conv(5, 1x1, frozen = false) -> batchnorm", "", "8x8x3").replace("classes = 4", "classes = 4, frozen = true"))
expect("the innermost `frozen` wins", {"total": 20 + 30 + 20, "trainable": 30, "frozen": 40}, found["params"] if isinstance(found, dict) else found)

# use: once, from the file's own folder
(folder / "parts").mkdir()
(folder / "parts" / "a.cnn").write_text('cnn 1\nuse "b.cnn"\nparam n = 3\nblock a() { conv(n, 1x1) -> b() }\n')
(folder / "parts" / "b.cnn").write_text("cnn 1\nblock b() { relu }\n")
layers("use is relative to the file, and once", 'use "parts/a.cnn"\nuse "parts/b.cnn"\nuse "parts/../parts/a.cnn"\n' + body("a() -> b()"),
       "a.conv 8x8x3, a.b.relu 8x8x3, b.relu 8x8x3")

print(f"{passed} passed, {failed} failed")
sys.exit(failed > 0)
