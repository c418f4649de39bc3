#!/usr/bin/env python3
"""The table of what techniques give: a row for each model and a column for each technique, and a dash where a technique changes nothing.
timeout: 120"""

import re

from support import CNNC, ROOT, Checks, run


def main():
    checks = Checks()
    command = [ROOT / "bench/techniques.py", CNNC, "--rounds", 1, "--seconds", "0.01", "mlp"]  # in the order of docs/performance.md
    head, _, row = ([cell.strip() for cell in line.strip("|").split("|")] for line in run(command, cwd=ROOT).stdout.splitlines())
    techniques = re.findall(r"^\w+", run([CNNC, "list", "techniques"]).stdout, re.M)
    checks.equal(head[1:], techniques, "columns")
    found = dict(zip(head[1:], row[1:], strict=True))
    checks.equal(row[0], "mlp", "the model")
    checks.that(re.fullmatch(r"\d+\.\d\d", found["fuse"]), "a share where the program is another", found)
    checks.equal((found["windows"], found["pooled"]), ("–", "–"), "a network without pools", found)
    checks.that("failed" in run([*command[:2], "--threads", 0, "mlp"], cwd=ROOT, code=1).stderr, "a failing program is said")
    checks.end()


main()
