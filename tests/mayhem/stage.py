"""What a chaos test stands on: it sees every process that a run has started, however far away it
has moved, hits none but those, and says what hangs where.

A `Run` makes the calling process a subreaper, so that every orphan comes to it, and gives the run
a cookie in the environment, by which also a process that somebody else has adopted is known.
AXLE_BIN names the folder of the programs. Every wait has a deadline.
"""

import contextlib
import ctypes
import errno
import hashlib
import os
import select
import signal
import sys
import tempfile
import time
import uuid
import zipfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
import projects  # noqa: E402
from sanitizer import SANITIZED, WITHOUT_LEAK_DETECTOR  # noqa: E402

# What has to happen at once may take this long on a busy machine. Past ten times that it hangs.
PATIENCE = 60.0 if SANITIZED else 12.0
HANGS = 10 * PATIENCE
COOKIE = "AXLE_MAYHEM_COOKIE"
PR_SET_CHILD_SUBREAPER = 36


class Violation(AssertionError):
    """An invariant does not hold."""


def program(name):
    return str(Path(os.environ["AXLE_BIN"]) / name)


# --- Processes.


def stat_of(pid):
    """The fields of /proc/<pid>/stat after the name, of which the first is the state."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(errors="replace")
    except OSError:
        return None
    return text.rpartition(")")[2].split()


def is_alive(pid):
    fields = stat_of(pid)
    return fields is not None and fields[0] not in "ZX"


class Process:
    """One process, known by number and start time, so that no other is taken for it."""

    def __init__(self, pid, fields):
        self.pid = pid
        self.parent = int(fields[1])
        self.leads_session = int(fields[3]) == pid
        self.started = int(fields[19])

    @property
    def name(self):
        try:
            return Path(f"/proc/{self.pid}/comm").read_text().strip()
        except OSError:
            return ""

    @property
    def words(self):
        """Its command line; nothing if it is gone."""
        try:
            return Path(f"/proc/{self.pid}/cmdline").read_bytes().split(b"\0")
        except OSError:
            return []

    @property
    def folder(self):
        """Its working directory; nothing if it is gone."""
        try:
            return os.readlink(f"/proc/{self.pid}/cwd")
        except OSError:
            return ""

    def send(self, number):
        """Sends a signal to exactly this process; False if it has ended."""
        try:
            pidfd = os.pidfd_open(self.pid)
        except OSError:
            return False
        try:
            fields = stat_of(self.pid)
            if fields is None or int(fields[19]) != self.started or fields[0] in "ZX":
                return False
            signal.pidfd_send_signal(pidfd, number)
            return True
        except ProcessLookupError:
            return False
        finally:
            os.close(pidfd)


def children_of(pid):
    found = []
    with contextlib.suppress(OSError):
        for task in os.listdir(f"/proc/{pid}/task"):
            with contextlib.suppress(OSError):
                found += Path(f"/proc/{pid}/task/{task}/children").read_text().split()
    return [int(child) for child in found]


def descendants(root=None):
    """All processes below `root`, or below this one; parents before their children."""
    found = []
    waiting = children_of(root or os.getpid())
    while waiting:
        pid = waiting.pop(0)
        fields = stat_of(pid)
        if fields is not None and fields[0] not in "ZX":
            found.append(Process(pid, fields))
        waiting += children_of(pid)
    return found


def describe(pid):
    """Where the process is, as far as the system tells."""
    lines = [f"-- process {pid}"]
    for name in ("cmdline", "wchan", "syscall", "stack"):
        try:
            content = Path(f"/proc/{pid}/{name}").read_bytes().replace(b"\0", b" ")
            text = content.decode("utf-8", "replace")
        except OSError as error:
            text = f"({error.strerror})"
        lines.append(f"   {name}: {text.strip()[:2000]}")
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith(("State", "PPid", "Sig", "Shd", "Threads", "TracerPid")):
                lines.append("   " + line.replace("\t", " "))
    with contextlib.suppress(OSError):
        for fd in sorted(os.listdir(f"/proc/{pid}/fd"), key=int):
            with contextlib.suppress(OSError):
                lines.append(f"   fd {fd}: {os.readlink(f'/proc/{pid}/fd/{fd}')}")
    return "\n".join(lines)


def dump(pids):
    """Tells where each process is. A Python with faulthandler tells its stack on SIGABRT."""
    for pid in pids:
        print(describe(pid), file=sys.stderr, flush=True)
    for pid in pids:
        fields = stat_of(pid)
        with contextlib.suppress(OSError):
            if fields is not None and "python" in Path(f"/proc/{pid}/comm").read_text():
                Process(pid, fields).send(signal.SIGABRT)


class Run:
    """A run of chaos: its folder, its environment, its seed, and what must hold after it."""

    def __init__(self, seed, patience=PATIENCE):
        self.seed = seed
        self.patience = patience
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "PR_SET_CHILD_SUBREAPER")
        self._folder = tempfile.TemporaryDirectory(prefix="axle-mayhem-")
        self.root = Path(self._folder.name).resolve()
        self.tmp = self.folder("tmp")
        self.cookie = uuid.uuid4().hex
        self.reaped = {}  # pid: wait status, of those that nobody has asked for yet
        keep = ("PATH", "LANG", "LC_ALL", "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS")
        self.environment = {name: os.environ[name] for name in keep if name in os.environ}
        self.environment.update(
            {
                "HOME": str(self.root),
                "XDG_CACHE_HOME": str(self.root / "cache"),
                "XDG_RUNTIME_DIR": str(self.folder("run")),
                "TMPDIR": str(self.tmp),
                "AXLE_DAEMON": "0",
                COOKIE: self.cookie,
                **WITHOUT_LEAK_DETECTOR,
            }
        )
        (self.root / "run").chmod(0o700)

    def folder(self, name):
        path = self.root / name
        path.mkdir(parents=True, exist_ok=True)
        return path

    def close(self):
        for process in descendants():
            process.send(signal.SIGKILL)
        with contextlib.suppress(Violation):
            self.reach_echild()
        self._folder.cleanup()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def marked(self):
        """Every process that has the cookie of this run."""
        mark = f"{COOKIE}={self.cookie}".encode()
        found = []
        for name in os.listdir("/proc"):
            if name.isdigit() and int(name) != os.getpid():
                with contextlib.suppress(OSError):
                    if mark in Path(f"/proc/{name}/environ").read_bytes() and is_alive(name):
                        found.append(int(name))
        return found

    def reap(self, flags):
        """Reaps one child; None if none has ended, ChildProcessError if there is none."""
        pid, status = os.waitpid(-1, flags)
        if pid:
            self.reaped[pid] = os.waitstatus_to_exitcode(status)
        return pid or None

    def await_end(self, pid, seconds=None):
        """Waits for the end of a child of ours; its exit code, or minus its signal."""
        deadline = time.monotonic() + (seconds or HANGS)
        pidfd = os.pidfd_open(pid) if pid not in self.reaped else None
        try:
            while pid not in self.reaped:
                left = deadline - time.monotonic()
                if left <= 0 or not select.select([pidfd], [], [], left)[0]:
                    self.hang(f"process {pid} does not end")
                with contextlib.suppress(ChildProcessError):
                    done, status = os.waitpid(pid, os.WNOHANG)
                    if done:
                        self.reaped[pid] = os.waitstatus_to_exitcode(status)
        finally:
            if pidfd is not None:
                os.close(pidfd)
        return self.reaped.pop(pid)

    def hang(self, what):
        dump([process.pid for process in descendants()])
        raise Violation(f"{what} (seed {self.seed})")

    def reach_echild(self):
        """Waits until no child is left, ours by birth or by adoption."""
        deadline = time.monotonic() + self.patience
        while True:
            try:
                while self.reap(os.WNOHANG):
                    pass
            except ChildProcessError:
                return
            left = deadline - time.monotonic()
            children = children_of(os.getpid())
            if left <= 0:
                self.hang(f"orphans: {children}")
            pidfds = []
            for pid in children:
                with contextlib.suppress(OSError):
                    pidfds.append(os.pidfd_open(pid))
            try:
                # A child that comes in meanwhile is seen at the next look.
                select.select(pidfds, [], [], min(left, 0.5))
            finally:
                for pidfd in pidfds:
                    os.close(pidfd)

    def assert_no_process(self):
        self.reach_echild()
        marked = self.marked()
        if marked:
            dump(marked)
            raise Violation(f"processes {marked} have outlived their run (seed {self.seed})")


# --- Projects and what is built of them.

# What an interpreter leaves in a folder that it imports from.
KNOWN_PRODUCTS = {"__pycache__"}


def write_project(folder, name, hooks, imported=""):
    """A source tree whose backend is tiny_backend with `hooks` after it; builds `name`-1.0."""
    folder.mkdir(parents=True)
    backend = projects.BACKEND.replace('"demo", "1.0"', f'"{name}", "1.0"', 1)
    (folder / "demo.py").write_text("answer = 42\n" * 100)
    (folder / "tiny_backend.py").write_text(imported + backend + hooks)
    (folder / "pyproject.toml").write_text(projects.PYPROJECT.replace('"demo"', f'"{name}"'))
    return folder


def build_command(out, trees, *options):
    """An axle that builds the wheels of `trees`, without looking for an interpreter."""
    axle = [program("axle"), "build", "-nw", "--python", sys.executable, "-o", str(out)]
    return [*axle, *options, *map(str, trees)]


def wheel_name(name):
    return f"{name}-1.0-py3-none-any.whl"


def check_wheel(path):
    """Raises unless the wheel is whole."""
    try:
        with zipfile.ZipFile(path) as wheel:
            broken = wheel.testzip()
            records = [name for name in wheel.namelist() if name.endswith(".dist-info/RECORD")]
            if broken or len(records) != 1:
                raise Violation(f"{path} is broken at {broken or 'RECORD'}")
            listed = {line.split(",")[0] for line in wheel.read(records[0]).decode().splitlines()}
            if listed != set(wheel.namelist()):
                raise Violation(f"{path} does not hold what its RECORD says")
    except (zipfile.BadZipFile, OSError) as error:
        raise Violation(f"{path}: {error}") from error


def make_old(paths):
    """Lets what a killed axle has left look as old as that of which nobody can be the owner."""
    long_ago = time.time() - 24 * 3600
    for path in paths:
        os.utime(path, (long_ago, long_ago), follow_symlinks=False)


def fingerprint(tree):
    """What stands in a source tree, without the known products of a build."""
    found = {}
    for place, folders, names in os.walk(tree):
        folders[:] = sorted(set(folders) - KNOWN_PRODUCTS)
        for name in names:
            path = Path(place, name)
            try:
                digest = hashlib.sha256(path.read_bytes()).hexdigest()
            except OSError as error:
                digest = errno.errorcode.get(error.errno, "?")
            found[str(path.relative_to(tree))] = digest
    return found
