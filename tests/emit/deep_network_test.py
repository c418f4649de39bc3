#!/usr/bin/env python3
"""How the time to print a network's C grows with its depth.
timeout: 240"""

import resource

from support import CNNC, Checks, run, temporary_folder

SOURCE = """cnn 1
dataset digits { source = strokes; val = 10%% }
model net on digits {
  rescale(1/255) -> conv(4, 3x3, stride = 3)
  repeat %d { conv(4, 1x1) -> relu }
  flatten -> dense(classes)
}
train t { loss = crossentropy; optimizer = sgd; batch = 32; epochs = 1 }
experiment e { model = net; train = t }
"""


def seconds_to_print(path, layers):
    path.write_text(SOURCE % layers)
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    run([CNNC, "build", path, "--emit", "c"])
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before


checks = Checks()
with temporary_folder() as folder:
    few, many = (seconds_to_print(folder / "deep.cnn", layers) for layers in (150, 600))
# Quadratic, they are sixteen times as many.
checks.that(many < 10 * few, "600 layers take", many, "s, 150", few, "s")
checks.end()
