#!/usr/bin/env python3
"""Trains each benchmarked network of bench/networks.py for a step, in both layouts, and prints {model: [what bench/pytorch.py says of
it, a layout each]}. A process of its own, because bench/ and this folder both have a module `networks`."""

import argparse
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent / "bench"))
from models import MODELS
from pytorch import begin


def said(model, layout):
    return begin(argparse.Namespace(model=model.name, layout=layout, mode="eager", images=model.batch))[1]


def main():
    print(json.dumps({model.name: [said(model, layout) for layout in ("contiguous", "channels_last")] for model in MODELS}))


if __name__ == "__main__":
    main()
