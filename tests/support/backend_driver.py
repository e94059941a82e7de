"""Drives a real axle-backend: as pyproject_api does, or with a control descriptor.

AXLE_BIN names the folder of the programs. Every wait has a deadline; none sleeps.
"""

import json
import os
import select
import socket
import subprocess
import sys
import tempfile
import textwrap
import time
import unittest
from pathlib import Path

# Sanitizers make what is much work, such as 20 MB of JSON, very slow.
DEADLINE = 240.0 if os.environ.get("AXLE_SANITIZE") else 30.0
MARKER = b"Backend: Wrote response "


def program(name="axle-backend"):
    return str(Path(os.environ["AXLE_BIN"]) / name)


def process_exists(pid):
    """Alive, and not a zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def wait_gone(pid, seconds=DEADLINE):
    """Waits until the process `pid` has ended; raises if it does not."""
    try:
        pidfd = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        if not select.select([pidfd], [], [], seconds)[0]:
            raise AssertionError(f"process {pid} is still there after {seconds} s")
    finally:
        os.close(pidfd)


class Project:
    """A source tree in a temporary folder with a build backend `backend.py` in it."""

    def __init__(self, source):
        self._folder = tempfile.TemporaryDirectory(prefix="axle-test-")
        self.root = Path(self._folder.name)
        (self.root / "backend.py").write_text(textwrap.dedent(source), encoding="utf-8")

    def close(self):
        self._folder.cleanup()


class Backend:
    """One axle-backend. With `control`, events come as JSON; without, as lines of text."""

    def __init__(self, project, *, reuse=True, control=True, options=(), module="backend",
                 in_tree=True, env=None, obj=None, python=sys.executable, start=True):
        self.project = project
        self.results = tempfile.TemporaryDirectory(prefix="axle-results-")
        self.control = None
        self._events = b""
        self.events = []
        self._serial = 0
        argv = [program(), "--python", python, *options]
        if in_tree:
            argv += ["--backend-path", str(project.root)]
        passed = ()
        theirs = None
        if control:
            self.control, theirs = socket.socketpair()
            argv += ["--control-fd", str(theirs.fileno())]
            passed = (theirs.fileno(),)
        argv += [str(reuse), module] + ([obj] if obj else [])
        self.process = subprocess.Popen(
            argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            cwd=project.root, env=env, pass_fds=passed, start_new_session=True)
        if theirs:
            theirs.close()
        self.output = {self.process.stdout.fileno(): b"", self.process.stderr.fileno(): b""}
        if start:
            if control:
                self.started = self.event("started")
            else:
                self.wait_for_text(b"started backend ")

    @property
    def out(self):
        return self.output[self.process.stdout.fileno()]

    @property
    def err(self):
        return self.output[self.process.stderr.fileno()]

    def pump(self, deadline):
        """Reads what is there; False at the end of everything."""
        left = deadline - time.monotonic()
        if left <= 0:
            raise AssertionError(f"nothing came in time; out={self.out!r} err={self.err!r}"
                                 f" events={self.events}")
        watched = [fd for fd in self.output if fd >= 0 and self.output[fd] is not None]
        watched = [fd for fd in watched if fd not in getattr(self, "_ended", ())]
        if self.control and not getattr(self, "_control_ended", False):
            watched.append(self.control)
        if not watched:
            return False
        for ready in select.select(watched, [], [], left)[0]:
            if ready is self.control:
                data = self.control.recv(65536)
                if not data:
                    self._control_ended = True
                self._events += data
                *lines, self._events = self._events.split(b"\n")
                self.events += [json.loads(line) for line in lines]
            else:
                data = os.read(ready, 65536)
                if not data:
                    self._ended = (*getattr(self, "_ended", ()), ready)
                self.output[ready] += data
        return True

    def event(self, name, seconds=DEADLINE):
        """The next event of this name; the ones before it are dropped."""
        return self.event_of(name, seconds=seconds)

    def event_of(self, *names, seconds=DEADLINE):
        """The next event of one of these names; the ones before it are dropped."""
        deadline = time.monotonic() + seconds
        while True:
            while self.events:
                event = self.events.pop(0)
                if event["event"] in names:
                    return event
                self.dropped = [*getattr(self, "dropped", []), event]
            # Others may still have its output; nobody else has the other end of `control`.
            ended = getattr(self, "_control_ended", False) or not self.pump(deadline)
            if ended and not self.events:
                raise AssertionError(f"the end came before {names!r}; {self.out!r} {self.err!r}")

    def wait_for_text(self, text, count=1, seconds=DEADLINE):
        deadline = time.monotonic() + seconds
        while self.out.count(text) < count:
            if not self.pump(deadline):
                raise AssertionError(f"the end came before {text!r}; {self.out!r} {self.err!r}")

    def result_path(self):
        self._serial += 1
        return Path(self.results.name) / f"result-{self._serial}.json"

    def send(self, cmd, result=None, **rest):
        path = result or self.result_path()
        kwargs = rest.pop("kwargs", {})
        message = {"cmd": cmd, "kwargs": kwargs, "result": str(path), "x_id": self._serial, **rest}
        self.send_line(json.dumps(message))
        return path

    def send_line(self, line):
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()

    def call(self, cmd, **rest):
        """Sends a command, waits for its end, and returns the content of its result file."""
        done = self.out.count(MARKER)
        path = self.send(cmd, **rest)
        if self.control:
            self.finished = self.event("finished")
        else:
            self.wait_for_text(MARKER, done + 1)
        return json.loads(path.read_text(encoding="utf-8"))

    def children(self):
        pid = self.process.pid
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def interpreter(self):
        """The oldest child: no hook runs."""
        return self.children()[0]

    def cancel(self, command_id, grace_s, reason="a test"):
        message = {"control": "cancel", "id": command_id, "reason": reason, "grace_s": grace_s}
        self.control.sendall(json.dumps(message).encode() + b"\n")

    def leave(self):
        """`_exit`, and the exit code."""
        answer = self.call("_exit")
        assert answer == {"return": 0}, answer
        return self.process.wait(DEADLINE)

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            try:
                stream.close()
            except BrokenPipeError:
                pass
        if self.control:
            self.control.close()
        self.results.cleanup()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class BackendTest(unittest.TestCase):
    """Projects and backends that end with the test."""

    def project(self, source):
        project = Project(source)
        self.addCleanup(project.close)
        return project

    def backend(self, project, **options):
        """`project` may also be the source of its backend alone."""
        if isinstance(project, str):
            project = self.project(project)
        backend = Backend(project, **options)
        self.addCleanup(backend.close)
        return backend
