"""What axle does with much output, and with output that is no text (D6)."""

import os
import pty
import select
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))
from axle_program import DEADLINE, AxleTest  # noqa: E402
from projects import TinyProject  # noqa: E402

MIB = 1 << 20
SANITIZED = bool(os.environ.get("AXLE_SANITIZE"))
LARGE = (16 if SANITIZED else 256) * MIB
MOST_MEMORY = 128 * MIB  # of axle, its backend and the interpreters: whichever takes the most

# No newline, NUL, invalid UTF-8, escapes of a terminal.
BLOCK = bytes(range(256)).replace(b"\n", b"\x1b") * 256

PRINTING = """
    BLOCK = bytes(range(256)).replace(b"\\n", b"\\x1b") * 256

    def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
        for fd in (1, 2):
            left = {size} // 2
            while left > 0:
                left -= os.write(fd, BLOCK[:left])
        {end}
"""


class MuchOutput(AxleTest):
    def check_memory(self, process):
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if not SANITIZED:
            self.assertLess(usage.ru_maxrss * 1024, MOST_MEMORY)

    def test_d6_memory_stays_bounded_and_only_the_end_is_shown(self):
        source = PRINTING.format(size=LARGE, end='raise ValueError("in the end")')
        with TinyProject(source) as project, tempfile.TemporaryFile() as err:
            process = self.start("build", "-nw", cwd=project.root, stderr=err,
                                 stdout=subprocess.DEVNULL)
            self.check_memory(process)
            self.assertEqual(process.returncode, 1)
            err.seek(0)
            text = err.read()
            self.assertLess(len(text), MIB)
            self.assertIn(b"in the end", text)
            self.assert_nothing_left()

    def test_d6_output_is_raw_where_no_terminal_shows_it(self):
        source = PRINTING.format(size=LARGE, end="return write_wheel(wheel_directory, {})")
        with TinyProject(source) as project, tempfile.TemporaryFile() as err:
            process = self.start("build", "-nwv", cwd=project.root, stderr=err,
                                 stdout=subprocess.DEVNULL)
            self.check_memory(process)
            self.assertEqual(process.returncode, 0)
            err.seek(0)
            # The two streams come side by side; of each byte there is what there was.
            counts = [0] * 256
            while block := err.read(MIB):
                for value in (0, 0x07, 0x1b, 0x80, 0x9b, 0xff):
                    counts[value] += block.count(value)
            blocks = LARGE // len(BLOCK)
            for value in (0, 0x07, 0x80, 0x9b, 0xff):
                self.assertEqual(counts[value], blocks * BLOCK.count(value), hex(value))
            self.assertEqual(counts[0x1b], blocks * BLOCK.count(0x1b))
            self.assert_nothing_left()

    def test_d6_a_terminal_gets_no_escape_of_a_backend(self):
        source = PRINTING.format(size=2 * MIB, end="return write_wheel(wheel_directory, {})")
        with TinyProject(source) as project:
            master, slave = pty.openpty()
            process = self.start("build", "-nwv", cwd=project.root, stderr=slave, stdout=subprocess.DEVNULL,
                                 env={"TERM": "xterm", "NO_COLOR": "1"})
            os.close(slave)
            text = b""
            while select.select([master], [], [], DEADLINE)[0]:
                try:
                    text += os.read(master, MIB)
                except OSError:
                    break
            os.close(master)
            self.check_memory(process)
            self.assertEqual(process.returncode, 0)
            foreign = text.replace(b"\r\x1b[K", b"")
            for bad in (b"\x1b", b"\x07", b"\x00", b"\x9b", b"\xff"):
                self.assertEqual(foreign.count(bad), 0, bad)
            self.assertIn(rb"\x1b", foreign)
            self.assert_nothing_left()


if __name__ == "__main__":
    unittest.main()
