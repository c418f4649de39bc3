#!/usr/bin/env python3
"""usage: tune.py CNNC RECORDS [MODEL...]

Measures all kernel variants for the benchmarked models (bench/models.py; or those whose name contains one of the words) and puts the
fastest into a file of tuning records: `make tune` does so for kernels/tuning.jsonl, which ships with the project. Nothing else should run meanwhile.
"""

import subprocess
import sys

from models import MODELS


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    compiler, records, *words = sys.argv[1:]
    for model in MODELS:
        if words and not any(word in model.name for word in words):
            continue
        done = subprocess.run([compiler, "tune", f"models/{model.file}", *model.options, "--records", records], stdout=subprocess.PIPE, text=True)
        if done.returncode:
            sys.exit(f"tune.py: {model.name} cannot be tuned")
        print(f"{model.name}: {done.stdout.splitlines()[-1]}", flush=True)


if __name__ == "__main__":
    main()
