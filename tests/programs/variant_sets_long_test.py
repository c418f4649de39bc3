#!/usr/bin/env python3
"""The studies' and the benchmarks' networks with every kernel variant forced in turn: the reference's numbers, and the same bits for
1, 2, 3 and 7 threads.
timeout: 3600"""

from support import ROOT, Checks, temporary_folder
from variant_sets import compare

NETWORKS = [("studies/mnist10/mnist10.cnn", "--variant", variant) for variant in ("m1", "m4", "m6")]
NETWORKS += [("studies/fashion22/fashion22.cnn", "--variant", variant) for variant in ("m1", "m4", "m7")]
NETWORKS += [("studies/three_nets/three_nets.cnn", model) for model in ("dnn", "convnet", "resnet")]
NETWORKS += [(f"bench/{name}.cnn",) for name in ("mlp", "tinyvgg", "vgg3", "mobilenetv3_small")]


def main():
    checks, folder = Checks(), temporary_folder()
    for number, (file, *options) in enumerate(NETWORKS):
        # In double precision a wrong kernel can't hide. In single the bits count: rounding, where a rectifier or a pool decides by
        # it, moves a gradient of one image whole; with these images it decides nothing of the kind.
        compare(checks, folder / f"{number} f64", ROOT / "models" / file, *options, "--real", "f64", tolerance=1e-9, threads=())
        compare(checks, folder / str(number), ROOT / "models" / file, *options, tolerance=2e-2, threads=(2, 3, 7))
    checks.end()


main()
