#!/usr/bin/env python3
"""The models that `make bench` measures: their parameters and inputs, and that those of models/bench are built and trained.
timeout: 300"""

import sys

from support import CNNC, ROOT, Checks, compile_program, run_json, temporary_folder

sys.path.insert(0, str(ROOT / "bench"))
from models import MODELS

TRUNK = 939120  # MobileNetV3-Small without its head, as Keras counts it


def main():
    checks, folder = Checks(), temporary_folder()
    checks.equal(len({model.name for model in MODELS}), 12, "models")
    checks.equal(len([model for model in MODELS if model.quick]), 3, "models of the quick run")
    for model in MODELS:
        said = run_json([CNNC, "summary", ROOT / "models" / model.file, *model.options, "--json"])
        checks.equal(said["params"]["trainable"], model.parameters, model.name, "parameters")
        checks.equal((said["input"], said["classes"]), (list(model.size), model.classes), model.name, "input and classes")
        if model.name == "mobilenetv3_small":
            trunk = sum(layer["params"] for layer in said["layers"] if layer["name"].startswith("mobilenetv3_small."))
            checks.equal(trunk, TRUNK, "parameters of MobileNetV3-Small without its head")
        if model.file.startswith("bench/"):
            place = folder / model.name
            place.mkdir()
            program = compile_program(ROOT / "models" / model.file, *model.options, folder=place)
            measured = run_json([program, "bench", "--seconds", 0.01, "--images", model.batch, "--json"])
            checks.equal(measured["batch"], model.batch, model.name, "batch")
            checks.that(measured["images_per_second"] > 0, model.name, "trains")
    checks.end()


main()
