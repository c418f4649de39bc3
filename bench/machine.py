"""The machine that is measured on: its name, and how much of it other processes took meanwhile."""

import os
import platform
import resource
import time
from contextlib import contextmanager

TICK = 1 / os.sysconf("SC_CLK_TCK")


def processor(cpuinfo="/proc/cpuinfo"):
    """Its name with family and model, where the system says them: hypervisors call generations that differ by half "AMD EPYC"."""
    fields = {}
    try:
        with open(cpuinfo, encoding="utf-8") as file:
            for line in file:
                name, colon, value = line.partition(":")
                if colon:
                    fields.setdefault(name.strip(), value.strip())
    except OSError:
        pass
    name = fields.get("model name", platform.machine())
    return f"{name} (family {fields['cpu family']}, model {fields['model']})" if "cpu family" in fields and "model" in fields else name


def threads():
    return len(os.sched_getaffinity(0))


def busy_seconds():
    """Of all processors together, with what a hypervisor gave to others."""
    with open("/proc/stat", encoding="ascii") as file:
        user, nice, system, _, _, irq, softirq, steal = map(int, file.readline().split()[1:9])
    return (user + nice + system + irq + softirq + steal) * TICK


def process_seconds(pid):
    """That a running process has computed, with all its threads; pid None: the processes waited for."""
    if pid is None:
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return used.ru_utime + used.ru_stime
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * TICK


class Elsewhere:
    """`largest`: the largest part of the processors' time that others took in one of the measurements."""

    def __init__(self):
        self.largest = 0.0

    @contextmanager
    def watch(self, pid=None):
        start, busy, used = time.monotonic(), busy_seconds(), process_seconds(pid)
        yield
        seconds, busy, used = time.monotonic() - start, busy_seconds() - busy, process_seconds(pid) - used
        self.largest = max(self.largest, (busy - used) / (seconds * os.cpu_count()))
