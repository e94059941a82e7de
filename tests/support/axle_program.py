"""Runs the finished program axle in surroundings of its own, and tells what it leaves behind.

AXLE_BIN names the folder of the programs; with AXLE_TEST_DAEMON=1 they use a daemon. Every wait has a deadline; none sleeps.
"""

import os
import select
import signal
import subprocess
import tempfile
import time
import unittest
import uuid
from pathlib import Path

from projects import TinyProject

# Sanitizers make everything slow.
DEADLINE = 240.0 if os.environ.get("AXLE_SANITIZE") else 60.0


def axle_path():
    return str(Path(os.environ["AXLE_BIN"]) / "axle")


def comm_of(pid):
    return Path(f"/proc/{pid}/comm").read_text().strip()


def parent_of(pid):
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def host_of(pid):
    """The axle-backend that `pid` descends from."""
    while comm_of(pid) != "axle-backend":
        pid = parent_of(pid)
    return pid


# For what is about processes that are the daemon's where there is one.
without_daemon = unittest.skipIf(os.environ.get("AXLE_TEST_DAEMON"), "the daemon has those processes")


class Started:
    """A hook's word that it runs: it calls the function that `hooks` defines, the test waits."""

    def __init__(self, folder):
        self.path = Path(folder) / "started"
        os.mkfifo(self.path)
        # Both ends, so that neither side waits for the other to open it.
        self._fd = os.open(self.path, os.O_RDWR)
        self._told = b""

    def hooks(self):
        return f"""
            def tell(*words):
                with open({str(self.path)!r}, "w") as fifo:
                    print(os.getpid(), *words, file=fifo, flush=True)
        """

    def wait(self):
        """What the hook told: its process's number, and what it added."""
        while b"\n" not in self._told:
            if not select.select([self._fd], [], [], DEADLINE)[0]:
                raise AssertionError("the hook did not start")
            self._told += os.read(self._fd, 4096)
        line, _, self._told = self._told.partition(b"\n")
        return [int(word) for word in line.split()]

    def close(self):
        os.close(self._fd)


class AxleTest(unittest.TestCase):
    """Each test has a home, a cache and a folder for temporary files, in which nothing may stay."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="axle-home-")
        self.addCleanup(folder.cleanup)
        self.home = Path(folder.name).resolve()
        self.tmp = self.home / "tmp"
        self.tmp.mkdir()
        self.mark = uuid.uuid4().hex
        keep = ("PATH", "LANG", "LC_ALL", "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS")
        self.environment = {name: os.environ[name] for name in keep if name in os.environ}
        self.environment.update(
            HOME=str(self.home),
            XDG_CACHE_HOME=str(self.home / "cache"),
            XDG_RUNTIME_DIR=str(self.home / "run"),
            TMPDIR=str(self.tmp),
            AXLE_TEST_MARK=self.mark,
            AXLE_DAEMON="1" if os.environ.get("AXLE_TEST_DAEMON") else "0",
        )
        (self.home / "run").mkdir(mode=0o700)
        self.started = Started(folder.name)
        self.addCleanup(self.started.close)
        self.told = {}

    def tiny_project(self, *hooks, **options):
        """A TinyProject that lives as long as the test."""
        project = TinyProject(*hooks, **options)
        self.addCleanup(project.__exit__)
        return project

    def start(self, *arguments, cwd=None, env=(), **streams):
        streams.setdefault("stdout", subprocess.PIPE)
        streams.setdefault("stderr", subprocess.PIPE)
        streams.setdefault("start_new_session", True)
        return subprocess.Popen(
            [axle_path(), *map(str, arguments)],
            cwd=cwd,
            env={**self.environment, **dict(env)},
            stdin=subprocess.DEVNULL,
            # A shell's background job would ignore it, and so would axle.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
            **streams,
        )

    def wait_for_message(self, process, text):
        """Reads its messages until `text` is among them; all of them so far."""
        deadline = time.monotonic() + DEADLINE
        told = self.told.setdefault(process.pid, bytearray())
        while text.encode() not in told:
            left = deadline - time.monotonic()
            ready = left > 0 and select.select([process.stderr], [], [], left)[0]
            data = os.read(process.stderr.fileno(), 4096) if ready else b""
            if not data:
                raise AssertionError(f"axle does not say {text!r}; it said:\n{bytes(told)!r}")
            told += data
        return told.decode(errors="backslashreplace")

    def end(self, process):
        """Waits for its end; its exit code, output and all of its messages."""
        told = bytes(self.told.pop(process.pid, b""))
        try:
            out, err = process.communicate(timeout=DEADLINE)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
            raise AssertionError(f"axle does not end; it said:\n{told + err!r}") from None
        text = (told + (err or b"")).decode(errors="backslashreplace")
        return process.returncode, (out or b"").decode(), text

    def axle(self, *arguments, code=0, **options):
        """Runs axle; what it wrote to stdout and stderr."""
        status, out, err = self.end(self.start(*arguments, **options))
        self.assertEqual(status, code, f"stdout:\n{out}\nstderr:\n{err}")
        self.assert_nothing_left()
        return out, err

    def end_daemon(self):
        subprocess.run([axle_path(), "daemon", "stop"], env=self.environment, check=True,
                       capture_output=True, timeout=DEADLINE)
        deadline = time.monotonic() + DEADLINE
        while self.left_processes() and time.monotonic() < deadline:
            pass  # it has told that it leaves; its backends are leaving

    def left_processes(self):
        mark = f"AXLE_TEST_MARK={self.mark}".encode()
        left = []
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                if mark in (entry / "environ").read_bytes():
                    left.append((int(entry.name), comm_of(entry.name)))
            except OSError:
                pass  # ended meanwhile, or someone else's
        return left

    def assert_nothing_left(self):
        """No process and no temporary file, once axle has ended, and the daemon where there is one."""
        if os.environ.get("AXLE_TEST_DAEMON"):
            self.end_daemon()
        self.assertEqual(self.left_processes(), [])
        names = sorted(path.name for path in self.tmp.iterdir())
        # ThreadSanitizer makes it for a moment, before the program begins: killed then, it stays.
        self.assertEqual([name for name in names if not name.startswith("tsan.rodata.")], [])


