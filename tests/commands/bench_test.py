#!/usr/bin/env python3
"""cnnc bench: what it says of every contraction and variant; --emit-kernels: files that build without warnings, alone, with gcc and
clang, and find their kernels right.
timeout: 240"""

import os
import shlex
import shutil

from support import CNNC, Checks, run, run_json, temporary_folder

NETWORK = """cnn 1
dataset digits { source = strokes; val = 10% }
model net on digits { rescale(1/255) -> conv(6, 3x3, stride = 2) -> relu -> dropout(0.2) -> conv(5, 3x3, stride = 2) -> relu -> flatten -> dense(classes) }
model small on digits { rescale(1/255) -> conv(4, 5x5, stride = 3) -> relu -> flatten -> dense(classes) }
train t { loss = crossentropy; optimizer = sgd(lr = 0.05); batch = 16; epochs = 1 }
"""
TOP = {"file", "model", "variant", "target", "real", "cpu", "features", "compiler", "threads", "peak_gflops", "contractions", "nests"}
CONTRACTION = {"name", "family", "constants", "epilogue", "layers", "flops", "chosen", "because", "fastest", "variants"}
# Sanitizers slow down what measures the peak, but not OpenBLAS.
MOST_SHARE = 100 if "-fsanitize" in os.environ.get("CFLAGS", "") else 2
VARIANT = {"variant", "seconds", "spread", "gflops", "share_of_peak", "registers", "spills", "error", "right"}


def check_json(checks, source):
    document = run_json([CNNC, "bench", source, "net", "--json", "--seconds", "0.001", "--variant-set", "conv_forward=ref", "--without", "narrow"])
    checks.equal(set(document), TOP, "keys")
    narrow = run_json([CNNC, "bench", source, "net", "--json", "--seconds", "0.001"])["nests"]
    checks.that(narrow and not document["nests"] and all(set(nest) == {"layer", "op", "flops"} for nest in narrow), document["nests"], narrow)
    checks.equal((document["model"], document["threads"], document["real"]), ("net", 1, "f32"), "head")
    contractions = document["contractions"]
    checks.equal({c["family"] for c in contractions}, {"conv_forward", "conv_backward_data", "conv_backward_weights", "dense_forward",
                                                       "dense_backward_weights"}, "families")
    first = next(c for c in contractions if c["family"] == "conv_forward" and c["constants"]["CHANNELS"] == 1)
    checks.equal(first["flops"], 2 * 13 * 13 * 6 * 9, "FLOPs")
    checks.equal((first["chosen"], first["because"], first["epilogue"], first["layers"]), ("ref", "forced", True, ["conv"]), "forced")
    for contraction in contractions:
        checks.equal(set(contraction), CONTRACTION, "keys of a contraction")
        names = [variant["variant"] for variant in contraction["variants"]]
        checks.that(names[-1] == "ref" and len(names) > 1, "variants", names)
        checks.that(contraction["chosen"] in names and contraction["fastest"] in names, contraction["name"])
        for variant in contraction["variants"]:
            what = f"{contraction['name']} {variant['variant']}"
            checks.equal(set(variant), VARIANT, "keys of a variant")
            checks.that(variant["right"] and variant["error"] is not None, what)
            least, most = variant["spread"]
            checks.that(0 < least <= variant["seconds"] <= most, what, variant)
            checks.that(abs(variant["gflops"] - contraction["flops"] / variant["seconds"] / 1e9) < 1e-3 * variant["gflops"], what)
            checks.that(0 < variant["share_of_peak"] < MOST_SHARE, what, variant["share_of_peak"])
            if shutil.which("objdump") and os.uname().machine == "x86_64":
                checks.that(0 < variant["registers"] <= 32 and variant["spills"] >= 0, what, variant["registers"])


def check_text(checks, source):
    text = run([CNNC, "bench", source, "small", "--seconds", "0.001"]).stdout
    checks.that(" contractions, one thread of " in text and "chosen: first that fits" in text, text)
    # Without objdump on the way there are no registers to count.
    folder = temporary_folder()
    for tool in ("cc", "sh", "as", "ld", "collect2"):
        if shutil.which(tool):
            (folder / tool).symlink_to(shutil.which(tool))
    document = run_json(["env", f"PATH={folder}", CNNC, "bench", source, "small", "--json", "--seconds", "0.001"])
    checks.equal({variant["registers"] for c in document["contractions"] for variant in c["variants"]}, {None}, "registers without objdump")
    for options, said in ((["--seconds", "0"], "--seconds 0: a number above 0, up to 60, is needed"), (["--real", "f16"], "--real f16"),
                          (["--variant-set", "x"], "there are best, winograd5_transposed, winograd4_transposed, winograd6, winograd5, winograd4, gemm, direct, ")):
        checks.that(said in run([CNNC, "bench", source, *options], code=2).stderr, options)


def check_emitted(checks, source):
    folder = temporary_folder() / "kernels of small"
    run([CNNC, "bench", source, "small", "--without", "narrow", "--emit-kernels", folder])
    names = sorted(path.stem for path in folder.glob("*.c"))
    wanted = {f"{kernel}_{variant}" for variant in ("direct", "ref") for kernel in (
        "conv_forward_28x28x1_to_8x8x4_window_5x5_stride_3x3", "conv_backward_weights_28x28x1_to_8x8x4_window_5x5_stride_3x3")}
    checks.that(wanted <= set(names), names)
    checks.that((folder / "kernels/cpu/conv_forward.h").exists() and (folder / "kernels/measure.h").exists(), "headers")
    head = (folder / f"{names[0]}.c").read_text()
    command = next(line for line in head.splitlines() if line.startswith("//   cc "))
    compiled = command[5:].split(" && ")[0]
    checks.that(names[0] in compiled, command)
    for compiler in ("gcc", "clang"):
        if not shutil.which(compiler):
            continue
        done = run([compiler, *shlex.split(compiled)[1:], "-Werror"], cwd=folder)
        checks.equal(done.stderr, "", compiler)
        text = run([f"./{names[0]}", "0.001"], cwd=folder).stdout
        checks.that(" GFLOP/s, " in text and "WRONG" not in text, text)
    done = run(["make", "-s", "-C", folder, "CFLAGS=-O1 -Werror -march=native"], env={k: v for k, v in os.environ.items() if k != "MAKEFLAGS"})
    checks.equal((done.stderr, all((folder / name).exists() for name in names)), ("", True), "make")
    for name in names:
        run([folder / name, "0.0001"])
    # A kernel that is wrong is found.
    header = folder / "kernels/cpu/conv_forward.h"
    header.write_text(header.read_text().replace("KERNEL_EPILOGUE(", "(real)2 * KERNEL_EPILOGUE("))
    name = next(name for name in names if name.startswith("conv_forward") and name.endswith("direct"))
    run(["make", "-s", "-B", "-C", folder, name, "CFLAGS=-O1 -march=native"])
    checks.that("WRONG" in run([folder / name, "0.0001"], code=1).stdout, "a wrong kernel")
    blocked = temporary_folder() / "file"
    blocked.write_text("")
    checks.that("cannot make the folder" in run([CNNC, "bench", source, "small", "--emit-kernels", blocked], code=1).stderr, "a file in the way")


def main():
    checks = Checks()
    source = temporary_folder() / "net.cnn"
    source.write_text(NETWORK)
    check_json(checks, source)
    check_text(checks, source)
    check_emitted(checks, source)
    checks.end()


if __name__ == "__main__":
    main()
