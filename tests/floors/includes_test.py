#!/usr/bin/env python3
"""Includes go downward only: no file of the compiler includes a floor above its own or one that its floor is blind to,
and runtime/ and kernels/ include nothing of the compiler's."""

import re

from support import ROOT, Checks

# What the files of a folder may include besides their own folder. `loop` and `ops` describe code for one value of the IR.
BASE = ["base"]
IR = [*BASE, "ir"]
OPS = [*IR, "loop", "ops"]
MIDDLE = [*OPS, "syntax", "resolve", "passes", "plan"]
FLOORS = {
    "base": [],
    "syntax": [*BASE, "grammar"],
    "ir": BASE,
    "loop": IR,
    "ops": IR + ["loop"],
    "resolve": [*OPS, "syntax"],
    "passes": [*OPS, "plan"],
    "plan": [*OPS, "passes"],
    "emit": MIDDLE,
    "build": [*MIDDLE, "emit"],
    "commands": [*MIDDLE, "emit", "build", "."],
    ".": [*MIDDLE, "emit", "build"],
}
# What the Makefile writes, and the list of kernels, which is data for the compiler.
GIVEN = {"build_config.h", "../../kernels/kernels.def"}
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.MULTILINE)


def check_compiler(checks):
    compiler = ROOT / "compiler"
    for path in sorted(compiler.rglob("*.[ch]")):
        floor = path.parent.relative_to(compiler).parts
        floor = floor[0] if floor else "."
        if not checks.that(floor in FLOORS, f"compiler/{floor} is no known floor"):
            continue
        for include in INCLUDE.findall(path.read_text()):
            if include in GIVEN:
                continue
            there = include.split("/")[0] if "/" in include else ("." if (compiler / include).exists() else floor)
            checks.that(there == floor or there in FLOORS[floor],
                        f"{path.relative_to(ROOT)} includes {include}: {floor} must not know {there}")


def check_linked(checks):
    """What programs link sees runtime/, kernels/ and what protoc makes of runtime/*.proto."""
    for folder in ("runtime", "kernels"):
        for path in sorted((ROOT / folder).rglob("*.[ch]")):
            for include in INCLUDE.findall(path.read_text()):
                places = [path.parent, ROOT / "runtime", ROOT / "kernels"]
                known = include.endswith(".pb-c.h") or any((place / include).exists() for place in places)
                checks.that(known and not include.startswith(".."), f"{path.relative_to(ROOT)} includes {include}")


if __name__ == "__main__":
    checks = Checks()
    check_compiler(checks)
    check_linked(checks)
    checks.end()
