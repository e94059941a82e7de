"""Control groups of version 1, for faults that only they can inject. Each needs root, and skips the
test where the system does not have it."""

import contextlib
import errno
import os
import select
import signal
import time
import unittest
from pathlib import Path


def own_group(controller):
    """The folder of the group in which this process is."""
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers == controller:
            return Path(f"/sys/fs/cgroup/{controller}{path}")
    return Path("/nowhere")


@contextlib.contextmanager
def cgroup(controller, case):
    """A new group of `controller` as a folder; empty it of processes before the end."""
    root = own_group(controller)
    folder = root / f"axle-test-{os.getpid()}-{case.id().rpartition('.')[2]}"
    try:
        if not (root / "cgroup.procs").exists():
            raise FileNotFoundError(f"no {root}")
        folder.mkdir()
    except OSError as error:
        raise unittest.SkipTest(f"no control group can be had: {error}") from None
    try:
        yield folder
    finally:
        remove(folder)


def remove(folder, seconds=30):
    """A process that ends is not listed any more, but keeps its group until it has ended."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return folder.rmdir()
        except OSError as error:
            if error.errno != errno.EBUSY or time.monotonic() > deadline:
                raise
        select.select([], [], [], 0.001)  # nobody tells of it


@contextlib.contextmanager
def freezer(case):
    """A group whose members hang as in the kernel, state D, once `freeze` is called: not even
    SIGKILL ends them before the end of the block."""
    with cgroup("freezer", case) as folder:
        def freeze(pid):
            (folder / "cgroup.procs").write_text(str(pid))
            (folder / "freezer.state").write_text("FROZEN")
            while "FROZEN" not in (folder / "freezer.state").read_text():
                pass
        try:
            yield freeze
        finally:
            (folder / "freezer.state").write_text("THAWED")
            for pid in (folder / "cgroup.procs").read_text().split():
                with contextlib.suppress(ProcessLookupError):  # it has just ended
                    (folder.parent / "cgroup.procs").write_text(pid)


@contextlib.contextmanager
def inside(group):
    """What is started in the block is in `group`."""
    (group / "cgroup.procs").write_text(str(os.getpid()))
    try:
        yield
    finally:
        (group.parent / "cgroup.procs").write_text(str(os.getpid()))


@contextlib.contextmanager
def few_processes(case, most):
    """A group of no more than `most` processes. Whatever is still in it is killed at the end."""
    with cgroup("pids", case) as group:
        try:
            limit_processes(group, most)
            yield group
        finally:
            limit_processes(group, 0)  # so that none forks faster than it is killed
            while members := processes_in(group):
                for pid in members:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)


def limit_processes(group, most):
    """From now on no process of the group can fork where that makes more than `most`."""
    (group / "pids.max").write_text(str(most))


def processes_in(group):
    return [int(pid) for pid in (group / "cgroup.procs").read_text().split()]


def failed_forks(group):
    """How often a fork has failed because of the limit."""
    return int((group / "pids.events").read_text().split()[1])


def wait_for_a_failed_fork(group, seconds=30):
    """Waits until a fork has failed because of the limit; raises if none does."""
    end = time.monotonic() + seconds
    while not failed_forks(group):  # version 1 tells nobody of the change
        if time.monotonic() > end:
            raise AssertionError(f"no fork failed in {seconds} s")
