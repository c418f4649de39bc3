#!/usr/bin/env python3
"""A whole benchmark of one small model, with a script in PyTorch's place that answers as bench/pytorch.py would: what is printed and
kept, and what is said where PyTorch fails, is too slow, or has another network.
timeout: 240"""

import json
import sys

from support import CNNC, ROOT, Checks, run, temporary_folder

MODEL, PARAMETERS = "mlp", 109386

# Takes the place of the interpreter: its first argument is the script to run.
STAND_IN = """#!{python}
import json, sys, time
def answer(**values):
    print(json.dumps(values), flush=True)
mode, layout, threads = sys.argv[3], sys.argv[4], int(sys.argv[6])
behaviour = {behaviour}.get(mode)
if behaviour == "error":
    answer(error="CompileError: no such thing\\nand much more")
elif behaviour == "crash":
    sys.exit("it fell over")
elif behaviour == "slow":
    time.sleep(60)
else:
    answer(trainable={parameters}, statistics=0, seconds=0.5, version="0.0")
    for line in sys.stdin:
        answer(images_per_second=threads * (2.0 if layout == "channels_last" else 1.0), spread=[1, 2], peak_rss_mb=500 + threads)
"""


def benchmark(folder, *options, parameters=PARAMETERS, code=0, **behaviour):
    """The finished run, and the document that it added to the history."""
    stand_in, kept = folder / "python", folder / "history.jsonl"
    stand_in.write_text(STAND_IN.format(python=sys.executable, parameters=parameters, behaviour=behaviour))
    stand_in.chmod(0o755)
    kept.unlink(missing_ok=True)
    done = run([sys.executable, ROOT / "bench" / "bench.py", CNNC, "--pytorch", stand_in, "--rounds", 1, "--seconds", 0.05,
                "--images", 64, "--start-seconds", 2, "--history", kept, *options, MODEL], code=code)
    return done, json.loads(kept.read_text()) if kept.exists() else None


def check_figures(checks, document):
    result = document["models"][MODEL]
    rates = result["all_threads"]["pytorch"]
    checks.equal(sorted(rates), ["compile, channels_last", "compile, contiguous", "eager, channels_last", "eager, contiguous"], "ways")
    checks.equal(rates["eager, channels_last"], 2 * rates["eager, contiguous"], "rates by layout")
    checks.that(result["all_threads"]["ours"] > 100, "ours", result["all_threads"])
    checks.equal((result["batch"], result["parameters"], result["failures"]), (32, PARAMETERS, {}), "the model")
    checks.that(result["build_seconds"] > 0.05 and result["lower_bound_bytes"] > 0, "build and plan")
    checks.that(document["machine"]["copy_gb_per_second"] > 0 and document["machine"]["peak_gflops"] > 0, "limits of the machine")
    checks.equal(document["versions"]["pytorch"], "0.0", "PyTorch's version")
    threads = document["machine"]["threads"]
    checks.equal(result["peak_rss_mb"]["pytorch"]["eager, contiguous"], 500 + threads, "memory with all threads")
    if threads > 1:
        checks.equal(result["one_thread"]["pytorch"], {"eager, channels_last": 2.0}, "the fastest on one thread")


def main():
    checks, folder = Checks(), temporary_folder()
    done, document = benchmark(folder, "--rounds", 2)
    checks.that(f"| {MODEL} (32) |" in done.stdout and "Geometric mean of the 1 ratios" in done.stdout, "the table", done.stdout)
    check_figures(checks, document)

    done, document = benchmark(folder, "--all-threads-only", compile="error")
    checks.that("PyTorch (compile, contiguous) could not be measured: CompileError: no such thing\n" in done.stdout, "failure", done.stdout)
    checks.equal(sorted(document["models"][MODEL]["all_threads"]["pytorch"]), ["eager, channels_last", "eager, contiguous"], "what is left")
    done, document = benchmark(folder, "--all-threads-only", compile="slow", eager="crash")
    checks.that("nothing came within 2 seconds" in done.stdout and "it fell over" in done.stdout, "slow and crashed", done.stdout)
    checks.equal(document["models"][MODEL]["all_threads"]["pytorch"], {}, "nothing of PyTorch")

    done, document = benchmark(folder, parameters=PARAMETERS + 1, code=1)
    checks.that("109,386 trained parameters" in done.stderr and "109,387" in done.stderr, "another network", done.stderr)
    checks.equal(document, None, "nothing is kept of it")
    done = run([sys.executable, ROOT / "bench" / "bench.py", CNNC, "--pytorch", "none"], code=1)
    checks.that("no program none" in done.stderr, "no PyTorch", done.stderr)
    done = run([sys.executable, ROOT / "bench" / "bench.py", CNNC, "--pytorch", sys.executable, "resnet"], code=1)
    checks.that("no model 'resnet'" in done.stderr, "no such model", done.stderr)
    checks.end()


main()
