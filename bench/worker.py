"""A process that trains with PyTorch (pytorch.py), told when to measure."""

import json
import os
import select
import signal
import subprocess
import tempfile
from pathlib import Path

SCRIPT = Path(__file__).resolve().parent / "pytorch.py"


class Failure(Exception):
    """Why there is nothing to measure."""


class Worker:
    """Raises Failure where the network can't be trained, or not within the seconds its first step may take: compiling it for the
    number of threads is part of that. `ready` is what pytorch.py says of it."""

    def __init__(self, python, model, candidate, threads, images, cache, seconds):
        mode, layout = candidate.split(", ")
        command = [python, SCRIPT, model.name, mode, layout, "--threads", threads, "--images", images]
        self.messages = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")
        self.process = subprocess.Popen(
            [str(word) for word in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.messages, text=True,
            env=dict(os.environ, TORCHINDUCTOR_CACHE_DIR=str(cache)), start_new_session=True)
        try:
            self.ready = self.answer(seconds)
        except BaseException:
            self.end()
            raise

    @property
    def pid(self):
        return self.process.pid

    def answer(self, seconds):
        if not select.select([self.process.stdout], [], [], seconds)[0]:
            raise Failure(f"nothing came within {seconds:.0f} seconds")
        line = self.process.stdout.readline()
        if not line:
            code = self.process.wait()
            self.messages.seek(0)
            said = self.messages.read().strip().splitlines()
            raise Failure(said[-1] if said else f"ended with {code}")
        document = json.loads(line)
        if "error" in document:
            raise Failure(document["error"].strip().splitlines()[0])
        return document

    def measure(self, seconds):
        """Trains for that long; allows for steps of ten seconds."""
        self.process.stdin.write(f"{seconds}\n")
        self.process.stdin.flush()
        return self.answer(2 * seconds + 300)

    def end(self):
        """Ends the process and what it started."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self.messages):
            try:
                stream.close()
            except BrokenPipeError:
                pass
