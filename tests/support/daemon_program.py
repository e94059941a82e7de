"""axle with a daemon of its own, which ends with the test."""

import json
import os
import select
import signal
import subprocess
import time
from pathlib import Path

from axle_program import DEADLINE, AxleTest, axle_path


def await_end(*pids):
    """Waits until none of the processes runs."""
    deadline = time.monotonic() + DEADLINE
    for pid in pids:
        try:
            pidfd = os.pidfd_open(pid)
        except ProcessLookupError:
            continue
        if not select.select([pidfd], [], [], max(deadline - time.monotonic(), 0))[0]:
            raise AssertionError(f"process {pid} does not end")
        os.close(pidfd)


class DaemonTest(AxleTest):
    """Builds use a daemon, whose backends and log are the test's."""

    def setUp(self):
        super().setUp()
        self.environment["AXLE_DAEMON"] = "1"
        self.addCleanup(self.end_daemons)

    def build(self, project, code=0, **options):
        """Builds the wheel; what was written to stderr."""
        status, _, err = self.end(self.start("build", "-nwv", project.root, **options))
        self.assertEqual(status, code, err)
        return err

    def daemons(self, **options):
        """What `axle daemon status` tells."""
        status, out, err = self.end(self.start("daemon", "status", "--json", **options))
        self.assertEqual(status, 0, err)
        return json.loads(out)

    def daemon(self):
        [daemon] = self.daemons()
        return daemon

    def backend(self):
        """The only backend of the only daemon."""
        [backend] = self.daemon()["backends"]
        return backend

    def daemon_processes(self):
        """By what they run; no children of a build, which are called so until they run another program."""
        found = []
        for pid, name in self.left_processes():
            try:
                words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
            except OSError:
                continue  # ended meanwhile
            if name == "axle" and b"daemon" in words:
                found.append(pid)
        return found

    def kill_daemon(self):
        """Returns when nothing of it runs any more: its backends leave by themselves."""
        everyone = [pid for pid, _ in self.left_processes()]
        os.kill(self.daemon()["pid"], signal.SIGKILL)
        await_end(*everyone)

    def await_backends(self, number):
        """Waits, by asking, until the daemon keeps so many."""
        deadline = time.monotonic() + DEADLINE
        while len(self.daemon()["backends"]) != number:
            self.assertLess(time.monotonic(), deadline, self.daemon())

    def folder(self):
        return self.home / "run" / "axle"

    def socket(self):
        [path] = self.folder().glob("*.socket")
        return path

    def log(self):
        return "".join(path.read_text() for path in self.folder().glob("*.log"))

    def stop(self):
        return subprocess.run([axle_path(), "daemon", "stop"], env=self.environment, check=False,
                              capture_output=True, text=True, timeout=DEADLINE)

    def end_daemons(self):
        """All that is left leaves when it is told to; nothing is left then."""
        for pid, _ in self.left_processes():
            os.kill(pid, signal.SIGCONT)
        stopped = self.stop()
        self.assertEqual(stopped.returncode, 0, stopped.stderr)
        await_end(*(pid for pid, _ in self.left_processes()))
        self.assert_nothing_left()
