"""Training throughput of cnnc's programs and of PyTorch, measured in turns in one run.

usage: compare.py CNNC [--rounds N] [--seconds S] [--threads N] [--compile] [NETWORK ...]

Prints a Markdown table: medians over the rounds, and the ratio to PyTorch's best. Machines are noisy: only ratios
of one run mean something.
"""

import argparse
import json
import os
import statistics
import subprocess
import tempfile
import time

import torch

from networks import NETWORKS, Training


def ours(program, seconds, threads):
    command = [program, "bench", "--seconds", str(seconds), "--threads", str(threads), "--json"]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def theirs(training, seconds):
    for _ in range(3):
        training.step()
    images, start = 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        images += training.step()
    return images / (time.perf_counter() - start)


def measure(name, arguments, folder):
    file, variant, network, batch, size, classes = NETWORKS[name]
    program = os.path.join(folder, "program")
    start = time.perf_counter()
    subprocess.run([arguments.cnnc, "build", file, "--variant", variant, "-o", program], check=True,
                   env=dict(os.environ, CNNC_CACHE=os.path.join(folder, "cache")))
    built = time.perf_counter() - start
    candidates = {}
    for layout in ("contiguous", "channels_last"):
        for mode in ("eager", "compile") if arguments.compile else ("eager",):
            candidates[f"{mode}, {layout}"] = Training(network, batch, size, classes, layout == "channels_last",
                                                       mode == "compile")
    rates = {key: [] for key in candidates}
    mine = []
    for _ in range(arguments.rounds):
        mine.append(ours(program, arguments.seconds, arguments.threads))
        for key, training in candidates.items():
            rates[key].append(theirs(training, arguments.seconds))
    medians = {key: statistics.median(values) for key, values in rates.items()}
    best = max(medians, key=medians.get)
    rate = statistics.median(result["images_per_second"] for result in mine)
    share = statistics.median(result["share_of_peak"] for result in mine)
    print(f"| {name} ({batch}) | {rate:,.0f} | {medians[best]:,.0f} ({best}) | {rate / medians[best]:.1f} "
          f"| {100 * share:.0f}% | {mine[0]['peak_rss_mb']:.0f} MB | {built:.1f} s |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cnnc")
    parser.add_argument("networks", nargs="*", metavar="NETWORK")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--compile", action="store_true", help="torch.compile too")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    print("| model (batch) | ours, images/s | PyTorch's best | ratio | share of FMA peak | our peak memory | build |")
    print("|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for name in arguments.networks or NETWORKS:
            measure(name, arguments, folder)


if __name__ == "__main__":
    main()
