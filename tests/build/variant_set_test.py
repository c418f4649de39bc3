#!/usr/bin/env python3
"""--variant-set: what is forced stands in the program, what there is stands in the message."""

import json

from support import CNNC, Checks, compile_program, run, run_json, temporary_folder

NETWORK = """cnn 1
dataset digits { source = strokes; val = 10% }
model net on digits { rescale(1/255) -> conv(8, 3x3) -> relu -> maxpool(2) -> conv(8, 3x3) -> flatten -> dense(classes) }
train t { loss = crossentropy; optimizer = sgd(lr = 0.05); batch = 16; epochs = 1 }
"""
CONV, DENSE = "train.conv_2.conv_forward", "train.dense.dense_backward_weights"


def kernels(*options):
    info = run_json([compile_program(NETWORK, *options), "info", "--json"])
    return info["kernels"], info["kernel_choices"]


def main():
    checks = Checks()
    best, choices = kernels("--variant-set", "best")
    checks.that(best[CONV] != "ref" and CONV not in choices, "best:", best, choices)
    forced, choices = kernels("--variant-set", "ref")
    checks.that(set(forced.values()) == {"ref"}, "ref:", forced)
    checks.equal(choices.get(CONV), "forced", "why ref")
    forced, _ = kernels("--variant-set", "conv_forward=ref,dense_backward_weights=ref")
    checks.equal((forced[CONV], forced[DENSE]), ("ref", "ref"), "two families")
    checks.that(f"{CONV}.2" in best, "the input's gradient has a name of its own:", best)
    checks.equal(forced["train.dense.dense_forward"], best["train.dense.dense_forward"], "another family")

    folder = temporary_folder()
    source = folder / "net.cnn"
    source.write_text(NETWORK)
    for text, said in (("fastest", "no kernel has a variant 'fastest'; there are best, winograd5_transposed, winograd4_transposed, winograd6, winograd5, winograd4, gemm, direct, "), ("ref,", "no kernel has a variant ''"),
                       ("conv_forward=fastest", "conv_forward has no variant 'fastest'; it has "),
                       ("convolution=ref", "there is no kernel family 'convolution'; there are conv_forward, ")):
        for command in (["build", source, "-o", folder / "x"], ["run", source, "--out", folder / "runs"]):
            done = run([CNNC, *command, "--variant-set", text], code=2)
            checks.that(said in done.stderr and done.stderr.count("\n") == 1, text, done.stderr)
    checks.that(not (folder / "runs").exists(), "a folder for nothing")

    # What a run records.
    program = compile_program(NETWORK, "--variant-set", "dense_forward=ref")
    run([program, "train", "--epochs", 1, "--limit", 64, "--out", folder / "run"])
    record = json.loads((folder / "run/run.json").read_text())
    checks.equal((record["kernels"]["train.dense.dense_forward"], record["kernel_choices"].get("train.dense.dense_forward")), ("ref", "forced"),
                 "run.json")
    checks.end()


if __name__ == "__main__":
    main()
