#!/usr/bin/env python3
"""Whichever kernel variants are forced, a step gives the reference's numbers, and the same bits for any number of threads.
timeout: 180"""

from support import Checks, temporary_folder
from variant_sets import compare

# Convolutions of one and of many channels, padded, strided, in groups, depthwise and 1x1; dense layers wide and narrow.
NETWORKS = {"windows": """conv(16, 3x3) -> relu -> conv(16, 3x3, pad = same) -> relu -> maxpool(2)
  conv(24, 3x3, stride = 2, groups = 2) -> batchnorm -> relu -> conv(10, 1x1) -> relu -> flatten -> dense(32) -> relu""",
            # Of windows and channels for transformed tiles, whole and cut, by the data too.
            "tiles": """conv(24, 5x5, stride = 2) -> relu -> conv(40, 3x3) -> relu -> conv(20, 3x3, pad = same) -> relu
  maxpool(2) -> conv(64, 2x2, pad = same) -> relu -> conv(33, 2x2) -> relu -> conv(32, 3x3) -> relu -> flatten""",
            "depthwise": """conv(8, 3x3, stride = 2, pad = same) -> relu -> dwconv(3x3, pad = same) -> batchnorm -> relu
  conv(20, 1x1) -> relu -> dwconv(5x5, stride = 2, pad = same) -> relu -> global_avgpool"""}


def main():
    checks, folder = Checks(), temporary_folder()
    for name, layers in NETWORKS.items():
        source = folder / f"{name}.cnn"
        source.write_text(f"cnn 1\ndataset digits {{ source = strokes; val = 10% }}\nmodel net on digits {{\n  rescale(1/255)\n  {layers}\n"
                          "  dense(classes)\n}\ntrain t { loss = crossentropy; optimizer = sgd(lr = 0.05); batch = 16; epochs = 1 }\n")
        used = compare(checks, folder / name, source)
        wanted = {"direct", "ref"} | ({"gemm", "winograd4", "winograd5_transposed", "winograd6"} if name == "tiles" else set())
        checks.that(wanted <= used, name, used)
    checks.end()


main()
