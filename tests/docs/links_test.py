#!/usr/bin/env python3
"""What the documentation links to, and the source files it names, exist."""

import re

from support import ROOT, Checks

LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")
PATH = re.compile(r"`((?:compiler|runtime|kernels|grammar|models|examples|tests|docs|tools)/[\w./-]+)`")


def main():
    checks = Checks()
    for page in [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "tests").glob("*.md")]:
        text = page.read_text()
        for target in LINK.findall(text):
            checks.that((page.parent / target).exists(), f"{page.relative_to(ROOT)} links to {target}")
        for path in PATH.findall(text):
            known = (ROOT / path).exists() or re.search("NAME|STAGE|softplus", path)
            checks.that(known, f"{page.relative_to(ROOT)} names {path}")
    checks.end()


main()
