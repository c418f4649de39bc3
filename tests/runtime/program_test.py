"""A built program's commands besides train: step, init, predict, eval, bench, info, and the command line."""

import math
import struct
import zlib

from fake import build_fake, step_arrays
from support import Checks, read_safetensors, run, run_json, temporary_folder, write_npy

checks = Checks()
fake = build_fake()
work = temporary_folder()
weights = work / "w.safetensors"


def close_lists(actual, expected, tolerance, *what):
    worst = max(abs(a - b) for a, b in zip(actual, expected, strict=True))
    checks.that(worst <= tolerance, *what, f"off by {worst}")


def softmax_step(weight, bias, images, labels, l2):
    """Loss, logits, and the gradients of weight [10][784] and bias, in plain Python."""
    n, logits = len(labels), []
    slope_weight, slope_bias, loss = [0.0] * 7840, [0.0] * 10, l2 * sum(w * w for w in weight)
    for i, label in enumerate(labels):
        x = [p / 255 for p in images[784 * i:784 * (i + 1)]]
        z = [bias[c] + sum(a * b for a, b in zip(x, weight[784 * c:784 * (c + 1)])) for c in range(10)]
        total = math.log(sum(math.exp(v - max(z)) for v in z)) + max(z)
        loss += (total - z[label]) / n
        logits += z
        for c in range(10):
            slope = (math.exp(z[c] - total) - (c == label)) / n
            slope_bias[c] += slope
            for p in range(784):
                slope_weight[784 * c + p] += slope * x[p]
    return loss, logits, [g + 2 * l2 * w for g, w in zip(slope_weight, weight)], slope_bias


def init_is_seeded():
    run([fake, "init", "--seed", "5", "--out", weights])
    other, same = work / "other.safetensors", work / "same.safetensors"
    run([fake, "init", "--seed", "6", "--out", other])
    run([fake, "init", "--seed=5", "--out", same])
    checks.that(weights.read_bytes() == same.read_bytes() != other.read_bytes(), "the seed decides")
    tensors = read_safetensors(weights)
    checks.equal({name: shape for name, (shape, _) in tensors.items()}, {"dense.weight": [10, 784], "dense.bias": [10]})
    limit = math.sqrt(6 / 794)
    checks.that(limit * 0.99 < max(tensors["dense.weight"][1]) <= limit, "Glorot's limit")


def step_gives_loss_logits_and_gradients(program, tolerance):
    x, y = step_arrays(work, 9)
    out = work / "g.safetensors"
    done = run_json([program, "step", "--weights", weights, "--images", x, "--labels", y, "--out", out, "--json"])
    values, given = read_safetensors(weights), read_safetensors(out)
    images = list(struct.unpack(f"<{9 * 784}f", x.read_bytes()[-9 * 784 * 4:]))
    loss, logits, slope_weight, slope_bias = softmax_step(list(values["dense.weight"][1]), list(values["dense.bias"][1]),
                                                          images, [i % 10 for i in range(9)], 1e-5)
    checks.equal({name: shape for name, (shape, _) in given.items()},
                 {"loss": [1], "logits": [9, 10], "dense.weight": [10, 784], "dense.bias": [10]})
    checks.close(done["loss"], loss, tolerance, "loss")
    checks.close(given["loss"][1][0], loss, tolerance, "the file's loss")
    close_lists(given["logits"][1], logits, tolerance * 10, "logits")
    close_lists(given["dense.weight"][1], slope_weight, tolerance, "weight's gradient, in file layout")
    close_lists(given["dense.bias"][1], slope_bias, tolerance, "bias's gradient")


def steps_update():
    x, y = step_arrays(work, 64)
    saved = work / "after.safetensors"
    command = [fake, "step", "--weights", weights, "--images", x, "--labels", y, "--steps", "5", "--save", saved]
    losses = run_json([*command, "--json"])["losses"]
    checks.that(len(losses) == 5 and losses[4] < losses[0], "the loss falls", losses)
    checks.equal(len(run(command).stdout.splitlines()), 5, "a loss each")
    one = run_json([fake, "step", "--weights", weights, "--images", x, "--labels", y, "--out", work / "g", "--json"])
    checks.equal(one["loss"], losses[0])
    after = run_json([fake, "step", "--weights", saved, "--images", x, "--labels", y, "--out", work / "g", "--json"])
    checks.that(after["loss"] < losses[4], "the saved weights have all five updates")


def step_takes_bytes():
    numbers = [i * 7 % 256 for i in range(3 * 784)]
    write_npy(work / "b.npy", (3, 28, 28, 1), numbers, "B")
    write_npy(work / "f.npy", (3, 28, 28, 1), numbers, "f")
    write_npy(work / "l.npy", (3,), [1, 2, 3], "B")
    losses = [run_json([fake, "step", "--weights", weights, "--images", work / name, "--labels", work / "l.npy", "--out",
                        work / "g", "--json"])["loss"] for name in ("b.npy", "f.npy")]
    checks.equal(losses[0], losses[1])


def step_refuses_what_does_not_fit():
    x, y = step_arrays(work, 3)
    write_npy(work / "shape.npy", (3, 28, 29, 1), [0] * 3 * 28 * 29, "f")
    write_npy(work / "many.npy", (65, 28, 28, 1), [0] * 65 * 784, "B")
    write_npy(work / "labels2.npy", (2,), [0, 1], "q")
    write_npy(work / "label10.npy", (3,), [0, 10, 1], "q")
    write_npy(work / "real.npy", (3,), [0, 1, 2], "f")
    for images, labels, word in ((work / "shape.npy", y, "28,28,1"), (work / "many.npy", y, "1 to 64"),
                                 (x, work / "labels2.npy", "3 labels"), (x, work / "label10.npy", "label 1 is 10"),
                                 (x, work / "real.npy", "float32"), (work / "none.npy", y, "none.npy")):
        failed = run([fake, "step", "--weights", weights, "--images", images, "--labels", labels, "--out", work / "g"], code=1)
        checks.that(word in failed.stderr and failed.stderr.count("\n") == 1, word, failed.stderr)


def png(width, height, pixels):
    def part(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    lines = b"".join(b"\0" + bytes(pixels[y * width:(y + 1) * width]) for y in range(height))
    return (b"\x89PNG\r\n\x1a\n" + part(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)) +
            part(b"IDAT", zlib.compress(lines)) + part(b"IEND", b""))


def predict_reads_png_and_npy():
    pixels = [(i * 31) % 256 for i in range(784)]
    (work / "i.png").write_bytes(png(28, 28, pixels))
    write_npy(work / "i.npy", (28, 28), pixels, "B")
    write_npy(work / "two.npy", (2, 28, 28, 1), [0] * 784 + pixels, "f")
    inputs = [work / "i.png", work / "i.npy", work / "two.npy"]
    found = run_json([fake, "predict", "--weights", weights, "--json", *inputs])["predictions"]
    checks.equal(len(found), 4)
    checks.equal(found[0]["probabilities"], found[1]["probabilities"], "png and npy")
    checks.equal(found[0]["probabilities"], found[3]["probabilities"], "one of several")
    checks.equal((found[3]["index"], "index" in found[0]), (1, False))
    checks.close(sum(found[0]["probabilities"]), 1, 1e-6, "sum")
    checks.equal(found[0]["probability"], max(found[0]["probabilities"]))
    lines = run([fake, "predict", "--weights", weights, *inputs]).stdout.splitlines()
    checks.that(len(lines) == 4 and lines[3].startswith(str(work / "two.npy") + "[1]\t"), lines)
    (work / "small.png").write_bytes(png(3, 2, [0] * 6))
    write_npy(work / "wrong.npy", (28, 27), [0] * 28 * 27, "B")
    write_npy(work / "hot.npy", (28, 28), [300.0] * 784, "f")
    for name, word in (("small.png", "28"), ("wrong.npy", "28x28x1"), ("hot.npy", "255"), ("absent.jpg", "absent.jpg")):
        failed = run([fake, "predict", "--weights", weights, work / name], code=1)
        checks.that(word in failed.stderr and failed.stderr.count("\n") == 1, name, failed.stderr)


def weights_know_the_classes():
    named, folder = build_fake("-DNAMED"), temporary_folder() / "run"
    done = run([named, "train", "--limit", "100", "--epochs", "1", "--out", folder])
    checks.that("seven" in done.stdout, done.stdout)
    line, = run([fake, "predict", "--weights", folder / "weights/best.safetensors", work / "i.png"]).stdout.splitlines()
    checks.that(line.split("\t")[1] in ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"), line)


def memory_that_is_not_there_is_said():
    huge = build_fake("-DSCRATCH_BYTES=(SIZE_MAX/4)")
    failed = run([huge, "train", "--threads", "8", "--out", temporary_folder() / "run"], code=3)
    checks.that("out of memory" in failed.stderr and "images a batch" in failed.stderr and failed.stderr.count("\n") == 1, failed.stderr)


def eval_takes_splits():
    images = {}
    for split in ("test", "val", "train"):
        result = run_json([fake, "eval", "--weights", weights, "--split", split, "--json"])
        images[split] = result["images"]
        checks.that({"loss", "accuracy", "precision", "recall", "f1", "support", "confusion"} <= set(result), set(result))
    checks.equal(images, {"test": 1000, "val": 400, "train": 3600})
    checks.that("macro avg" in run([fake, "eval", "--weights", weights]).stdout, "the report")
    failed = run([fake, "eval", "--weights", weights, "--split", "val", "--set", "val=none"], code=2)
    checks.that("validation" in failed.stderr, failed.stderr)


def bench_has_the_contract_s_keys():
    result = run_json([fake, "bench", "--seconds", "0.3", "--threads", "1", "--images", "100", "--json"])
    checks.equal(list(result), ["model", "target", "threads", "batch", "params", "images_per_second", "spread", "gflops",
                                "peak_gflops", "share_of_peak", "copy_gb_per_second", "peak_rss_mb", "arena_bytes",
                                "lower_bound_bytes"])
    checks.that(result["spread"][0] <= result["images_per_second"] <= result["spread"][1], result)
    checks.close(result["gflops"] / result["peak_gflops"], result["share_of_peak"], 1e-9, "share")
    checks.that(result["peak_gflops"] > 1, "peak", result)
    checks.that(result["copy_gb_per_second"] > 0.1, "copying", result)
    checks.that("images/s" in run([fake, "bench", "--seconds", "0.1"]).stdout, "text")


def info_says_what_it_is():
    result = run_json([fake, "info", "--json"])
    checks.equal((result["model"], result["params"], result["input"], result["settings"]["optimizer.lr"]),
                 ("softmax", {"total": 7850, "trainable": 7850, "frozen": 0}, [28, 28, 1], "0.05"))
    checks.that("optimizer.lr" in run([fake, "info"]).stdout, "text")


def the_command_line():
    for words, code, said in (
            ([], 2, "usage"), (["trian"], 2, "did you mean 'train'"), (["train", "--thread", "2"], 2, "did you mean --threads"),
            (["train", "--threads", "0"], 2, "--threads"), (["train", "--threads", "257"], 2, "256"),
            (["train", "--threads"], 2, "needs N"), (["train", "--resume=1"], 2, "no value"), (["train", "extra"], 2, "extra"),
            (["train", "--set", "lr"], 2, "NAME=VALUE"), (["train", "--set", "lr=x"], 2, "not a number"),
            (["train", "--set", "lr=-1"], 2, "the least is 0"), (["train", "--set", "drop=95%"], 2, "0 to 0.9"),
            (["train", "--set", "epochs=1.5"], 2, "whole number"), (["train", "--epochs", "0"], 2, "1 to 100000"),
            (["train", "--set", "batch=8"], 2, "fixed when the program is built"),
            (["train", "--set", "optimiser.lr=1"], 2, "did you mean 'optimizer.lr'"),
            (["train", "--set", "whatever=1"], 2, "info"), (["train", "--seed", "1e3"], 2, "seed"),
            (["train", "--set", "seed=18446744073709551616"], 2, "seed"), (["train", "--set", "val=0.95"], 2, "0.9"),
            (["eval"], 2, "--weights"), (["eval", "--weights", weights, "--split", "all"], 2, "test, val or train"),
            (["predict", "--weights", weights], 2, "no image"), (["step", "--weights", weights], 2, "--out"),
            (["step", "--save", "x", "--out", "y"], 2, "--steps"), (["init"], 2, "--out"),
            (["eval", "--weights", "/nonexistent"], 1, "/nonexistent"), (["bench", "--seconds", "never"], 2, "seconds"),
            (["train", "--out", "/dev/null/x"], 1, "/dev/null")):
        failed = run([fake, *words], code=code)
        checks.that(said in failed.stderr and not failed.stdout, words, failed.stderr, failed.stdout)
    for words in (["--help"], ["help"], ["--version"], *([name, "--help"] for name in (
            "train", "eval", "predict", "step", "init", "bench", "info"))):
        checks.that("softmax" in (out := run([fake, *words]).stdout) or "--help" in out, words)
    failed = run(["sh", "-c", f"{fake} info --json > /dev/full"], code=1)
    checks.that("could not be written" in failed.stderr, failed.stderr)


init_is_seeded()
step_gives_loss_logits_and_gradients(fake, 1e-5)
steps_update()
step_takes_bytes()
step_refuses_what_does_not_fit()
predict_reads_png_and_npy()
weights_know_the_classes()
memory_that_is_not_there_is_said()
eval_takes_splits()
bench_has_the_contract_s_keys()
info_says_what_it_is()
the_command_line()
double = build_fake(real="f64")
run([double, "init", "--seed", "5", "--out", weights])
step_gives_loss_logits_and_gradients(double, 1e-12)
checks.end()
