"""Drives a child that runs hooks: axle-backend, or the child of pyproject_api, by the protocol that they
share; or axle-backend through its control descriptor."""

import json
import os
import select
import socket
import subprocess
import time

from measure import Failed

DEADLINE = 60
MARKER = b"Backend: Wrote response "


class HookChild:
    """`control`: completion is told by events. Else by a line on stdout, as pyproject_api has it."""

    def __init__(self, argv, *, cwd, env, results, control):
        self.results = results
        self.serial = 0
        self.left = b""
        theirs = None
        if control:
            ours, theirs = socket.socketpair()
            split = argv.index("--control-fd") + 1
            argv = [*argv[:split], str(theirs.fileno()), *argv[split:]]
        self.process = subprocess.Popen(
            [os.fspath(word) for word in argv], cwd=cwd, env=env, stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL if control else subprocess.PIPE, stderr=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()] if control else [])
        if control:
            theirs.close()
            self.control = ours
            self.fd = ours.fileno()
            self.started, self.done = b'"started"', b'"finished"'
        else:
            self.fd = self.process.stdout.fileno()
            self.started, self.done = b"started backend", MARKER
        self._wait(self.started)

    def _wait(self, text):
        deadline = time.monotonic() + DEADLINE
        while True:
            *lines, self.left = self.left.split(b"\n")
            for line in lines:
                if text in line:
                    return
            if not select.select([self.fd], [], [], max(0, deadline - time.monotonic()))[0]:
                raise Failed("the child does not answer")
            more = os.read(self.fd, 65536)
            if not more:
                raise Failed("the child is gone")
            self.left += more

    def call(self, hook, **kwargs):
        """Runs a hook; the seconds until its result could be read, and the result."""
        self.serial += 1
        result = self.results / f"{self.serial}.json"
        line = json.dumps({"cmd": hook, "kwargs": kwargs, "result": str(result)}).encode() + b"\n"
        begin = time.perf_counter()
        os.write(self.process.stdin.fileno(), line)
        self._wait(self.done)
        outcome = json.loads(result.read_bytes())
        took = time.perf_counter() - begin
        result.unlink()
        return took, outcome

    def close(self):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        if self.process.stdout:
            self.process.stdout.close()


def axle_argv(programs, python, backend, isolation="forked", control=True, warm=False):
    return [programs.backend, "--python", python, "--hook-isolation", isolation,
            *(["--warm"] if warm else []),
            *(["--control-fd"] if control else []), "True", backend]


def pyproject_api_argv(python, backend):
    (child,) = python.parent.parent.glob("lib/python3*/site-packages/pyproject_api/_backend.py")
    return [python, child, "True", backend]
