#!/usr/bin/env python3
"""`make install` puts a compiler somewhere that builds and trains without the checkout; `make uninstall` takes it away.
timeout: 180"""

import json
import os

from support import ROOT, Checks, run, temporary_folder


def main():
    checks, folder = Checks(), temporary_folder()
    prefix = folder / "usr"
    # What is installed is the plain build, also where the sanitizers are tested.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CNNC") and name != "CFLAGS"}
    run(["make", "install", f"PREFIX={prefix}"], cwd=ROOT, env=environment)
    cnnc = prefix / "bin" / "cnnc"
    example = prefix / "lib" / "cnnc" / "examples" / "first.cnn"
    environment |= {"HOME": str(folder), "XDG_CACHE_HOME": str(folder / "cache")}
    run([cnnc, "check", example], cwd=folder, env=environment)
    program = folder / "program"
    run([cnnc, "build", example, "-o", program], cwd=folder, env=environment)
    said = json.loads(run([program, "info", "--json"]).stdout)
    checks.that(str(ROOT) not in json.dumps(said), "the program was built without the checkout", said)
    run([program, "train", "--limit", 300, "--epochs", 1, "--out", folder / "run"], cwd=folder)
    checks.that((folder / "run" / "metrics.json").exists(), "it trains")
    run(["make", "uninstall", f"PREFIX={prefix}"], cwd=ROOT, env=environment)
    checks.equal([path.name for path in prefix.rglob("*") if path.is_file()], [], "uninstall leaves no file")
    checks.end()


main()
