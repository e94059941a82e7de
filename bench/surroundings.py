"""Where everything is measured: a folder on tmpfs, a clean environment, and nothing left behind."""

import json
import os
import shutil
import signal
import subprocess
import tempfile
import uuid
from pathlib import Path

import peers


def scratch_folder():
    """Creating files on a disk's file system would be most of what is measured."""
    chosen = os.environ.get("AXLE_BENCH_TMP")
    if chosen:
        return Path(chosen)
    memory = Path("/dev/shm")
    return memory if os.access(memory, os.W_OK) else Path(tempfile.gettempdir())


class Surroundings:
    """With `python`, the interpreter that builds; its folder is the first one of PATH."""

    def __init__(self, programs, python):
        self.programs = programs
        self.python = Path(python)
        # A name as long as others': paths of sockets are limited.
        self.root = Path(tempfile.mkdtemp(prefix="axle-bench-", dir=scratch_folder()))
        self.mark = f"AXLE_BENCH_MARK={uuid.uuid4().hex}"
        for name in ("home", "tmp", "run", "work"):
            (self.root / name).mkdir(mode=0o700)
        self.work = self.root / "work"
        self.environment = {
            "PATH": f"{self.python.parent}:/usr/local/bin:/usr/bin:/bin",
            "HOME": str(self.root / "home"),
            "LANG": "C.UTF-8",
            "TMPDIR": str(self.root / "tmp"),
            "XDG_CACHE_HOME": str(self.root / "home/cache"),
            "XDG_RUNTIME_DIR": str(self.root / "run"),
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(peers.WHEELS),
            "UV_NO_CONFIG": "1",
            "UV_OFFLINE": "1",
            "UV_NO_INDEX": "1",
            "UV_FIND_LINKS": str(peers.WHEELS),
            "UV_PYTHON": str(self.python),
            "UV_PYTHON_DOWNLOADS": "never",
            "UV_CACHE_DIR": str(self.root / "home/uv"),
            **dict([self.mark.split("=")]),
        }

    def folder(self, name):
        """An empty folder for work; what was there under this name is removed."""
        path = self.work / name
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir(parents=True)
        return path

    def daemons(self):
        """The processes of axle's daemons, which are below none of ours."""
        if not self.programs.has_daemon:
            return []
        text = self.ask_daemon("status", "--json")
        return [status["pid"] for status in json.loads(text)]

    def ask_daemon(self, *words):
        """What `axle daemon` says; fails if it does."""
        if not self.programs.has_daemon:
            return ""
        done = subprocess.run([self.programs.axle, "daemon", *words], env=self.environment,
                              check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                              text=True)
        return done.stdout

    def left_processes(self):
        """Those that were started in these surroundings and still run."""
        mark = self.mark.encode()
        for entry in Path("/proc").iterdir():
            try:
                if entry.name.isdigit() and mark in (entry / "environ").read_bytes().split(b"\0"):
                    yield int(entry.name)
            except OSError:
                pass  # ended meanwhile, or someone else's

    def close(self):
        try:
            self.ask_daemon("stop")
        except (OSError, subprocess.CalledProcessError):
            pass  # those that do not leave are ended
        for pid in list(self.left_processes()):
            try:
                pidfd = os.pidfd_open(pid)
                signal.pidfd_send_signal(pidfd, signal.SIGKILL)
                os.close(pidfd)
            except OSError:
                pass
        shutil.rmtree(self.root, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
