#!/usr/bin/env python3
"""tools/packages says nothing when all is there, and, on a system that is no Debian, what is missing."""

import shutil
import time

from support import ROOT, Checks, run, skip, temporary_folder

TOOLS = ["sh", "awk", "sort", "dirname", "cat", "id", "flock"]


def main():
    checks, folder = Checks(), temporary_folder()
    script = ROOT / "tools" / "packages"
    if shutil.which("dpkg-query"):
        start = time.monotonic()
        checks.equal(run([script, "build"]).stdout, "", "nothing to install, nothing to say")
        checks.that(time.monotonic() - start < 2, "the check is quick")
    for tool in TOOLS:
        if not shutil.which(tool):
            skip(f"{tool} is missing")
        (folder / tool).symlink_to(shutil.which(tool))
    done = run([script, "build"], code=1, env={"PATH": str(folder)})
    for word in ("not a Debian system", "flex", "libzip", "build-essential"):
        checks.that(word in done.stderr, f"mentions {word}", done.stderr)
    checks.end()


main()
