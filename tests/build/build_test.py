#!/usr/bin/env python3
"""From C to programs: what is compiled, what the cache saves, what the user's CC and CFLAGS do, and how failures end.
timeout: 240"""

import os
import re
import shlex
import shutil
import subprocess

from support import CNNC, ROOT, TREE, Checks, run, temporary_folder

# Two equal dense layers share a kernel; the variant's convolutions are all that differs from the base.
SOURCE = """cnn 1
param rate = 0.1
param filters = 4
dataset digits { source = strokes; val = 10% }
model net on digits {
  rescale(1/255) -> conv(filters + 4, 3x3) -> relu -> maxpool(2) -> conv(filters, 3x3) -> relu -> global_avgpool
  dense(8) -> relu -> dense(8) -> relu -> dense(8) -> relu -> dense(classes)
}
train t { loss = crossentropy; optimizer = adam(lr = rate); batch = 32; epochs = 1 }
experiment e { model = net; train = t; variant base; variant more { filters = 6 } }
"""
GIVEN = os.environ.get("CFLAGS", "")  # the sanitizers', when these are tested


class Counter:
    """A C compiler that writes down what it compiles: CC=counter.path, then compiled() and linked()."""

    def __init__(self, folder, compiler="cc"):
        self.path, self.log = folder / "counting-cc", folder / "calls"
        self.path.write_text(f'#!/bin/sh\necho "$@" >> "{self.log}"\nexec {compiler} "$@"\n')
        self.path.chmod(0o755)

    def calls(self):
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        self.log.unlink(missing_ok=True)
        return [line for line in lines if "--version" not in line]


def build(folder, cache, code=0, source="test.cnn", options=(), output="program", **environment):
    return run([CNNC, "build", folder / source, *options, "-o", folder / output], code=code,
               env=dict(os.environ, CNNC_CACHE=str(cache), **{name: str(value) for name, value in environment.items()}))


def compiled(calls):
    return [call for call in calls if " -c " in call]


def check_cache(checks, folder):
    cache, counter = folder / "cache", Counter(folder)
    build(folder, cache, options=["--variant", "base"], CC=counter.path)
    first = counter.calls()
    checks.that(len(compiled(first)) > 3, "kernels and pieces are compiled one by one", first)
    checks.equal(len(first) - len(compiled(first)), 1, "one run of CC links")
    checks.equal(sorted(path.suffix for path in cache.iterdir() if path.suffix not in (".o", ".program")), [],
                 "nothing but objects and programs stays in the cache")
    program = (folder / "program").read_bytes()
    (folder / "program").unlink()
    build(folder, cache, options=["--variant", "base"], CC=counter.path)
    checks.equal(counter.calls(), [], "a second build doesn't run CC")
    checks.that((folder / "program").read_bytes() == program, "a second build gives the same program")

    objects = {path.name for path in cache.glob("*.o")}
    build(folder, cache, options=["--variant", "more"], CC=counter.path)
    second = compiled(counter.calls())
    checks.that(0 < len(second) < len(compiled(first)), "a variant compiles only what differs:", len(second), "of",
                len(compiled(first)))
    checks.that(objects < {path.name for path in cache.glob("*.o")}, "the first variant's objects stay")


def check_kernels(checks, folder):
    """Equal kernels are equal C, whatever layer and program they are in."""
    listings = [build_c(folder, variant) for variant in ("base", "more")]
    names = [{line.split()[2] for line in text.splitlines() if line.startswith("#define KERNEL ")} for text in listings]
    checks.that(any(name.startswith("dense_forward_") for name in names[0] & names[1]), "variants share dense layers")
    checks.that(any(name.startswith("conv_forward_") for name in names[0] ^ names[1]), "variants differ in the convolution")
    checks.that(all(listings[0].count(f"#define KERNEL {name}\n") == 1 for name in names[0]), "a kernel is printed once")


def build_c(folder, variant):
    """The one-file form of the program."""
    path = folder / f"{variant}.c"
    run([CNNC, "build", folder / "test.cnn", "--variant", variant, "--emit", "c", "-o", path])
    return path.read_text()


def check_one_file(checks, folder):
    """What --emit c prints compiles alone, without warnings, with both compilers."""
    build_c(folder, "base")
    for compiler in ("gcc", "clang"):
        if shutil.which(compiler):
            for real in ((), ("-DREAL_F64",)):
                done = run([compiler, "-std=gnu11", "-O1", "-march=native", "-Wall", "-Wextra", "-Werror", *real, f"-I{ROOT}/runtime",
                            f"-I{ROOT}/kernels", "-c", folder / "base.c", "-o", folder / "base.o"], code=None)
                checks.equal(done.stderr, "", compiler, *real, "has nothing to say about --emit c")


def trained(folder, program, name):
    run([program, "train", "--limit", 300, "--seed", 4, "--out", folder / name])
    return (folder / name / "weights" / "last.safetensors").read_bytes()


def check_nests(checks, folder):
    """Nests that compute the same are one function, whatever tensors they work on."""
    keeping, kept = folder / "keeping-cc", folder / "kept.c"
    keeping.write_text(f'#!/bin/sh\nfor word; do case $word in *.c) cat "$word" >> "{kept}";; esac; done\nexec cc "$@"\n')
    keeping.chmod(0o755)
    build(folder, folder / "kept", CC=keeping)
    text = kept.read_text()
    defined, called = re.findall(r"^void (nest_\d+)\(.*\) \{$", text, re.M), re.findall(r"^ +(nest_\d+)\(", text, re.M)
    checks.that(defined and len(defined) == len(set(defined)), "each nest is printed once", defined)
    checks.equal(set(called), set(defined), "the nests that are called are those that are printed")
    checks.that(len(called) > len(defined) + 3, "equal layers share nests:", len(called), "calls of", len(defined))
    bodies = [re.sub(r"\b\d+\b", "#", body) for body in re.findall(r"^void nest_\d+(\([^;]*?\) \{\n.*?^\})", text, re.M | re.S)]
    unrolled = [body for body in bodies if "UNROLL" not in body and "/ #" not in body]
    checks.equal(len(set(unrolled)), len(unrolled), "nests that differ in numbers alone are one function of these")
    checks.that("const int64_t number" in text, "which it takes as arguments")
    pieces = re.findall(r"^(\w+) .*\(const Frame \*frame, int number, char \*scratch\) \{", text, re.M)
    checks.equal(set(pieces), {"CALLS_ONLY"}, "pieces leave all computing to nests and kernels")


def one_file_program(folder):
    """The program from what --emit c prints, with the options of a build."""
    build_c(folder, "more")
    words = shlex.split(run(["pkg-config", "--libs", "zlib", "libpng", "libjpeg", "libzip", "libcjson", "libprotobuf-c"]).stdout)
    run([*shlex.split(os.environ.get("CC", "cc")), "-std=gnu11", "-O2", "-march=native", *shlex.split(os.environ.get("CFLAGS", "")),
         f"-I{ROOT}/runtime", f"-I{ROOT}/kernels", folder / "more.c", TREE / "lib" / "libcnnrt.a", *words, "-lm", "-pthread",
         "-o", folder / "one-file"])
    return folder / "one-file"


def check_bits(checks, folder):
    """Whether objects came from the cache or not, and whether files were split or not, the program computes the same."""
    build(folder, folder / "cache", options=["--variant", "more"], output="reused")  # most of it came from base
    build(folder, folder / "fresh", options=["--variant", "more"], output="fresh-program")
    checks.that(trained(folder, folder / "reused", "a") == trained(folder, folder / "fresh-program", "b"),
                "reused objects give the same bits")
    checks.that(trained(folder, folder / "reused", "e") == trained(folder, one_file_program(folder), "f"),
                "the program in one file gives the same bits")


def check_options(checks, folder):
    counter = Counter(folder)
    build(folder, folder / "flags", CC=f"{counter.path} -DFIRST=1", CFLAGS=f"{GIVEN} -O1 -DSECOND=2")
    calls = counter.calls()
    checks.that(calls and all("-DFIRST=1" in call and "-O1 -DSECOND=2" in call for call in calls), "CC's and CFLAGS' options "
                "reach every run", calls)
    build(folder, folder / "flags", CC=f"{counter.path} -DFIRST=1", CFLAGS=f"{GIVEN} -O1 -DSECOND=3")
    checks.equal(len(counter.calls()), len(calls), "other CFLAGS compile all again")
    if shutil.which("clang"):
        build(folder, folder / "flags", CC="clang", output="by-clang")
        checks.that("clang" in run([folder / "by-clang", "info", "--json"]).stdout, "the program says what compiled it")


def failure(checks, what, done, *words):
    lines = done.stderr.strip().splitlines()
    checks.equal(len(lines), 1, what, "ends in one line", done.stderr)
    checks.that(lines and lines[0].startswith("cnnc: "), what, "says who speaks", done.stderr)
    for word in words:
        checks.that(word in done.stderr, what, f"mentions {word!r}:", done.stderr)


def check_failures(checks, folder):
    failing = folder / "failing-cc"
    failing.write_text("#!/bin/sh\nexit 3\n")
    failing.chmod(0o755)
    done = build(folder, folder / "failed", code=1, output="none", CC=failing)
    failure(checks, "a compiler that fails", done, "failing-cc", ".c")
    kept = list((folder / "failed").iterdir())
    checks.equal([path.suffix for path in kept], [".c"], "the C file that failed is kept, and nothing else")
    checks.that(kept and str(kept[0]) in done.stderr, "the message names the C file")
    checks.that(not (folder / "none").exists(), "a failed build leaves no program")

    linking = folder / "no-link"
    linking.write_text('#!/bin/sh\ncase " $* " in *" -c "*) exec cc "$@";; esac\nexit 1\n')
    linking.chmod(0o755)
    failure(checks, "a linker that fails", build(folder, folder / "unlinked", code=1, output="none", CC=linking), "link")
    failure(checks, "a compiler that isn't there", build(folder, folder / "absent", code=1, output="none", CC="no-such-cc"),
            "no-such-cc", "CC")
    said = build(folder, folder / "marched", code=1, output="none", options=["--march", "no-such-machine"]).stderr
    compiler = os.environ.get("CC", "cc").split()[0]
    checks.that(said.endswith(f"cnnc: the C compiler ({compiler}) refuses --march no-such-machine\n") and said.count("cnnc: ") == 1,
                "a machine that the compiler does not know", said)
    checks.that(not list((folder / "marched").glob("*.c")), "nothing is compiled for it")
    done = build(folder, folder / "marched", code=1, output="none", options=["--march", "x86-64"], CC="no-such-cc")
    failure(checks, "a compiler that isn't there, for a machine", done, "no-such-cc", "CC")
    (folder / "file").write_text("")
    failure(checks, "a cache below a file", build(folder, folder / "file" / "cache", code=1, output="none"), "CNNC_CACHE")
    failure(checks, "a file as cache", build(folder, folder / "file", code=1, output="none"), "CNNC_CACHE")


def check_places(checks, folder):
    spaced = folder / "a folder" / "with spaces"
    spaced.mkdir(parents=True)
    shutil.copy(folder / "test.cnn", spaced / "my study.cnn")
    build(spaced, spaced / "the cache", source="my study.cnn", output="my program")
    checks.that((spaced / "my program").exists(), "spaces in all paths")


def check_two_at_once(checks, folder):
    command = [str(CNNC), "build", str(folder / "test.cnn"), "-o"]
    environment = dict(os.environ, CNNC_CACHE=str(folder / "both"))
    both = [subprocess.Popen([*command, str(folder / f"both{i}")], env=environment, stderr=subprocess.PIPE, text=True)
            for i in range(2)]
    for process in both:
        said = process.communicate()[1]
        checks.equal(process.returncode, 0, "two builds at once", said)
    checks.equal(len({path.suffix for path in (folder / "both").iterdir()} - {".o", ".program"}), 0, "leave nothing behind")
    checks.that(trained(folder, folder / "both0", "c") == trained(folder, folder / "both1", "d"), "two builds give the same bits")


def main():
    checks, folder = Checks(), temporary_folder()
    (folder / "test.cnn").write_text(SOURCE)
    for check in (check_cache, check_kernels, check_nests, check_one_file, check_bits, check_options, check_failures, check_places,
                  check_two_at_once):
        check(checks, folder)
    checks.end()


main()
