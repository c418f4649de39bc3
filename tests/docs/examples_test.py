#!/usr/bin/env python3
"""Every ```cnn block of the documentation is a file that `cnnc check` accepts, but for what it says itself is an error: a block whose
first line is `# error` must be refused. Blocks without `cnn 1` get it."""

import re

from support import CNNC, ROOT, Checks, run, temporary_folder

LAYERS_OF_A_WALK = {"adding-a-layer.md"}  # has a test of its own


def main():
    checks, folder = Checks(), temporary_folder()
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    for page in pages:
        if page.name in LAYERS_OF_A_WALK or not page.exists():
            continue
        text = page.read_text()
        for found in re.finditer(r"^```cnn\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
            line = text[:found.start()].count("\n") + 2
            source = found.group(1)
            example = folder / f"{page.stem}_{line}.cnn"
            example.write_text(source if re.search(r"^cnn 1\b", source, re.MULTILINE) else "cnn 1\n" + source)
            done = run([CNNC, "check", example], code=None)
            expected = 1 if source.startswith("# error") else 0
            checks.that(done.returncode == expected, f"{page.name}:{line}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    example = (ROOT / "examples" / "fashion.cnn").read_text()
    checks.that(example in (ROOT / "README.md").read_text(), "README.md shows examples/fashion.cnn as it is")
    checks.end()


main()
