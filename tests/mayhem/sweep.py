"""What the sweeps stand on: surroundings in which one program runs after the other, every process
of each run, what must hold after it, and where a run hangs that does not end.

AXLE_BIN names the folder of the programs. Every wait has a deadline.
"""

import contextlib
import ctypes
import os
import select
import shutil
import signal
import sys
import tempfile
import time
import zipfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
import projects  # noqa: E402
from sanitizer import SANITIZED, WITHOUT_LEAK_DETECTOR  # noqa: E402

WATCHDOG = 120.0 if SANITIZED else 30.0
PR_SET_CHILD_SUBREAPER = 36


class Violation(AssertionError):
    """What must always hold does not."""


def program(name):
    return str(Path(os.environ["AXLE_BIN"]) / name)


def children():
    """The processes that are ours by birth or by adoption, zombies too."""
    found = []
    for task in Path("/proc/self/task").iterdir():
        found += (task / "children").read_text().split()
    return [int(pid) for pid in found]


def descendants():
    """All processes below this one."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                fields = (entry / "stat").read_text(errors="replace").rpartition(")")[2].split()
                parents[int(entry.name)] = int(fields[1])
    found, waiting = [], [os.getpid()]
    while waiting:
        parent = waiting.pop()
        below = [pid for pid, its_parent in parents.items() if its_parent == parent]
        found += below
        waiting += below
    return found


def describe(pid):
    """Where a process is, as far as the system tells."""
    lines = [f"-- process {pid}"]
    for name in ("cmdline", "wchan", "syscall", "stack", "status"):
        try:
            text = Path(f"/proc/{pid}/{name}").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
        except OSError as error:
            text = f"({error.strerror})"
        lines.append(f"   {name}: {text.strip()[:1000]}")
    return "\n".join(lines)


class Run:
    """A folder and an environment for programs, of which nothing may be left when one has ended."""

    def __init__(self):
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "PR_SET_CHILD_SUBREAPER")
        self._folder = tempfile.TemporaryDirectory(prefix="axle-sweep-")
        self.root = Path(self._folder.name).resolve()
        self.tmp = self.folder("tmp")
        keep = ("PATH", "LANG", "LC_ALL", "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS")
        self.environment = {name: os.environ[name] for name in keep if name in os.environ}
        self.environment.update(HOME=str(self.root), XDG_CACHE_HOME=str(self.root / "cache"),
                                TMPDIR=str(self.tmp), AXLE_DAEMON="0", **WITHOUT_LEAK_DETECTOR)

    def folder(self, name):
        path = self.root / name
        path.mkdir(parents=True, exist_ok=True)
        return path

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._folder.cleanup()

    def exit_code(self, process):
        """Waits for the end of a child; a run that hangs is told and killed."""
        pidfd = os.pidfd_open(process.pid)
        try:
            ended = select.select([pidfd], [], [], WATCHDOG)[0]
        finally:
            os.close(pidfd)
        if not ended:
            self._hang(f"does not end within {WATCHDOG:.0f} s")
        return process.wait()

    def check_nothing_left(self):
        """Raises if a process or a temporary file outlives the run."""
        deadline = time.monotonic() + WATCHDOG
        while left := children():
            with contextlib.suppress(ChildProcessError):
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass
            pidfds = []
            for pid in left:
                with contextlib.suppress(OSError):
                    pidfds.append(os.pidfd_open(pid))
            try:
                if pidfds and not select.select(pidfds, [], [], deadline - time.monotonic())[0]:
                    self._hang("has left processes")
            finally:
                for pidfd in pidfds:
                    os.close(pidfd)
        files = sorted(path.name for path in self.tmp.iterdir())
        shutil.rmtree(self.tmp)
        self.tmp.mkdir()
        if files:
            raise Violation(f"{files} are left in TMPDIR")

    def _hang(self, what):
        found = descendants()
        told = "\n".join(map(describe, found))
        for pid in found:  # ours all, and none is reaped meanwhile
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            while True:
                os.waitpid(-1, 0)
        raise Violation(f"{what}\n{told}")


def write_project(folder, name):
    """A source tree with a build backend of its own, which builds `name`-1.0."""
    folder.mkdir(parents=True)
    (folder / "demo.py").write_text("answer = 42\n")
    (folder / "tiny_backend.py").write_text(
        projects.BACKEND.replace('"demo", "1.0"', f'"{name}", "1.0"', 1))
    (folder / "pyproject.toml").write_text(projects.PYPROJECT.replace('"demo"', f'"{name}"'))
    return folder


def contents(tree):
    """What stands in a source tree, but for what its interpreter leaves there."""
    return {str(path.relative_to(tree)): path.read_bytes() for path in tree.rglob("*")
            if path.is_file() and path.suffix != ".pyc"}


def wheel_name(name):
    return f"{name}-1.0-py3-none-any.whl"


def check_wheel(path):
    """Raises unless the wheel is whole."""
    with zipfile.ZipFile(path) as wheel:
        broken = wheel.testzip()
        record = next(name for name in wheel.namelist() if name.endswith(".dist-info/RECORD"))
        listed = {line.split(",")[0] for line in wheel.read(record).decode().splitlines()}
        if broken or listed != set(wheel.namelist()):
            raise Violation(f"{path} is broken")


def read(path):
    return path.read_bytes().decode("utf-8", "replace") if path.exists() else ""
