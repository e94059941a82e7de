"""Rounds and statistics: variants take turns, so that whatever slows the machine slows all of them.

    case = Case("wheel, flit tiny", [Entry("axle", once), Entry("build", other)])
    measure(case, rounds=20)
    case.entries[0].summary()["median"]
"""

import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, field
from typing import Callable


class Failed(Exception):
    """What was measured did not do what it should."""


@dataclass
class Entry:
    """One variant: `once` does the work and returns what it took, in seconds (or in `unit`)."""

    name: str
    once: Callable[[], float]
    warm_up: int = 1
    samples: list = field(default_factory=list)
    error: str = ""

    def summary(self):
        return summary(self.samples) if self.samples else None


@dataclass
class Case:
    """Variants that do the same work; ratios are to the first one."""

    name: str
    entries: list
    unit: str = "ms"
    rounds: int = 0  # 0: as many as the run has
    series: str = ""  # cases that differ in `size` only belong to one plot
    size: int = 0


def summary(samples):
    ordered = sorted(samples)
    if len(ordered) < 2:
        quartiles = [ordered[0]] * 3
    else:
        quartiles = statistics.quantiles(ordered, n=4, method="inclusive")
    return {
        "n": len(ordered),
        "median": quartiles[1],
        "p25": quartiles[0],
        "p75": quartiles[2],
        "min": ordered[0],
        "p99": ordered[min(len(ordered) - 1, int(0.99 * len(ordered)))],
    }


def dose(samples):
    """Every how many rounds a variant takes part: slow ones are not worth all the time."""
    if len(samples) < 3:
        return 1
    usual = statistics.median(samples)
    return 1 if usual < 0.4 else 2 if usual < 1.5 else 4


def measure(case, rounds, least=5, seconds=None):
    """Runs the entries in turn, each round beginning with another one. One that fails is left out
    from there on, with its error. After `seconds` no further round begins; one always is run."""
    rounds = case.rounds or rounds
    end = None if seconds is None else time.monotonic() + seconds
    for entry in case.entries:
        warm_up(entry, case)
    for number in range(rounds):
        if number > 0 and end is not None and time.monotonic() >= end:
            break
        show(f"{case.name}: round {number + 1} of {rounds}")
        first = number % len(case.entries)
        for entry in case.entries[first:] + case.entries[:first]:
            every = dose(entry.samples) if case.unit == "ms" and rounds > least else 1
            if number % every == 0:
                attempt(entry, case, entry.samples)
    show("")
    return case


def show(progress):
    if sys.stderr.isatty():
        print(f"\r\033[K{progress}", end="", file=sys.stderr, flush=True)


def warm_up(entry, case):
    """Caches are full after one run; what is fast has more to gain."""
    unused = []
    while len(unused) < entry.warm_up and not entry.error and max(unused, default=0) < 1:
        attempt(entry, case, unused)


def attempt(entry, case, samples):
    if entry.error:
        return
    try:
        samples.append(entry.once())
    except Failed as failure:
        entry.error = str(failure)
        show("")
        print(f"{case.name}: {entry.name} FAILED: {entry.error}", file=sys.stderr)


def timed_run(command, *, cwd, env, log):
    """Runs a whole process, from before it is started until it is reaped; the seconds that took.
    Its output goes to the file `log`. Fails if its exit code is not 0."""
    command = [os.fspath(word) for word in command]
    with open(log, "wb") as output:
        begin = time.perf_counter()
        process = subprocess.Popen(command, cwd=cwd, env=env, stdin=subprocess.DEVNULL,
                                   stdout=output, stderr=output)
        status = process.wait()
        took = time.perf_counter() - begin
    if status != 0:
        with open(log, errors="replace") as text:
            tail = " | ".join(text.read().splitlines()[-5:])
        raise Failed(f"exit code {status}: {tail}")
    return took
