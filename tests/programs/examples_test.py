#!/usr/bin/env python3
"""Every file of examples/ and models/ is accepted, formatted and resolved to a file that resolves to itself; the examples
are built, and those that need no data are trained a little.
timeout: 240"""

from support import CNNC, ROOT, Checks, compile_program, run, temporary_folder


def check_text(checks, file, folder):
    name = file.relative_to(ROOT)
    run([CNNC, "check", file])
    checks.that(run([CNNC, "fmt", "--check", file], code=None).returncode == 0, name, "is formatted")
    first, second = folder / "first.cnn", folder / "second.cnn"
    first.write_text(run([CNNC, "resolve", file]).stdout)
    second.write_text(run([CNNC, "resolve", first]).stdout)
    checks.equal(second.read_text(), first.read_text(), name, "resolves to what resolves to itself")


def main():
    checks, folder = Checks(), temporary_folder()
    examples = sorted((ROOT / "examples").glob("*.cnn"))
    for file in [*examples, *sorted((ROOT / "models").rglob("*.cnn"))]:
        check_text(checks, file, folder)
    for file in examples:
        place = folder / file.stem
        place.mkdir()
        program = compile_program(file, folder=place)
        run([program, "info", "--json"])
        if "source = strokes" in file.read_text():
            done = run([program, "train", "--limit", 400, "--epochs", 1, "--out", place / "run"])
            checks.that((place / "run" / "metrics.json").exists(), file.name, "trains", done.stderr)
    checks.end()


main()
