"""Much output, strange output, and nobody who reads it (D6, D7, J7)."""

import hashlib
import json
import os
import pty
import resource
import select
import socket
import subprocess
import sys
import tempfile
import time
import tty
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))
from backend_driver import DEADLINE, MARKER, Backend, Project, wait_gone  # noqa: E402

MIB = 1 << 20
SANITIZED = bool(os.environ.get("AXLE_SANITIZE"))
LARGE = (16 if SANITIZED else 256) * MIB

# No newline, NUL, invalid UTF-8, escapes of a terminal, and never the marker.
PRINTING = '''
    import os, time

    BLOCK = bytes(range(256)).replace(b"\\n", b"\\x1b") * 256
    LONGEST = 0.0

    def print_much(size, told, fd=1):
        """Prints, says on `told` that it has, and returns how long the longest write took."""
        longest = 0.0
        while size > 0:
            since = time.monotonic()
            size -= os.write(fd, BLOCK[:size])
            longest = max(longest, time.monotonic() - since)
        with open(told, "wb", buffering=0) as fifo:
            fifo.write(b"x")
        return longest

    def fine(): return 1
'''
BLOCK = bytes(range(256)).replace(b"\n", b"\x1b") * 256


def peak_memory(pid):
    """The most memory that the process has ever had, in bytes."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise AssertionError("no VmHWM")


class Fifo:
    """What a hook tells while nobody reads what it prints."""

    def __init__(self, test):
        folder = tempfile.TemporaryDirectory(prefix="axle-told-")
        test.addCleanup(folder.cleanup)
        self.path = os.path.join(folder.name, "told")
        os.mkfifo(self.path)
        self._fd = os.open(self.path, os.O_RDWR)
        test.addCleanup(os.close, self._fd)

    def told(self, seconds):
        return bool(select.select([self._fd], [], [], seconds)[0])


class Output(unittest.TestCase):
    def backend(self, **options):
        project = Project(PRINTING)
        self.addCleanup(project.close)
        backend = Backend(project, control=False, **options)
        self.addCleanup(backend.close)
        self.fifo = Fifo(self)
        return backend

    def read_up_to_marker(self, fd):
        """What stood on the stream before the marker's line: its length and its digest."""
        digest, length, end = hashlib.sha256(), 0, b""
        deadline = time.monotonic() + DEADLINE
        while MARKER not in end:
            ready = select.select([fd], [], [], deadline - time.monotonic())[0]
            self.assertTrue(ready, f"nothing more came after {length} bytes")
            end += os.read(fd, MIB)
            if MARKER not in end and len(end) > len(MARKER):
                taken, end = end[:-len(MARKER)], end[-len(MARKER):]
                digest.update(taken)
                length += len(taken)
        last, _, end = end.partition(MARKER)
        digest.update(last)
        while not end.endswith(b"\n"):
            end += os.read(fd, MIB)
        return length + len(last), digest.hexdigest()

    def expected(self, before, size):
        digest = hashlib.sha256(before)
        for _ in range(size // len(BLOCK)):
            digest.update(BLOCK)
        return len(before) + size, digest.hexdigest()

    def send(self, backend, size, **kwargs):
        kwargs = {"size": size, "told": self.fifo.path, **kwargs}
        backend.send("print_much", result=Path(backend.results.name) / "much.json", kwargs=kwargs)

    def first_line(self, backend):
        """The line that tells of the command, read alone."""
        line = b""
        while not line.endswith(b"\n"):
            self.assertTrue(select.select([backend.process.stdout], [], [], DEADLINE)[0])
            line += os.read(backend.process.stdout.fileno(), 1)
        return line

    def check_memory(self, backend):
        if not SANITIZED:
            self.assertLess(peak_memory(backend.process.pid), 32 * MIB)

    def check_alive(self, backend):
        self.assertEqual({"return": 1}, backend.call("fine"))
        self.assertEqual(0, backend.leave())

    def test_d6_d7_a_reader_who_does_not_read_costs_no_memory_and_stops_no_hook(self):
        backend = self.backend()
        self.send(backend, LARGE)
        self.assertTrue(self.fifo.told(DEADLINE), "the hook waits for a reader")
        self.check_memory(backend)
        line = self.first_line(backend)
        self.assertTrue(line.startswith(b"Backend: run command"), line)
        self.assertEqual(self.expected(b"", LARGE),
                         self.read_up_to_marker(backend.process.stdout.fileno()))
        self.check_memory(backend)
        longest = json.loads((Path(backend.results.name) / "much.json").read_text())["return"]
        # 1 s on a machine that does nothing else.
        self.assertLess(longest, 10.0)
        self.check_alive(backend)

    def test_d6_standard_error_too(self):
        backend = self.backend()
        size = LARGE // 8
        self.send(backend, size, fd=2)
        self.assertTrue(self.fifo.told(DEADLINE), "the hook waits for a reader")
        backend.wait_for_text(MARKER)
        while len(backend.err) < size:
            backend.pump(time.monotonic() + DEADLINE)
        self.assertEqual(BLOCK * (size // len(BLOCK)), backend.err)
        self.check_memory(backend)
        self.check_alive(backend)

    def test_d6_the_temporary_file_has_no_name_and_goes_with_its_last_byte(self):
        folder = tempfile.TemporaryDirectory(prefix="axle-spill-")
        self.addCleanup(folder.cleanup)
        backend = self.backend(env={**os.environ, "TMPDIR": folder.name})
        self.send(backend, 8 * MIB)
        self.assertTrue(self.fifo.told(DEADLINE))
        self.assertEqual([], os.listdir(folder.name))
        spilled = self.open_below(backend, folder.name)
        self.assertEqual(1, len(spilled), spilled)
        self.read_up_to_marker(backend.process.stdout.fileno())
        self.assertEqual({"return": 1}, backend.call("fine"))
        self.assertEqual([], self.open_below(backend, folder.name))

    def open_below(self, backend, folder):
        links = []
        for fd in Path(f"/proc/{backend.process.pid}/fd").iterdir():
            try:
                links.append(os.readlink(fd))
            except FileNotFoundError:  # closed meanwhile
                pass
        return [link for link in links if link.startswith(folder)]

    def test_d7_the_flags_of_the_callers_pipe_are_left_alone(self):
        backend = self.backend()
        for fd in (1, 2):
            info = Path(f"/proc/{backend.process.pid}/fdinfo/{fd}").read_text()
            flags = int(info.split("flags:")[1].split()[0], 8)
            self.assertEqual(0, flags & os.O_NONBLOCK)
        self.check_alive(backend)

    def limited(self, limit):
        """A backend that can write no file longer than `limit`."""
        backend = self.backend()
        resource.prlimit(backend.process.pid, resource.RLIMIT_FSIZE, (limit, limit))
        return backend

    def check_nothing_is_lost_where_the_hook_has_to_wait(self, backend):
        size = 32 * MIB
        self.send(backend, size)
        line = self.first_line(backend)
        self.assertTrue(line.startswith(b"Backend: run command"), line)
        # It cannot go on: this is all the time that it is given to be wrong.
        self.assertFalse(self.fifo.told(0.3), "where is all that the hook has printed?")
        self.check_memory(backend)
        self.assertEqual(self.expected(b"", size),
                         self.read_up_to_marker(backend.process.stdout.fileno()))
        self.check_memory(backend)
        self.check_alive(backend)

    def test_j7_a_hook_waits_where_the_file_may_not_grow(self):
        self.check_nothing_is_lost_where_the_hook_has_to_wait(self.limited(4 * MIB))

    def test_j7_a_hook_waits_where_the_disk_is_full(self):
        folder = tempfile.TemporaryDirectory(prefix="axle-full-")
        self.addCleanup(folder.cleanup)
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8k", "axle", folder.name],
                                 check=False, capture_output=True)
        if mounted.returncode != 0:
            self.skipTest(f"no small file system: {mounted.stderr.decode().strip()}")
        self.addCleanup(subprocess.run, ["umount", folder.name], check=True)
        backend = self.backend(env={**os.environ, "TMPDIR": folder.name})
        self.check_nothing_is_lost_where_the_hook_has_to_wait(backend)

    def test_d7_the_end_comes_though_nobody_reads(self):
        backend = self.backend()
        self.send(backend, 8 * MIB)
        self.assertTrue(self.fifo.told(DEADLINE))
        backend.send("_exit")
        wait_gone(backend.process.pid)
        self.assertEqual(0, backend.process.wait())

    def test_d7_a_reader_that_leaves_stops_no_hook(self):
        backend = self.backend()
        self.send(backend, LARGE // 4)
        self.first_line(backend)
        backend.process.stdout.close()
        self.assertTrue(self.fifo.told(DEADLINE), "the hook waits for a reader")
        path = backend.send("_exit")
        self.assertEqual(0, backend.process.wait(DEADLINE))
        self.assertEqual({"return": 0}, json.loads(path.read_text()))

    def run_with_stdout(self, stdout):
        """A backend whose standard output is `stdout`, told to print and to leave."""
        project = Project(PRINTING)
        self.addCleanup(project.close)
        self.fifo = Fifo(self)
        results = tempfile.TemporaryDirectory(prefix="axle-results-")
        self.addCleanup(results.cleanup)
        lines = [{"cmd": "print_much", "result": results.name + "/much.json",
                  "kwargs": {"size": 4 * MIB, "told": self.fifo.path}},
                 {"cmd": "_exit", "kwargs": {}, "result": results.name + "/exit.json"}]
        process = subprocess.Popen(
            [Path(os.environ["AXLE_BIN"]) / "axle-backend", "--python", sys.executable,
             "--backend-path", project.root, "True", "backend"],
            stdin=subprocess.PIPE, stdout=stdout, stderr=subprocess.DEVNULL, cwd=project.root)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        process.stdin.write(b"".join(json.dumps(line).encode() + b"\n" for line in lines))
        process.stdin.close()
        return process

    def read_all(self, fd):
        text = b""
        while select.select([fd], [], [], DEADLINE)[0]:
            try:
                data = os.read(fd, MIB)
            except OSError:  # a terminal that nobody writes to any more
                break
            if not data:
                break
            text += data
        return text

    def test_d7_terminals_sockets_and_files_get_all_of_it(self):
        master, slave = pty.openpty()
        tty.setraw(slave)
        ours, theirs = socket.socketpair()
        with tempfile.TemporaryFile() as file:
            for name, reading, writing in (("terminal", master, slave),
                                           ("socket", ours.detach(), theirs.detach()),
                                           ("file", file.fileno(), os.dup(file.fileno()))):
                with self.subTest(name):
                    process = self.run_with_stdout(writing)
                    os.close(writing)
                    if name == "file":
                        self.assertEqual(0, process.wait(DEADLINE))
                        os.lseek(reading, 0, os.SEEK_SET)
                    else:  # nobody reads it, and the hook goes on
                        self.assertTrue(self.fifo.told(DEADLINE))
                    text = self.read_all(reading)
                    self.assertEqual(1, text.count(BLOCK * (4 * MIB // len(BLOCK)) + MARKER))
                    self.assertEqual(0, process.wait(DEADLINE))
                    if name != "file":
                        os.close(reading)


if __name__ == "__main__":
    unittest.main()
