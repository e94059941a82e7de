"""Very many commands through one axle-backend: each answer must carry the nonce of its request, and
neither the host nor the warm interpreter may grow.

    commands.py [--commands N] [--isolation inline|forked] [--slope MIB]

`--slope` is what a process may grow by in a million commands. AXLE_BIN names the folder of the
programs.
"""

import argparse
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from stage import HANGS, SANITIZED, Run, Violation, children_of, program

SOURCE = """
def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    return config_settings
"""
PAGE = os.sysconf("SC_PAGE_SIZE")
MIB = 1 << 20
SAMPLES = 200
TOLD_EVERY = 300  # seconds: a long soak says how far it has come


def keeps_nothing():
    """The environment in which a sanitizer gives back at once what has been freed."""
    options = os.environ.get("ASAN_OPTIONS", "")
    options += ":detect_leaks=0:quarantine_size_mb=0:thread_local_quarantine_size_kb=0"
    return {"ASAN_OPTIONS": options} if SANITIZED else {}


class Host:
    """One axle-backend with a control descriptor; as quick as a driver in Python can be."""

    def __init__(self, run, isolation):
        self.run = run
        tree = run.folder("tree")
        (tree / "backend.py").write_text(SOURCE)
        self.control, theirs = socket.socketpair()
        self.log = open(run.root / "log", "wb+")
        self.process = subprocess.Popen(
            [program("axle-backend"), "--python", sys.executable, "--hook-isolation", isolation,
             "--control-fd", str(theirs.fileno()), "True", "backend"],
            stdin=subprocess.PIPE, stdout=self.log, stderr=self.log, cwd=tree,
            env={**run.environment, **keeps_nothing(), "PYTHONPATH": str(tree)}, pass_fds=(theirs.fileno(),),
            start_new_session=True)
        theirs.close()
        self.control.settimeout(HANGS)
        self.stdin = self.process.stdin.fileno()
        self.result = str(run.folder("results") / "result.json")
        self.pending = b""
        self.await_event(b'"event": "started"', b'"event":"started"')
        self.interpreter = children_of(self.process.pid)[0]

    def await_event(self, *names):
        """The line of the event; those before it are dropped."""
        while True:
            try:
                data = self.control.recv(65536)
            except TimeoutError:
                self.run.hang("axle-backend tells nothing")
            if not data:
                raise Violation(f"axle-backend is gone: {self.process.wait()}\n{self.tail()}")
            *lines, self.pending = (self.pending + data).split(b"\n")
            for line in lines:
                if any(name in line for name in names):
                    return line
                if b"rejected" in line or b"notice" in line:
                    raise Violation(f"axle-backend tells {line!r}")

    def command(self, number, nonce):
        line = (f'{{"cmd": "build_wheel", "kwargs": {{"wheel_directory": "/", "config_settings": '
                f'"{nonce}"}}, "result": "{self.result}", "x_id": {number}}}\n')
        os.write(self.stdin, line.encode())
        finished = self.await_event(b'"finished"')
        told = json.loads(finished)
        if told["id"] != number:
            raise Violation(f"command {number} is answered by {finished!r}")
        with open(self.result, "rb") as file:
            outcome = json.loads(file.read())
        if outcome != {"return": nonce}:
            raise Violation(f"the command with {nonce} came to {outcome}")
        os.unlink(self.result)

    def tail(self):
        return self.log.seek(0) or self.log.read()[-2000:].decode("utf-8", "replace")

    def sizes(self):
        """Resident bytes of the host and of the interpreter."""
        return [int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE
                for pid in (self.process.pid, self.interpreter)]

    def descriptors(self):
        """How many each of them has."""
        return [len(os.listdir(f"/proc/{pid}/fd")) for pid in (self.process.pid, self.interpreter)]

    def settled_descriptors(self, before):
        """How many each has once it has no more than before: an interpreter puts things back as
        they were after it has answered, and tidies up after its start."""
        deadline = time.monotonic() + self.run.patience
        while True:
            now = self.descriptors()
            if all(count <= bound for count, bound in zip(now, before)):
                return now
            if time.monotonic() > deadline:
                raise Violation(f"descriptors: {now}, and not {before}")
            select.select([], [], [], 0.001)

    def leave(self):
        self.process.stdin.close()
        ended = os.pidfd_open(self.process.pid)
        if not select.select([ended], [], [], HANGS)[0]:
            self.run.hang("axle-backend does not leave")
        os.close(ended)
        self.process.wait()
        self.control.close()
        self.log.close()


def slope(samples):
    """How many bytes a command costs, by least squares."""
    count = len(samples)
    mean_x = sum(x for x, _ in samples) / count
    mean_y = sum(y for _, y in samples) / count
    spread = sum((x - mean_x) ** 2 for x, _ in samples)
    return sum((x - mean_x) * (y - mean_y) for x, y in samples) / spread


def tell(done, took, sizes):
    host, interpreter = (size / MIB for size in sizes)
    print(f"{done} commands in {took:.0f} s; host {host:.1f} MiB, interpreter {interpreter:.1f} MiB",
          flush=True)


def soak(options):
    with Run(seed=0) as run:
        host = Host(run, options.isolation)
        begun = told = time.monotonic()
        warm_up = min(options.commands // 5, 50_000)
        every = max(1, (options.commands - warm_up) // SAMPLES)
        samples = []
        descriptors = host.descriptors()
        for number in range(options.commands):
            host.command(number, f"nonce-{os.urandom(8).hex()}")
            if number >= warm_up and number % every == 0:
                samples.append((number, *host.sizes()))
                descriptors = host.settled_descriptors(descriptors)
                if time.monotonic() > told + TOLD_EVERY:
                    told = time.monotonic()
                    tell(number + 1, told - begun, samples[-1][1:])
        took = time.monotonic() - begun
        host.leave()
        run.assert_no_process()
        if [*run.folder("results").iterdir(), *run.tmp.iterdir()]:
            raise Violation("files are left behind")
        print(f"{options.commands} commands {options.isolation} in {took:.0f} s,"
              f" {options.commands / took:.0f}/s; descriptors {descriptors}", flush=True)
        for at, name in ((1, "host"), (2, "interpreter")):
            grows = slope([(sample[0], sample[at]) for sample in samples]) * 1e6 / MIB
            whole = (samples[-1][at] - samples[0][at]) / MIB
            print(f"{name}: {samples[0][at] / MIB:.1f} MiB, then {whole:+.2f} MiB: "
                  f"{grows:+.2f} MiB in a million commands", flush=True)
            # A page more or less says nothing in a short run.
            if grows > options.slope and whole > 0.25:
                raise Violation(f"the {name} grows")


def main():
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--commands", type=int, default=10_000)
    parser.add_argument("--isolation", choices=("inline", "forked"), default="inline")
    parser.add_argument("--slope", type=float, default=1.0, metavar="MIB")
    soak(parser.parse_args())


if __name__ == "__main__":
    main()
