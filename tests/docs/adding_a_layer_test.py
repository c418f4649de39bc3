#!/usr/bin/env python3
"""Follows docs/adding-a-layer.md in a copy of the sources: the row and the file of the walk are all it takes.
timeout: 300"""

import re
import shutil

from support import ROOT, Checks, run, temporary_folder

SOURCES = ["Makefile", "packages.txt", "tools", "compiler", "grammar", "runtime", "kernels", "models"]
BUILT = ["object", "generated", "lib", "libraries.mk", "packages-build"]  # so that only what changed is compiled


def block(text, kind):
    """The text of the page's ```kind block."""
    return re.search(rf"```{re.escape(kind)}\n(.*?)```", text, re.DOTALL).group(1)


def copy(folder):
    for name in SOURCES + [f"build/{name}" for name in BUILT]:
        source, target = ROOT / name, folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target)
        elif source.exists():
            shutil.copy2(source, target)


def main():
    checks, folder = Checks(), temporary_folder() / "copy"
    page = (ROOT / "docs" / "adding-a-layer.md").read_text()
    copy(folder)
    with open(folder / "compiler" / "ops" / "ops.def", "a") as table:
        table.write(block(page, "ops.def"))
    (folder / "compiler" / "ops" / "softplus.c").write_text(block(page, "softplus.c"))
    run(["make", "-j2", "build/cnnc", "build/lib/libcnnrt.a"], cwd=folder)

    cnnc = folder / "build" / "cnnc"
    example = folder / "example.cnn"
    example.write_text(block(page, "cnn"))
    run([cnnc, "check", example])
    checks.that("softplus" in run([cnnc, "list", "layers"]).stdout, "`list layers` shows the new layer")
    wrong = folder / "wrong.cnn"
    wrong.write_text(example.read_text().replace("beta = 2", "bta = 2"))
    said = run([cnnc, "check", wrong], code=1)
    checks.that("`beta`" in said.stdout + said.stderr, "a misspelt attribute is answered", said.stderr)
    run([cnnc, "build", example, "-o", folder / "program"])
    said = run([folder / "program", "train", "--limit", 512, "--out", folder / "run"])
    checks.that((folder / "run" / "metrics.json").exists(), "the network with the new layer trains", said.stderr)
    checks.end()


main()
